// What the calls for values share whichever the type of the value.
extension XMLMapper {
    // MARK: Reading

    /// The text of an attribute, which is known from then on.
    @inline(never)
    @usableFromInline
    mutating func takeAttribute(_ name: StaticString) -> String? {
        let entry = document.nodes[Int(node)]
        let first = Int(entry.firstAttribute)
        for index in first..<(first + Int(entry.attributeCount)) {
            let attribute = document.attributes[index]
            guard attribute.namespace == 0, document.matches(attribute.name, name) else { continue }
            document.attributes[index].seen = true
            return document.text(attribute.value)
        }
        return nil
    }

    /// The element's own text, which is known from then on.
    @inline(never)
    @usableFromInline
    mutating func takeContent() -> String {
        var child = document.nodes[Int(node)].firstChild
        while child >= 0 {
            if document.nodes[Int(child)].kind == .text { document.nodes[Int(child)].seen = true }
            child = document.nodes[Int(child)].next
        }
        return document.content(of: node)
    }

    /// Whether an element has neither text nor children.
    @inline(never)
    @usableFromInline
    func isEmpty(_ child: Int32) -> Bool { document.nodes[Int(child)].firstChild < 0 }

    /// Passes over a child that says nothing.
    @inline(never)
    @usableFromInline
    mutating func skipLeaf(_ child: Int32) { inside(child) { $0.reportUnknownInLeaf() } }

    @inlinable
    @inline(never)
    mutating func read<V: XMLValue>(_ text: String, ofAttribute name: StaticString, _ value: inout V?) {
        if let found = V(xml: text) {
            value = found
        } else {
            reportInvalid(text, attribute: name, accepted: V.accepted)
        }
    }

    @inlinable
    @inline(never)
    mutating func readContent<V: XMLValue>(_ value: inout V?) {
        let text = takeContent()
        if let found = V(xml: text) {
            value = found
        } else {
            reportInvalidContent(text, accepted: V.accepted)
        }
    }

    /// Reads a child that may hold nothing but text.
    @inlinable
    @inline(never)
    mutating func readLeaf<V: XMLValue>(_ child: Int32, _ value: inout V?) {
        let outer = node
        node = child
        readContent(&value)
        reportUnknownInLeaf()
        node = outer
    }

    // MARK: Writing

    @inline(never)
    @usableFromInline
    mutating func writeAttribute(_ name: StaticString, _ text: String) { writer.attribute(name, text) }

    @inline(never)
    @usableFromInline
    mutating func writeContent(_ text: String) { writer.text(text) }

    @inline(never)
    @usableFromInline
    mutating func writeLeaf(_ name: StaticString, _ text: String) {
        _ = writer.start(namespace.prefix, name)
        if !text.isEmpty { writer.text(text) }
        writer.end(namespace.prefix, name)
    }

    // MARK: Describing

    @inline(never)
    @usableFromInline
    mutating func describeAttribute(_ name: StaticString, _ accepted: XMLAccepted, required: Bool) {
        description.attribute(name, accepted, required: required)
    }

    /// The word that this walk takes for an attribute; the one that is there where variants aren't walked.
    @_semantics("optimize.sil.specialize.generic.never")
    @inline(never)
    @usableFromInline
    mutating func describeVariant<V: XMLEnum>(_ name: StaticString, _ value: V?, required: Bool) -> V? {
        description.attribute(name, V.accepted, required: required)
        let word = description.variant(of: V.allCases) ?? value
        if let word { description.chose(name, word.xml) }
        return word
    }

    @inline(never)
    @usableFromInline
    mutating func describeContent(_ accepted: XMLAccepted) { description.content(accepted) }

    @inline(never)
    @usableFromInline
    mutating func describeLeaf(_ name: StaticString, _ accepted: XMLAccepted) {
        description.leaf(qualified(name), accepted)
    }
}
