internal import VMCore

extension XMLMapper {
    // MARK: Taking nodes

    /// The next unseen child of that name, whichever comes first in the document behind `last`.
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
        if entry.namespace == 0 || namespace == .none { return entry.namespace == 0 && namespace == .none }
        return document.namespaces[Int(entry.namespace)].uri == namespace.uri
    }

    /// Whether a node belongs to a namespace of somebody else.
    func isForeign(_ node: Int32) -> Bool {
        let entry = document.nodes[Int(node)]
        guard entry.kind == .element, entry.namespace != 0 else { return false }
        let uri = document.namespaces[Int(entry.namespace)].uri
        return !XMLNamespace.allCases.contains { $0.uri == uri }
    }

    mutating func inside(_ child: Int32, _ body: (inout XMLMapper) -> Void) {
        let outer = node
        node = child
        body(&self)
        node = outer
    }

    // MARK: Values

    @inline(never)
    mutating func readElement<E: XMLElement>(_ child: Int32) -> E {
        let outer = node
        node = child
        types.append(E.self)
        var value = E()
        value.map(&self)
        reportUnknown { x in
            var known = value
            known.map(&x)
        }
        types.removeLast()
        node = outer
        return value
    }

    @inline(never)
    mutating func readAttribute<V: XMLValue>(_ name: StaticString) -> V? {
        let entry = document.nodes[Int(node)]
        let first = Int(entry.firstAttribute)
        for index in first..<(first + Int(entry.attributeCount)) {
            let attribute = document.attributes[index]
            guard attribute.namespace == 0, document.matches(attribute.name, name) else { continue }
            document.attributes[index].seen = true
            let text = document.text(attribute.value)
            if let value = V(xml: text) { return value }
            reportInvalid(text, attribute: name, accepted: V.accepted)
            return nil
        }
        return nil
    }

    @inline(never)
    mutating func readContent<V: XMLValue>(_ value: inout V?) {
        var child = document.nodes[Int(node)].firstChild
        while child >= 0 {
            if document.nodes[Int(child)].kind == .text { document.nodes[Int(child)].seen = true }
            child = document.nodes[Int(child)].next
        }
        let text = document.content(of: node)
        if let found = V(xml: text) {
            value = found
        } else {
            reportInvalidContent(text, accepted: V.accepted)
        }
    }

    // MARK: What nobody asked for

    /// Reports attributes and children of the current element that its mapping didn't ask for.
    /// `declare` runs only when there are any, to tell what would have been known.
    @inline(never)
    mutating func reportUnknown(_ declare: (inout XMLMapper) -> Void) {
        let entry = document.nodes[Int(node)]
        let first = Int(entry.firstAttribute)
        var known: XMLDescription?
        for index in first..<(first + Int(entry.attributeCount)) where !document.attributes[index].seen {
            let description = known ?? describeHere(declare)
            known = description
            reportUnknownAttribute(index, known: description)
        }
        var child = entry.firstChild
        while child >= 0 {
            let next = document.nodes[Int(child)]
            switch next.kind {
            case .element where !next.seen && !isForeign(child):
                let description = known ?? describeHere(declare)
                known = description
                reportUnknownElement(child, known: description)
            case .text where !next.seen && !document.isBlankText(child): reportStrayText(child)
            default: break
            }
            child = next.next
        }
    }

    private func describeHere(_ declare: (inout XMLMapper) -> Void) -> XMLDescription {
        var describer = XMLMapper(mode: .describing)
        describer.namespace = namespace
        describer.description.followsVariants = false
        declare(&describer)
        return describer.description.root
    }
}
