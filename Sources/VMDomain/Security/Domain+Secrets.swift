public import VMCore
public import VMXML

extension Domain {
    /// What libvirt writes in place of a password that isn't asked for.
    public static let hiddenPassword = "*****"

    /// The document without its secrets: the passwords of displays, and the cookies of images behind HTTP, wherever an image
    /// can stand. Texts that only look like a secret, such as a description's, stay.
    public var withoutSecrets: Domain {
        var domain = self
        for index in domain.devices.graphics.indices where domain.devices.graphics[index].passwd != nil {
            domain.devices.graphics[index].passwd = Domain.hiddenPassword
        }
        for index in domain.devices.disks.indices { domain.devices.disks[index].hideSecrets() }
        domain.os.nvram?.source.cookies = []
        return domain
    }

    /// A document without its secrets; as it was written where it has none.
    ///
    /// - Throws: `invalid-xml` when it isn't well-formed, so that nobody can tell what in it is secret.
    public static func hidingSecrets(in text: String) throws(VMError) -> String {
        let bytes = Array(text.utf8)
        if let domain = try? Domain.read(bytes, file: "domain.xml", options: .lenient).checked() {
            let plain = domain.withoutSecrets
            return plain == domain ? text : plain.xml
        }
        // A document that is no domain's, by this version's measure: its elements tell as well.
        let tree = try XMLTree.read(bytes, file: "domain.xml")
        let plain = tree.hidingSecrets(within: [])
        return plain == tree ? text : plain.markup + "\n"
    }
}

extension XMLChange {
    /// The change without the secrets in it: that a password has changed is told, not which it is.
    public var withoutSecrets: XMLChange {
        let parts = path.split(separator: "/")
        let isSecret =
            parts.contains { $0.hasPrefix("cookies") }
            || parts.last == "@passwd" && parts.dropLast().last?.hasPrefix("graphics") == true
        func plain(_ text: String?) -> String? {
            guard let text else { return nil }
            if isSecret { return Domain.hiddenPassword }
            guard text.hasPrefix("<"), let tree = try? XMLTree.read(Array(text.utf8), file: "change") else {
                return text
            }
            let outer = parts.dropLast().map { part in String(part.prefix { $0 != "[" }) }
            let plain = tree.hidingSecrets(within: outer)
            return plain == tree ? text : plain.markup
        }
        return XMLChange(path: path, old: plain(old), new: plain(new))
    }
}

extension Disk {
    fileprivate mutating func hideSecrets() {
        source.cookies = []
        backingStore?.hideSecrets()
        mirror?.source?.cookies = []
        mirror?.backingStore?.hideSecrets()
    }
}

extension DiskBackingStore {
    fileprivate mutating func hideSecrets() {
        source?.cookies = []
        backingStore?.hideSecrets()
    }
}

extension XMLTree {
    /// - Parameter path: the names of the elements around this one.
    fileprivate func hidingSecrets(within path: [String]) -> XMLTree {
        var tree = self
        let path = path + [name]
        if path == ["domain", "devices", "graphics"] {
            for index in tree.attributes.indices where tree.attributes[index].name == "passwd" {
                tree.attributes[index].value = Domain.hiddenPassword
            }
        }
        // What others keep in a document is theirs.
        guard path.count < 2 || path[1] == "devices" || path[1] == "os" else { return tree }
        tree.children = children.compactMap { child in
            guard case .element(let element) = child else { return child }
            return element.name == "cookies" ? nil : .element(element.hidingSecrets(within: path))
        }
        return tree
    }
}
