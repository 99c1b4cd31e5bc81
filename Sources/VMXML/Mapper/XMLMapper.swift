internal import VMCore

// None of these is inlined into the mappings, which call them a thousand times: it would cost minutes of release build
// for nothing. What walks children or only describes isn't specialized for each type either; what handles values is, in
// the modules that declare formats, and therefore `@inlinable`: unspecialized it made reading and writing take half as
// long again. What doesn't depend on the type of the value is kept out of it, in XMLMapper+Values.swift.

/// What ``XMLElement/map(_:)`` talks to: the same calls read an element, write it, or describe what it may hold.
///
/// Reading puts what the document says into the variables it is given and collects diagnostics; writing prints what the
/// variables hold; describing notes names and accepted values. In every direction a value that was read or is to be
/// written is there for the statements that follow, so a `switch` on a `type` just read maps the right variant both ways.
public struct XMLMapper: Sendable {
    @usableFromInline
    enum Mode: Sendable { case reading, writing, describing }

    @usableFromInline let mode: Mode
    /// The namespace of the elements being mapped.
    var namespace = XMLNamespace.none

    // Reading.
    var document = XMLDocument()
    @usableFromInline var node: Int32 = -1
    var source = XMLSource(file: "-", bytes: [])
    var lenient = false
    var findings = FindingList()
    /// The format that the document is of.
    var vocabulary = XMLVocabulary(name: "")
    /// The root element of that format.
    var root: (any XMLElement.Type)?
    /// The types of the elements on the way to the one being read, for what diagnostics say.
    var types: [any XMLElement.Type] = []
    /// The hints that were worked out, for the thousandth mistake of a kind.
    var hints: [XMLHints.Question: String?] = [:]

    // Writing.
    var writer = XMLWriter()

    // Describing.
    var description = XMLDescriber()

    /// Whether values come from a document now.
    @inlinable public var isReading: Bool { mode == .reading }
    /// Whether values go into a document now.
    @inlinable public var isWriting: Bool { mode == .writing }
    /// Whether only names and accepted values are asked for.
    @inlinable public var isDescribing: Bool { mode == .describing }

    init(mode: Mode) { self.mode = mode }

    // MARK: Attributes

    /// An attribute that may be absent.
    @inlinable
    @inline(never)
    public mutating func attribute<V: XMLValue>(_ name: StaticString, _ value: inout V?) {
        switch mode {
        case .reading: if let text = takeAttribute(name) { read(text, ofAttribute: name, &value) }
        case .writing: if let value { writeAttribute(name, value.xml) }
        case .describing: describeAttribute(name, V.accepted, required: false)
        }
    }

    /// An attribute that must be there.
    @inlinable
    @inline(never)
    public mutating func required<V: XMLValue>(_ name: StaticString, _ value: inout V?) {
        switch mode {
        case .reading:
            if let text = takeAttribute(name) {
                read(text, ofAttribute: name, &value)
            } else {
                reportMissing(attribute: name, accepted: V.accepted)
            }
        case .writing: if let value { writeAttribute(name, value.xml) }
        case .describing: describeAttribute(name, V.accepted, required: true)
        }
    }

    /// An attribute that decides the shape of the element: absent in a document it keeps its initial value; always
    /// written. Describing walks the element once with each of the words.
    @inlinable
    @inline(never)
    public mutating func variant<V: XMLEnum>(_ name: StaticString, _ value: inout V, required: Bool = false) {
        switch mode {
        case .reading:
            if let text = takeAttribute(name) {
                var found: V?
                read(text, ofAttribute: name, &found)
                if let found { value = found }
            } else if required {
                reportMissing(attribute: name, accepted: V.accepted)
            }
        case .writing: writeAttribute(name, value.xml)
        case .describing: value = describeVariant(name, value, required: required) ?? value
        }
    }

    /// The same for an attribute that is absent in some shapes.
    @inlinable
    @inline(never)
    public mutating func variant<V: XMLEnum>(_ name: StaticString, _ value: inout V?) {
        switch mode {
        case .reading: if let text = takeAttribute(name) { read(text, ofAttribute: name, &value) }
        case .writing: if let value { writeAttribute(name, value.xml) }
        case .describing: value = describeVariant(name, value, required: false)
        }
    }

    // MARK: Content

    /// The element's own text.
    @inlinable
    @inline(never)
    public mutating func content<V: XMLValue>(_ value: inout V?) {
        switch mode {
        case .reading: readContent(&value)
        case .writing: if let value { writeContent(value.xml) }
        case .describing: describeContent(V.accepted)
        }
    }

    /// A child that holds nothing but text; without any it says nothing, as in libvirt's eyes.
    @inlinable
    @inline(never)
    public mutating func text<V: XMLValue>(_ name: StaticString, _ value: inout V?) {
        switch mode {
        case .reading:
            guard let child = takeChild(name) else { return }
            if V.saysSomethingWhenEmpty || !isEmpty(child) { readLeaf(child, &value) } else { skipLeaf(child) }
        case .writing: if let value { writeLeaf(name, value.xml) }
        case .describing: describeLeaf(name, V.accepted)
        }
    }

