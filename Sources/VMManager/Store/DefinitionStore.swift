internal import Glibc
public import VMCore
internal import VMDomain
internal import VMXML

/// The definitions: a folder with one XML file for each domain.
///
/// Files are replaced whole and durably. Whoever changes something holds the folder's lock; readers take none. A file
/// that can't be used spoils nothing but itself.
public struct DefinitionStore: Sendable {
    public let folder: String

    public init(folder: String) { self.folder = folder }

    /// The file of a domain.
    public func path(of name: String) -> String { "\(folder)/\(DomainName.fileName(name)).xml" }

    private var index: String { folder + "/.by-uuid" }

    func indexLink(_ uuid: UUID) -> String { "\(index)/\(uuid)" }

    // MARK: Reading

    /// The names of all definitions, broken ones included, in the order of their bytes.
    public func names() throws(VMError) -> [String] {
        let leaving = nameBeingLeft()
        return try Folders.list(folder).compactMap { file in
            let name = file.hasSuffix(".xml") ? DomainName.name(ofFile: String(file.dropLast(4))) : nil
            return name == leaving ? nil : name
        }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Whether there is a definition of that name, usable or not.
    public func contains(_ name: String) -> Bool {
        (try? DomainName.check(name)) != nil && Files.exists(path(of: name)) && nameBeingLeft() != name
    }

    /// Reads a definition.
    ///
    /// - Throws: `no-domain` when there is none; `invalid-xml` or `io` when the file is broken.
    public func read(_ name: String) throws(VMError) -> StoredDefinition {
        guard contains(name) else { throw .noDomain(name) }
        return try readListed(name)
    }

    /// The UUID of a definition that ``names()`` has named; throws as ``read(_:)``.
    func uuidOfListed(_ name: String) throws(VMError) -> UUID {
        let bytes = try contents(name)
        if let header = StoredDefinition.Header(bytes) { return header.uuid }
        return try readForeign(bytes, name: name, path: path(of: name)).uuid
    }

    private func contents(_ name: String) throws(VMError) -> [UInt8] {
        let path = self.path(of: name)
        do {
            return try Files.read(path)
        } catch {
            if !Files.exists(path) { throw .noDomain(name) }
            throw error.wrapped("the definition of domain \(DomainName.quoted(name)) can't be used", code: .io)
        }
    }

    /// Reads a definition that ``names()`` has named.
    func readListed(_ name: String) throws(VMError) -> StoredDefinition {
        let path = self.path(of: name)
        let bytes = try contents(name)
        if let header = StoredDefinition.Header(bytes) {
            return StoredDefinition(
                name: name, uuid: header.uuid, generation: header.generation, xml: Array(bytes[header.length...]))
        }
        return try readForeign(bytes, name: name, path: path)
    }

    /// A file that somebody else wrote or changed.
    private func readForeign(_ bytes: [UInt8], name: String, path: String) throws(VMError) -> StoredDefinition {
        do throws(VMError) {
            let domain = try Domain.read(bytes, file: path, options: .lenient).checked()
            guard domain.name == name else {
                throw VMError(
                    .invalidXML, "its <name> is \(DomainName.quoted(domain.name ?? "")), other than its file says",
                    remedy: "rename the file or correct the <name>")
            }
            guard let uuid = domain.uuid else {
                throw VMError(.invalidXML, "it has no <uuid>", remedy: "define it with \(command: "define", path)")
            }
            return StoredDefinition(name: name, uuid: uuid, generation: 0, xml: bytes)
        } catch {
            throw error.wrapped("the definition of domain \(DomainName.quoted(name)) can't be used")
        }
    }

    /// The name under which a UUID is defined; nil when it isn't.
    public func name(of uuid: UUID) throws(VMError) -> String? {
        if let name = indexedName(uuid), (try? read(name))?.uuid == uuid { return name }
        // The index is a shortcut only: files may have come by hand.
        for name in try names() where (try? readListed(name))?.uuid == uuid { return name }
        return nil
    }

    // MARK: Changing

    /// Stores a definition that is complete and valid.
    ///
    /// The rules are libvirt's: the same name and UUID replace, one of them alone is a conflict.
    /// - Parameters:
    ///   - expected: the generation the caller has seen; the call fails when it has changed since. Nil doesn't check.
    ///   - runningUUID: the UUID of a running machine of that name that has no definition.
    /// - Returns: what is stored now, and whether it replaced something.
    func write(
        name: String, uuid: UUID?, expected: UInt64? = nil, runningUUID: UUID? = nil,
        _ xml: (UUID) throws(VMError) -> [UInt8]
    ) throws(VMError) -> (definition: StoredDefinition, replaced: Bool) {
        try DomainName.check(name)
        let lock = try takeLock()
        let old = contains(name) ? try? read(name) : nil
        if let taken = old?.uuid ?? runningUUID, taken != uuid {
            throw VMError(
                .exists, "domain '\(name)' already exists with uuid \(taken)",
                remedy: "choose another <name>, or give the document that <uuid> to change the domain")
        }
        let isIndexed = try completeIndex()
        if old == nil, let uuid, let other = indexedName(uuid), other != name, (try? read(other))?.uuid == uuid {
            throw VMError(
                .exists, "domain '\(other)' is already defined with uuid \(uuid)",
                remedy: "leave <uuid> out to get a new one")
        }
        if let expected, expected != old?.generation ?? 0 {
            throw VMError(
                .busy, "domain '\(name)' was changed meanwhile",
                remedy: "look at the new definition and make your change again")
        }
        let uuid = uuid ?? .random()
        let definition = StoredDefinition(
            name: name, uuid: uuid, generation: (old?.generation ?? 0) &+ 1, xml: try xml(uuid))
        try Files.write(definition.fileContents, to: path(of: name))
        addToIndex(uuid, name)
        if isIndexed { stampIndex() }
        _ = consume lock
        return (definition, old != nil)
    }

    /// Takes a definition out of the store and puts it into the trash.
    ///
    /// - Returns: whether it can be taken back; where the disk is too full for a folder it is removed for good.
    @discardableResult
    func remove(_ name: String) throws(VMError) -> Bool {
        let lock = try takeLock()
        guard contains(name) else { throw .noDomain(name) }
        let uuid = (try? read(name))?.uuid
        let isIndexed = try completeIndex()
        let isKept = try discard(name)
        if let uuid { unlink(indexLink(uuid)) }
        Failpoint.reached("undefine.done")
        if isIndexed { stampIndex() }
        _ = consume lock
        return isKept
    }

    /// Changes a definition as it is now, whatever that is, without anybody coming between.
    func change(
        _ name: String, _ change: (StoredDefinition) throws(VMError) -> [UInt8]
    ) throws(VMError) -> StoredDefinition {
        let lock = try takeLock()
        var definition = try read(name)
        definition.xml = try change(definition)
        definition.generation &+= 1
        let isIndexed = try completeIndex()
        try Files.write(definition.fileContents, to: path(of: name))
        if isIndexed { stampIndex() }
        _ = consume lock
        return definition
    }

    // MARK: The index

    /// Sees to it that the index knows every definition, so that a new one can be told from all others without looking
    /// at them: files may have come or gone by hand since, which the folder's time of change shows.
    /// - Returns: whether the index can be relied upon; the caller stamps it again after its change.
    func completeIndex() throws(VMError) -> Bool {
        guard let stamp = Files.stamp(folder) else { return false }
        if readLink(indexStamp) == "\(stamp.modified)" { return true }
        try Folders.make(index)
        for entry in try Folders.list(index) { unlink(index + "/" + entry) }
        Failpoint.reached("index.emptied")
        // The lock is held, so whoever was writing these files was killed.
        for entry in try Folders.list(folder) where entry.hasPrefix(".new-") { unlink(folder + "/" + entry) }
        for name in try names() {
            if let uuid = (try? readListed(name))?.uuid { addToIndex(uuid, name) }
        }
        return true
    }

    private var indexStamp: String { index + "/stamp" }

    /// Notes that the index fits the folder as it is now.
    func stampIndex() {
        guard let stamp = Files.stamp(folder) else { return }
        unlink(indexStamp)
        Failpoint.reached("stamp.removed")
        symlink("\(stamp.modified)", indexStamp)
    }

    func addToIndex(_ uuid: UUID, _ name: String) {
        // Without the entry the UUID is found by looking at all files.
        try? Folders.make(index)
        unlink(indexLink(uuid))
        Failpoint.reached("index.removed")
        symlink("../\(DomainName.fileName(name)).xml", indexLink(uuid))
        Failpoint.reached("index.linked")
    }

    func indexedName(_ uuid: UUID) -> String? {
        guard let target = readLink(indexLink(uuid)), target.hasPrefix("../"), target.hasSuffix(".xml") else {
            return nil
        }
        return DomainName.name(ofFile: String(target.dropFirst(3).dropLast(4)))
    }

    func readLink(_ path: String) -> String? { Files.linkTarget(path) }

    /// The lock of all who change something; what one of them was killed in the middle of is finished first.
    func takeLock() throws(VMError) -> FileLock {
        try Folders.make(folder)
        if let lock = try FileLock.take(folder + "/.lock", until: .after(.seconds(10))) {
            try finishRename()
            return lock
        }
        throw VMError(
            .busy, "another program is changing the definitions in '\(folder)'", remedy: "try again in a moment")
    }
}

extension VMError {
    /// libvirt's error for a domain that isn't there.
    static func noDomain(_ key: String, remedy: Remedy? = nil) -> VMError {
        VMError(
            .noDomain, "failed to get domain '\(key)'",
            cause: VMError(
                .noDomain, "Domain not found: no domain with matching name '\(key)'",
                remedy: remedy ?? "\(command: "list", "--all") shows what there is"))
    }
}
