internal import VMCore
internal import VMDomain
internal import VMXML

/// A domain's XML as the user gave it.
enum DomainDocument {
    /// Reads a file strictly: anything unknown or wrong in it is an error with its place. Relative paths in it come out
    /// absolute.
    ///
    /// - Parameter validates: whether values that don't go together are errors too.
    static func read(_ file: InputFile, validates: Bool = true) throws(VMError) -> Domain {
        try reading(file, validates: validates).domain
    }

    /// The same with the text, for the places of what is found later.
    static func reading(
        _ file: InputFile, validates: Bool = true
    ) throws(VMError) -> (domain: Domain, source: XMLSource) {
        let reading = try Domain.read(try file.read(), file: file.name)
        var domain = try (validates ? reading.validated() : reading).checked()
        domain.resolvePaths(below: file.folder)
        return (domain, reading.source)
    }

    /// The document's bytes for storing: those of the file, or the domain written anew when it had relative paths.
    static func bytes(_ file: InputFile) throws(VMError) -> [UInt8] {
        let bytes = try file.read()
        // A document with faults goes to the one who stores it as it is, and is refused there.
        guard let domain = try? Domain.read(bytes, file: file.name).checked() else { return bytes }
        var resolved = domain
        resolved.resolvePaths(below: file.folder)
        return resolved == domain ? bytes : Array(resolved.xml.utf8)
    }
}

extension Domain {
    /// Takes relative paths from `folder` on, so that a document kept beside its images can name them.
    ///
    /// libvirt takes such a document as it is, and fails when the machine starts.
    mutating func resolvePaths(below folder: String) {
        func resolve(_ path: inout String?) {
            guard let given = path, !given.isEmpty, given.utf8.first != UInt8(ascii: "/") else { return }
            path = InputFile.absolute(given, below: folder)
        }
        resolve(&os.kernel)
        resolve(&os.initrd)
        resolve(&os.dtb)
        for index in devices.disks.indices { resolve(&devices.disks[index].source.file) }
        func resolve(_ backend: inout CharacterBackend) {
            if backend.type == .file || backend.type == .unix { resolve(&backend.source.path) }
        }
        for index in devices.serials.indices { resolve(&devices.serials[index].backend) }
        for index in devices.consoles.indices { resolve(&devices.consoles[index].backend) }
        for index in devices.channels.indices { resolve(&devices.channels[index].backend) }
        for index in devices.serials.indices { resolve(&devices.serials[index].backend.source.path) }
        for index in devices.consoles.indices { resolve(&devices.consoles[index].backend.source.path) }
    }
}
