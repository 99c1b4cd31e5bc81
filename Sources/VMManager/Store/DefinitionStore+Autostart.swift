internal import Glibc
internal import VMCore

/// The marks of domains that start with the host: a folder of links, each named as the definition's file, whose target is
/// the domain's UUID, so that a mark can't pass to another domain of the name.
extension DefinitionStore {
    private var marks: String { folder + "/.autostart" }

    func autostartMark(_ name: String) -> String { "\(marks)/\(DomainName.fileName(name))" }

    func isAutostarted(_ name: String, _ uuid: UUID) -> Bool { readLink(autostartMark(name)) == uuid.description }

    /// The names with a mark, whether or not it still counts.
    func autostartMarks() -> Set<String> {
        Set(((try? Folders.list(marks)) ?? []).compactMap { DomainName.name(ofFile: $0) })
    }

    /// Sets or removes the mark.
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

extension DefinitionStore {
    /// Sets or removes a mark on behalf of a user, in turn with all other changes.
    func mark(_ name: String, _ uuid: UUID, _ isWanted: Bool) throws(VMError) {
        let lock = try takeLock()
        guard (try? read(name))?.uuid == uuid else { throw .noDomain(name) }
        let isIndexed = try completeIndex()
        try setAutostart(name, uuid, isWanted)
        if isIndexed { stampIndex() }
        _ = consume lock
    }
}
