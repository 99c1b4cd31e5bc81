internal import Glibc

/// What a file is, without having been opened.
public struct FileFacts: Sendable, Hashable {
    public var kind: FileKind
    public var identity: FileIdentity
    /// Bytes.
    public var size: UInt64
    /// Bytes that it takes on its disk.
    public var allocation: UInt64
    /// The rights, `0o644`, without the kind.
    public var mode: UInt32
    public var owner: UInt32
    public var group: UInt32
    /// Nanoseconds since 1970: when it was last read, written, and changed in any way.
    public var accessed: Int64
    public var modified: Int64
    public var changed: Int64

    init(_ status: stat) {
        kind = FileKind(status.st_mode)
        identity = FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        size = UInt64(clamping: status.st_size)
        let (bytes, overflow) = UInt64(clamping: status.st_blocks).multipliedReportingOverflow(by: 512)
        allocation = overflow ? .max : bytes
        mode = status.st_mode & 0o7777
        owner = status.st_uid
        group = status.st_gid
        // Whoever owns a file gives it any time, such as one that no count of nanoseconds reaches.
        func nanoseconds(_ time: timespec) -> Int64 {
            let (whole, isBeyond) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
            let (sum, isFurther) = whole.addingReportingOverflow(Int64(time.tv_nsec))
            return isBeyond || isFurther ? (time.tv_sec < 0 ? .min : .max) : sum
        }
        accessed = nanoseconds(status.st_atim)
        modified = nanoseconds(status.st_mtim)
        changed = nanoseconds(status.st_ctim)
    }

    /// What a path leads to; nil for nothing, for a link that leads nowhere or round in circles, and for what can't be
    /// looked at.
    public init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }
}

/// What a folder has under a name.
public struct FolderEntry: Sendable, Hashable {
    public var name: String
    /// Whether it is a link; the facts are of what that leads to.
    public var isLink: Bool
    public var facts: FileFacts

    public init(name: String, isLink: Bool, facts: FileFacts) {
        self.name = name
        self.isLink = isLink
        self.facts = facts
    }
}

extension Folders {
    /// What is in a folder, in no particular order, without being opened. Links are followed; those that lead nowhere are
    /// left out, and so are names that are no text.
    ///
    /// - Throws: `io` when the folder isn't there or can't be read.
    public static func entries(_ path: String, accepting accepts: (String) -> Bool) throws(VMError) -> [FolderEntry] {
        guard let stream = opendir(path) else { throw .system("cannot open directory '\(path)'", errno: errno) }
        defer { closedir(stream) }
        let folder = dirfd(stream)
        var entries: [FolderEntry] = []
        while let entry = readdir(stream) {
            let isLink = entry.pointee.d_type == DT_LNK
            // SAFETY: d_name is a NUL-terminated array inside the entry, which lives until the next readdir.
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
            }
            guard let name, name != ".", name != "..", accepts(name) else { continue }
            var status = stat()
            guard fstatat(folder, name, &status, 0) == 0 else { continue }
            entries.append(FolderEntry(name: name, isLink: isLink, facts: FileFacts(status)))
        }
        return entries
    }

    /// Gives a folder rights and, where they are given, an owner and a group.
    public static func setRights(
        _ path: String, mode: UInt32?, owner: UInt32? = nil, group: UInt32? = nil
    ) throws(VMError) {
        let folder = try FileDescriptor.open(path, flags: O_RDONLY | O_DIRECTORY)
        try folder.setRights(path, mode: mode, owner: owner, group: group)
    }
}

extension FileDescriptor {
    /// Gives the open file rights and, where they are given, an owner and a group.
    public func setRights(_ name: String, mode: UInt32?, owner: UInt32?, group: UInt32?) throws(VMError) {
        var status = stat()
        guard fstat(raw, &status) == 0 else { throw .system("cannot use '\(name)'", errno: errno) }
        let isOther = owner.map { $0 != status.st_uid } ?? false || group.map { $0 != status.st_gid } ?? false
        // A number that says "no change" to fchown(2).
        if isOther, fchown(raw, owner ?? .max, group ?? .max) != 0 {
            throw .system(
                "cannot chown '\(name)' to (\(owner ?? status.st_uid), \(group ?? status.st_gid))", errno: errno)
        }
        // Behind it: a change of the owner takes some rights away.
        if let mode, fchmod(raw, mode) != 0 { throw .system("cannot set mode of '\(name)'", errno: errno) }
    }

    /// What the open file is.
    public func facts() throws(VMError) -> FileFacts {
        var status = stat()
        guard fstat(raw, &status) == 0 else { throw .system("cannot look at an open file", errno: errno) }
        return FileFacts(status)
    }
}

/// How large a file system is and what is left of it, in bytes.
public struct FileSystemSpace: Sendable, Hashable {
    public var capacity: UInt64
    public var available: UInt64
    public var allocation: UInt64 { capacity - min(available, capacity) }

    /// That of the file system in which a path lies; nil when it can't be asked.
    public init?(_ path: String) {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        func bytes(_ blocks: fsblkcnt_t) -> UInt64 {
            let (bytes, overflow) = UInt64(blocks).multipliedReportingOverflow(by: UInt64(status.f_frsize))
            return overflow ? .max : bytes
        }
        capacity = bytes(status.f_blocks)
        available = bytes(status.f_bfree)
    }
}
