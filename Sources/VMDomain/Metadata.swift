public import VMCore
public import VMXML

/// The elements below `<metadata>`: one for each application, told apart by its namespace.
extension Domain {
    /// The element of a namespace, without the namespace, as the application gave it.
    public func metadata(of uri: String) -> XMLTree? {
        guard let metadata, let place = Domain.place(of: uri, in: metadata) else { return nil }
        guard case .element(let element) = metadata.children[place] else { return nil }
        return element.leavingNamespace(uri)
    }

    /// Sets the element of a namespace, or removes it.
    ///
    /// - Parameter prefix: what the namespace is called in the document.
    /// - Throws: `not-found` when there is nothing to remove; `invalid-xml` for an element of vmctl's own namespace that
    ///   says something unknown.
    public mutating func setMetadata(_ element: XMLTree?, of uri: String, prefix: String?) throws(VMError) {
        var tree = metadata ?? XMLTree(name: "metadata")
        let place = Domain.place(of: uri, in: tree)
        if let element {
            guard let prefix, Domain.isPrefix(prefix) else {
                throw VMError(
                    .invalidArgument,
                    prefix == nil
                        ? "namespace key is required when modifying metadata"
                        : "'\(prefix ?? "")' can't be a namespace key",
                    remedy: "give a short word with \(option: "key")")
            }
            let new = XMLTree.Child.element(element.entering(uri, prefix: prefix))
            if let place { tree.children[place] = new } else { tree.children.append(new) }
        } else {
            guard let place else {
                throw VMError(.notFound, "metadata not found: Requested metadata element is not present")
            }
            tree.children.remove(at: place)
        }
        metadata = tree.children.isEmpty ? nil : tree
        if element != nil, uri == VMCTLMetadata.namespace { try checkMetadata() }
    }

    private static func isPrefix(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, first.properties.isAlphabetic || first == "_" else { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "_-.".unicodeScalars.contains(scalar)
        }
    }

    private static func place(of uri: String, in metadata: XMLTree) -> Int? {
        metadata.children.firstIndex { child in
            guard case .element(let element) = child else { return false }
            let colon = element.name.firstIndex(of: ":")
            let declaration = colon.map { "xmlns:" + element.name[..<$0] } ?? "xmlns"
            return (element.attribute(declaration) ?? metadata.attribute(declaration)) == uri
        }
    }
}

extension XMLTree {
    /// The element with its own namespace's prefix and declaration taken away.
    fileprivate func leavingNamespace(_ uri: String) -> XMLTree {
        let colon = name.firstIndex(of: ":")
        let prefix = colon.map { String(name[...$0]) }
        var tree = self
        tree.attributes.removeAll { $0.name.hasPrefix("xmlns") && $0.value == uri }
        if let prefix { tree.strip(prefix) }
        return tree
    }

    private mutating func strip(_ prefix: String) {
        if name.hasPrefix(prefix) { name = String(name.dropFirst(prefix.count)) }
        for index in children.indices {
            guard case .element(var child) = children[index] else { continue }
            child.strip(prefix)
            children[index] = .element(child)
        }
    }

    /// The element put into a namespace, with all below it that have none of their own.
    fileprivate func entering(_ uri: String, prefix: String) -> XMLTree {
        var tree = self
        tree.attributes.removeAll { $0.name == "xmlns:" + prefix }
        tree.attributes.insert(Attribute(name: "xmlns:" + prefix, value: uri), at: 0)
        tree.add(prefix + ":")
        return tree
    }

    private mutating func add(_ prefix: String) {
        if !name.contains(":"), attribute("xmlns") == nil { name = prefix + name }
        for index in children.indices {
            guard case .element(var child) = children[index] else { continue }
            child.add(prefix)
            children[index] = .element(child)
        }
    }
}
