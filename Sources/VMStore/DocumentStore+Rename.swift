internal import Glibc
package import VMCore

/// Renaming: two files change, so what is under way is written down first, in a link, and finished by whoever takes the
/// lock next. Until then readers see the new file alone.
extension DocumentStore {
    private var renameNote: String { folder + "/.rename" }

    /// The old name and the new one of a rename under way; names have no slash, the link's target parts them by one.
    private func renameUnderWay() -> (old: String, new: String)? {
        guard let target = Files.linkTarget(renameNote) else { return nil }
        let parts = target.split(separator: "/").map { DocumentName.name(ofFile: String($0)) }
        guard parts.count == 2, let old = parts[0], let new = parts[1] else { return nil }
        return (old, new)
    }

    /// The name that a document had, while its file is still there beside the new one.
    func nameBeingLeft() -> String? {
        guard let (old, new) = renameUnderWay(), Files.exists(path(of: new)) else { return nil }
        return old
    }

    /// Gives a document another name.
    ///
    /// - Parameters:
    ///   - uuid: the document that is meant; nil is whatever has that name.
    ///   - plan: makes the document with the new name; called again when others have changed it meanwhile.
    /// - Throws: `exists` when the new name is taken; the kind's error for what isn't there when the old name has another
    ///   document by now.
    package func rename(
        _ name: String, uuid: UUID? = nil, to new: String, _ plan: (StoredDocument) throws(VMError) -> [UInt8]
    ) throws(VMError) -> StoredDocument {
        try check(new)
        return try retry(name) { () throws(VMError) in
            let document = try read(name)
            if let uuid, document.uuid != uuid { throw kind.missing(name, nil) }
            if Files.exists(path(of: new)) { throw isTaken(new) }
            let xml = try plan(document)
            return try commit(
                document,
                StoredDocument(
                    name: new, uuid: document.uuid,
                    generation: StoredDocument.generation(after: document.generation), xml: xml))
        }
    }

    private func isTaken(_ name: String) -> VMError {
        VMError(.exists, "\(kind.word) with name '\(name)' already exists", remedy: "choose another name")
    }

    /// Writes a document under its new name; nil when the old one was changed since.
    private func commit(_ old: StoredDocument, _ renamed: StoredDocument) throws(VMError) -> StoredDocument? {
        let (note, new) = (renameNote, path(of: renamed.name))
        var locked = try LockedStore.take(self)
        guard locked.current(old.name) == old else { return nil }
        guard !Files.exists(new) else { throw isTaken(renamed.name) }
        try locked.step { () throws(VMError) in
            let target = "\(DocumentName.fileName(old.name))/\(DocumentName.fileName(renamed.name))"
            unlink(note)
            guard symlink(target, note) == 0 else { throw .system("cannot write '\(note)'", errno: errno) }
        }
        Failpoint.reached("rename.noted")
        do throws(VMError) {
            // Before the document, without which a mark doesn't count: no reader is to see it unmarked in between.
            if isAutostarted(old.name, old.uuid) { try setAutostart(renamed.name, renamed.uuid, true) }
            try locked.put(renamed, replacing: nil)
            try Files.syncFolder(of: new)
        } catch {
            if !Files.exists(new) { unlink(note) }
            throw error
        }
        try locked.step { () throws(VMError) in try finishRename() }
        if old.generation == 0 { index.removeForeign(old.name) }
        try locked.finish()
        return renamed
    }

    /// Removes the old file when the new one is there, and forgets the rename otherwise. The lock is held.
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
