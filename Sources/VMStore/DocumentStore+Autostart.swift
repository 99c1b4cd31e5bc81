internal import Glibc
package import VMCore

/// The marks of documents that start with the host: a folder of links, each named as the document's file, whose target is
/// the UUID, so that a mark can't pass to another document of the name.
extension DocumentStore {
    var marks: String { folder + "/.autostart" }

    func autostartMark(_ name: String) -> String { "\(marks)/\(DocumentName.fileName(name))" }

    package func isAutostarted(_ name: String, _ uuid: UUID) -> Bool {
        Files.linkTarget(autostartMark(name)) == uuid.description
    }

    /// The names with a mark, whether or not it still counts.
    package func autostartMarks() -> Set<String> {
        Set(((try? Folders.list(marks)) ?? []).compactMap { DocumentName.name(ofFile: $0) })
    }

    /// Sets or removes a mark on behalf of a user, in turn with all other changes.
    ///
    /// - Throws: the kind's error for what isn't there when the name has another document by now.
    package func mark(_ name: String, _ uuid: UUID, _ isWanted: Bool) throws(VMError) {
        var locked = try LockedStore.take(self)
        guard locked.current(name)?.uuid == uuid else { throw kind.missing(name, nil) }
        if isWanted { try locked.makeFolder(marks) }
        try setAutostart(name, uuid, isWanted)
        try locked.finish(durable: false)
    }

    /// Sets or removes a mark. The lock is held.
    func setAutostart(_ name: String, _ uuid: UUID, _ isWanted: Bool) throws(VMError) {
        if isAutostarted(name, uuid) == isWanted { return }
        let mark = autostartMark(name)
        unlink(mark)
        Failpoint.reached("mark.removed")
        guard isWanted else { return try Files.syncFolder(of: mark) }
        try Folders.make(marks)
        guard symlink(uuid.description, mark) == 0 else { throw .system("cannot write '\(mark)'", errno: errno) }
        Failpoint.reached("mark.made")
        try Files.syncFolder(of: mark)
    }
}
