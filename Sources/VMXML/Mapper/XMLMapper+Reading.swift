internal import VMCore

extension XMLMapper {
    // MARK: Taking nodes

    /// The next unseen child of that name, whichever comes first in the document behind `last`.
    @usableFromInline
    mutating func takeNextChild(_ name: StaticString, after last: Int32? = nil) -> Int32? {
        var child = last.map { document.nodes[Int($0)].next } ?? document.nodes[Int(node)].firstChild
        while child >= 0 {
            let entry = document.nodes[Int(child)]
            if entry.kind == .element, !entry.seen, document.matches(entry.content, name), isCurrentNamespace(entry) {
                document.nodes[Int(child)].seen = true
                return child
            }
            child = entry.next
        }
        return nil
    }

    /// The only child of that name; further ones are reported.
    @usableFromInline
    mutating func takeChild(_ name: StaticString) -> Int32? {
        guard let first = takeNextChild(name) else { return nil }
        var last = first
        while let other = takeNextChild(name, after: last) {
            reportDuplicate(other, first: first)
            last = other
        }
        return first
    }

    private func isCurrentNamespace(_ entry: XMLDocument.Node) -> Bool {
        if entry.namespace == 0 || namespace.isNone { return entry.namespace == 0 && namespace.isNone }
        return document.namespaces[Int(entry.namespace)].uri == namespace.uri
    }

    /// Whether a node belongs to a namespace of somebody else.
    func isForeign(_ node: Int32) -> Bool {
        let entry = document.nodes[Int(node)]
        guard entry.kind == .element, entry.namespace != 0 else { return false }
        let uri = document.namespaces[Int(entry.namespace)].uri
        // A prefix that was never declared is a mistake, nobody's namespace.
        return !uri.isEmpty && !vocabulary.namespaces.contains { $0.uri == uri }
    }

    mutating func inside(_ child: Int32, _ body: (inout XMLMapper) -> Void) {
        let outer = node
        node = child
        body(&self)
        node = outer
    }

    // MARK: Values

    @_semantics("optimize.sil.specialize.generic.never")
    @inline(never)
    mutating func readElement<E: XMLElement>(_ child: Int32) -> E {
        var value = E()
        readElement(child, into: &value)
        return value
    }

    /// Reads on from what `value` holds already.
    @_semantics("optimize.sil.specialize.generic.never")
    @inline(never)
    mutating func readElement<E: XMLElement>(_ child: Int32, into value: inout E) {
        let outer = node
        node = child
        types.append(E.self)
        value.map(&self)
        // Describing is for what is told of a finding: not worth its time for one that is only counted.
        if hasUnknown {
            reportUnknown(known: findings.isFull(for: severityOfIgnored) ? .init(name: "") : description(of: value))
        }
        types.removeLast()
        node = outer
    }

    // MARK: What nobody asked for

    /// Whether the current element has attributes, children or text that its mapping didn't ask for.
    ///
    /// Asked for every element, so kept apart from telling what would have been known, which takes describing it.
    @inline(never)
    var hasUnknown: Bool {
        let entry = document.nodes[Int(node)]
        let first = Int(entry.firstAttribute)
        for index in first..<(first + Int(entry.attributeCount)) where !document.attributes[index].seen { return true }
        var child = entry.firstChild
        while child >= 0 {
            let next = document.nodes[Int(child)]
            if !next.seen, next.kind != .comment, next.kind == .element || !document.isBlankText(child) { return true }
            child = next.next
        }
        return false
    }

    /// Reports what the current element's mapping didn't ask for.
    @inline(never)
    mutating func reportUnknown(known: XMLDescription) {
        let entry = document.nodes[Int(node)]
        let first = Int(entry.firstAttribute)
        for index in first..<(first + Int(entry.attributeCount)) where !document.attributes[index].seen {
            reportUnknownAttribute(index, known: known)
        }
        var child = entry.firstChild
        while child >= 0 {
            let next = document.nodes[Int(child)]
            switch next.kind {
            case .element where !next.seen && !isForeign(child): reportUnknownElement(child, known: known)
            case .text where !next.seen && !document.isBlankText(child): reportStrayText(child)
            default: break
            }
            child = next.next
        }
    }

    /// The same in an element that has neither attributes nor children.
    @usableFromInline
    mutating func reportUnknownInLeaf() {
        if hasUnknown { reportUnknown(known: XMLDescription(name: "")) }
    }

    /// What an element like this one may hold.
    @_semantics("optimize.sil.specialize.generic.never")
    @inline(never)
    func description<E: XMLElement>(of value: E) -> XMLDescription {
        var describer = shallowDescriber
        var copy = value
        copy.map(&describer)
        return describer.description.root
    }

    /// What a list of such elements may hold.
    @_semantics("optimize.sil.specialize.generic.never")
    @inline(never)
    func description<E: XMLElement>(ofList name: StaticString, of type: E.Type) -> XMLDescription {
        var describer = shallowDescriber
        describer.describe(name, type, repeats: true)
        return describer.description.root
    }

    private var shallowDescriber: XMLMapper {
        var describer = XMLMapper(mode: .describing)
        describer.namespace = namespace
        describer.description.followsVariants = false
        return describer
    }
}
