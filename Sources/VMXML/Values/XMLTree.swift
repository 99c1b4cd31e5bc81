public import VMCore

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

extension XMLTree {
    /// Reads a document of any vocabulary.
    ///
    /// - Throws: `invalidXML` when the bytes are no well-formed document or have a DTD.
    public static func read(_ bytes: [UInt8], file: String) throws(VMError) -> XMLTree {
        var document = try XMLParser.parse(XMLSource(file: file, bytes: bytes), limits: XMLLimits())
        return document.tree(0)
    }

    /// The first element directly below of that name.
    public func element(_ name: String) -> XMLTree? {
        for case .element(let element) in children where element.name == name { return element }
        return nil
    }

    /// The value of the attribute of that name.
    public func attribute(_ name: String) -> String? { attributes.first { $0.name == name }?.value }

    /// The namespace this element is of, by its own declarations or those of the element around it; nil for none.
    public func namespace(within parent: XMLTree? = nil) -> String? {
        let parts = name.split(separator: ":", maxSplits: 1)
        let declaration = parts.count == 2 ? "xmlns:" + parts[0] : "xmlns"
        let uri = attribute(declaration) ?? parent?.attribute(declaration)
        return uri?.isEmpty == false ? uri : nil
    }

    /// The elements directly below.
    public var elements: [XMLTree] {
        children.compactMap { if case .element(let element) = $0 { element } else { nil } }
    }

    /// Takes out the blanks between elements, which writing makes anew; where there is text, all blanks count.
    fileprivate mutating func dropLayout() {
        let hasText = children.contains { child in
            if case .text(let text) = child { !text.utf8.allSatisfy(isBlank) } else { false }
        }
        if hasText { return }
        if children.count > 1 { children.removeAll { if case .text = $0 { true } else { false } } }
        for index in children.indices {
            guard case .element(var child) = children[index] else { continue }
            child.dropLayout()
            children[index] = .element(child)
        }
    }
}

extension XMLDocument {
    /// Copies a node with all that is in it, and marks all of it as known. Namespaces that were declared further up
    /// are declared on the copy, so that it can stand by itself.
    mutating func tree(_ node: Int32) -> XMLTree {
        var missing: [UInt16] = []
        var tree = copy(node, declared: [0], missing: &missing)
        let declarations = missing.map { index in
            XMLTree.Attribute(name: declarationName(index), value: namespaces[Int(index)].uri)
        }
        tree.attributes.insert(contentsOf: declarations, at: 0)
        tree.dropLayout()
        return tree
    }

    private func declarationName(_ index: UInt16) -> String {
        let prefix = namespaces[Int(index)].prefix
        return prefix.isEmpty ? "xmlns" : "xmlns:" + prefix
    }

    private mutating func copy(_ node: Int32, declared: Set<UInt16>, missing: inout [UInt16]) -> XMLTree {
        var declared = declared
        nodes[Int(node)].seen = true
        let entry = nodes[Int(node)]
        var tree = XMLTree(name: qualifiedName(node))
        for index in declarations(of: node) {
            let uri = namespaces[Int(index)].uri
            tree.attributes.append(XMLTree.Attribute(name: declarationName(index), value: uri))
            declared.insert(index)
        }
        note(entry.namespace, declared, &missing)
        for index in entry.firstAttribute..<(entry.firstAttribute + UInt32(entry.attributeCount)) {
            attributes[Int(index)].seen = true
            let attribute = attributes[Int(index)]
            note(attribute.namespace, declared, &missing)
            let prefix = namespaces[Int(attribute.namespace)].prefix
            let name = (prefix.isEmpty ? "" : prefix + ":") + text(attribute.name)
            tree.attributes.append(XMLTree.Attribute(name: name, value: text(attribute.value)))
        }
        var child = entry.firstChild
        while child >= 0 {
            let next = nodes[Int(child)]
            switch next.kind {
            case .element:
                tree.children.append(.element(copy(child, declared: declared, missing: &missing)))
            case .text: tree.children.append(.text(text(next.content)))
            case .comment: tree.children.append(.comment(text(next.content)))
            }
            child = next.next
        }
        return tree
    }

    /// The namespaces that a node declares. The declarations are in the order of the nodes.
    private func declarations(of node: Int32) -> some Sequence<UInt16> {
        var low = 0
        var high = declarations.count
        while low < high {
            let middle = (low + high) / 2
            if declarations[middle].node < node { low = middle + 1 } else { high = middle }
        }
        return declarations[low...].prefix { $0.node == node }.map(\.namespace)
    }

    /// Remembers a namespace that isn't declared within the copy. `xml` needs no declaration.
    private func note(_ index: UInt16, _ declared: Set<UInt16>, _ missing: inout [UInt16]) {
        let namespace = namespaces[Int(index)]
        // A prefix that was declared nowhere can't be declared here.
        guard !declared.contains(index), !missing.contains(index), namespace.prefix != "xml", !namespace.uri.isEmpty
        else { return }
        missing.append(index)
    }
}