    /// Any number of children that hold nothing but text.
    @inlinable
    @inline(never)
    public mutating func texts<V: XMLValue>(_ name: StaticString, _ values: inout [V]) {
        switch mode {
        case .reading:
            var last: Int32?
            while let child = takeNextChild(name, after: last) {
                last = child
                var value: V?
                readLeaf(child, &value)
                if let value { values.append(value) }
            }
        case .writing: for value in values { writeLeaf(name, value.xml) }
        case .describing: describeLeaf(name, V.accepted)
        }
    }

    /// A child whose presence is all that counts, for example `<readonly/>`.
    @inline(never)
    public mutating func flag(_ name: StaticString, _ value: inout Bool) {
        switch mode {
        case .reading:
            guard let child = takeChild(name) else { return }
            value = true
            inside(child) { $0.reportUnknownInLeaf() }
        case .writing: if value { writeLeaf(name, "") }
        case .describing: description.leaf(qualified(name), nil)
        }
    }

    // MARK: Children

    /// A child that may be absent.
    @_semantics("optimize.sil.specialize.generic.never")
    @inline(never)
    public mutating func element<E: XMLElement>(_ name: StaticString, _ value: inout E?) {
        switch mode {
        case .reading: if let child = takeChild(name) { value = readElement(child) }
        case .writing: if let value { writeElement(name, value) }
        case .describing: describe(name, E.self, repeats: false)
        }
    }

    /// A child that is written only when there is something in it.
    @_semantics("optimize.sil.specialize.generic.never")
    @inline(never)
    public mutating func element<E: XMLElement>(_ name: StaticString, _ value: inout E) {
        switch mode {
        case .reading: if let child = takeChild(name) { value = readElement(child) }
        case .writing:
            let mark = writer.start(namespace.prefix, name)
            var copy = value
            copy.map(&self)
            if writer.isEmpty(since: mark) {
                writer.undo(to: mark)
            } else {
                writer.end(namespace.prefix, name)
            }
        case .describing: describe(name, E.self, repeats: false)
        }
    }

    /// Any number of children of one name.
    @_semantics("optimize.sil.specialize.generic.never")
    @inline(never)
    public mutating func elements<E: XMLElement>(_ name: StaticString, _ values: inout [E]) {
        switch mode {
        case .reading:
            var last: Int32?
            while let child = takeNextChild(name, after: last) {
                values.append(readElement(child))
                last = child
            }
        case .writing: for value in values { writeElement(name, value) }
        case .describing: describe(name, E.self, repeats: true)
        }
    }

    /// A list in an element of its own, which is written only when the list isn't empty: `<outer><name/>…</outer>`.
    @_semantics("optimize.sil.specialize.generic.never")
    @inline(never)
    public mutating func list<E: XMLElement>(_ outer: StaticString, of name: StaticString, _ values: inout [E]) {
        switch mode {
        case .reading:
            guard let child = takeChild(outer) else { return }
            var collected = values
            inside(child) { x in
                var last: Int32?
                while let item = x.takeNextChild(name, after: last) {
                    collected.append(x.readElement(item))
                    last = item
                }
                if x.hasUnknown { x.reportUnknown(known: x.description(ofList: name, of: E.self)) }
            }
            values = collected
        case .writing:
            guard !values.isEmpty else { return }
            _ = writer.start(namespace.prefix, outer)
            for value in values { writeElement(name, value) }
            writer.end(namespace.prefix, outer)
        case .describing:
            description.enter(qualified(outer), repeats: false)
            describe(name, E.self, repeats: true)
            description.leave()
        }
    }

    /// Maps `body`'s children in `namespace`.
    public mutating func within(_ namespace: XMLNamespace, _ body: (inout XMLMapper) -> Void) {
        let outer = self.namespace
        self.namespace = namespace
        body(&self)
        self.namespace = outer
    }

    /// A child that is kept as it is, whatever it holds.
    @inline(never)
    public mutating func opaque(_ name: StaticString, _ value: inout XMLTree?) {
        switch mode {
        case .reading: if let child = takeChild(name) { value = document.tree(child) }
        case .writing: if let value { writer.tree(value) }
        case .describing: description.opaque(qualified(name))
        }
    }

    /// Children of namespaces that this program doesn't know, kept as they are.
    @inline(never)
    public mutating func foreign(_ values: inout [XMLTree]) {
        switch mode {
        case .reading:
            var child = document.nodes[Int(node)].firstChild
            while child >= 0 {
                if isForeign(child) { values.append(document.tree(child)) }
                child = document.nodes[Int(child)].next
            }
        case .writing: for value in values { writer.tree(value) }
        case .describing: break
        }
    }

    /// Remembers where this element stands.
    public mutating func located(_ origin: inout XMLOrigin) {
        if mode == .reading { origin = XMLOrigin(tagEnd: document.nodes[Int(node)].offset) }
    }

    func qualified(_ name: StaticString) -> String {
        namespace.isNone ? "\(name)" : "\(namespace.prefix):\(name)"
    }
}
