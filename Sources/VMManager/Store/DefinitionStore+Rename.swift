internal import Glibc
internal import VMCore

/// Renaming: two files change, so what is under way is written down first, in a link, and finished by whoever takes the
/// lock next. Until then readers see the new file alone.
extension DefinitionStore {
    private var renameNote: String { folder + "/.rename" }

    /// The old name and the new one of a rename under way; names have no slash, the link's target parts them by one.
    private func renameUnderWay() -> (old: String, new: String)? {
        guard let target = readLink(renameNote) else { return nil }
        let parts = target.split(separator: "/").map { DomainName.name(ofFile: String($0)) }
        guard parts.count == 2, let old = parts[0], let new = parts[1] else { return nil }
        return (old, new)
    }

    /// The name that a definition had, while its file is still there beside the new one.
    func nameBeingLeft() -> String? {
        guard let (old, new) = renameUnderWay(), Files.exists(path(of: new)) else { return nil }
        return old
    }

    /// Gives a definition another name.
    ///
    /// - Parameter xml: the document with the new name.
    func rename(
        _ name: String, to new: String, _ xml: (StoredDefinition) throws(VMError) -> [UInt8]
    ) throws(VMError) -> StoredDefinition {
        try DomainName.check(new)
        let lock = try takeLock()
        var definition = try read(name)
        guard !Files.exists(path(of: new)) else {
            throw VMError(.exists, "domain with name '\(new)' already exists", remedy: "choose another name")
        }
        definition.name = new
        definition.generation &+= 1
        definition.xml = try xml(definition)
        let isIndexed = try completeIndex()
        unlink(renameNote)
        guard symlink("\(DomainName.fileName(name))/\(DomainName.fileName(new))", renameNote) == 0 else {
            throw .system("cannot write '\(renameNote)'", errno: errno)
        }
        Failpoint.reached("rename.noted")
        // Before the definition, without which a mark doesn't count: no reader is to see it unmarked in between.
        if isAutostarted(name, definition.uuid) { try setAutostart(new, definition.uuid, true) }
        do throws(VMError) {
            try Files.write(definition.fileContents, to: path(of: new))
        } catch {
            if !Files.exists(path(of: new)) { unlink(renameNote) }
            throw error
        }
        try finishRename()
        addToIndex(definition.uuid, new)
        if isIndexed { stampIndex() }
        _ = consume lock
        return definition
    }

    /// Removes the old file when the new one is there, and forgets the rename otherwise.
    func finishRename() throws(VMError) {
        guard let (old, new) = renameUnderWay() else { return }
        if Files.exists(path(of: new)), Files.exists(path(of: old)) {
            if let uuid = (try? readListed(new))?.uuid, isAutostarted(old, uuid) {
                try setAutostart(new, uuid, true)
            }
            try Files.remove(path(of: old), durable: true)
            unlink(autostartMark(old))
            Failpoint.reached("rename.unmarked")
        }
        unlink(renameNote)
        Failpoint.reached("rename.forgotten")
    }
}
