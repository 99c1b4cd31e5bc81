/// An element kept as it was, for what belongs to somebody else: `<metadata>` and foreign namespaces.
public struct XMLTree: Sendable, Hashable {
    public enum Child: Sendable, Hashable {
        case element(XMLTree)
        case text(String)
        case comment(String)
    }

    public struct Attribute: Sendable, Hashable {
        /// With prefix.
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// With prefix.
    public var name: String
    /// Namespace declarations (`xmlns…`) first, then the others, each in document order.
    public var attributes: [Attribute]
    public var children: [Child]

    public init(name: String, attributes: [Attribute] = [], children: [Child] = []) {
        self.name = name
        self.attributes = attributes
        self.children = children
    }
}

extension XMLDocument {
    /// Copies a node with all that is in it, and marks all of it as known.
    mutating func tree(_ node: Int32) -> XMLTree {
        nodes[Int(node)].seen = true
        let entry = nodes[Int(node)]
        var tree = XMLTree(name: qualifiedName(node))
        for (owner, index) in declarations where owner == node {
            let namespace = namespaces[Int(index)]
            let name = namespace.prefix.isEmpty ? "xmlns" : "xmlns:" + namespace.prefix
            tree.attributes.append(XMLTree.Attribute(name: name, value: namespace.uri))
        }
        for index in entry.firstAttribute..<(entry.firstAttribute + UInt32(entry.attributeCount)) {
            attributes[Int(index)].seen = true
            let attribute = attributes[Int(index)]
            let prefix = namespaces[Int(attribute.namespace)].prefix
            let name = (prefix.isEmpty ? "" : prefix + ":") + text(attribute.name)
            tree.attributes.append(XMLTree.Attribute(name: name, value: text(attribute.value)))
        }
        var child = entry.firstChild
        while child >= 0 {
            let next = nodes[Int(child)]
            switch next.kind {
            case .element: tree.children.append(.element(self.tree(child)))
            case .text: tree.children.append(.text(text(next.content)))
            case .comment: tree.children.append(.comment(text(next.content)))
            }
            child = next.next
        }
        return tree
    }
}

extension XMLWriter {
    /// Prints a kept element: elements that hold only elements are laid out, text is left alone.
    mutating func tree(_ tree: XMLTree) {
        start(tree.name)
        for attribute in tree.attributes { self.attribute(attribute.name, attribute.value) }
        let holdsText = tree.children.contains { child in
            if case .text(let text) = child { return !text.utf8.allSatisfy(isBlank) }
            return false
        }
        for child in tree.children {
            switch child {
            case .element(let element): self.tree(element)
            case .text(let text): if holdsText { self.text(text) }
            case .comment: break
            }
        }
        end(tree.name)
    }
}
