internal import CVMSystem
internal import Glibc

/// Files, whole: reads that can neither block nor grow without bound, writes that happen completely or not at all.
public enum Files {
    /// The largest definition, state or plan file that is read.
    public static let documentLimit = 16 << 20

    /// Reads a whole file.
    ///
    /// A FIFO, a device, a folder or a socket is refused without waiting for it.
    /// - Parameters:
    ///   - limit: the most bytes accepted; a longer file is an error.
    ///   - regularOnly: false for the pseudo files of `/proc`, whose size is not known beforehand.
    public static func read(_ path: String, limit: Int = documentLimit, regularOnly: Bool = true) throws(VMError)
        -> [UInt8]
    {
        let file = try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
        var status = stat()
        guard fstat(file.raw, &status) == 0 else { throw .system("cannot read '\(path)'", errno: errno) }
        if regularOnly, let kind = oddKind(status.st_mode) {
            throw VMError(.io, "cannot read '\(path)': it is \(kind), not a file")
        }
        return try file.readAll(path, limit: limit, expecting: Int(clamping: status.st_size), isRegular: regularOnly)
    }

    /// What a path is when it is no regular file.
    static func oddKind(_ mode: mode_t) -> String? {
        switch mode & S_IFMT {
        case S_IFREG: nil
        case S_IFDIR: "a folder"
        case S_IFIFO: "a FIFO"
        case S_IFSOCK: "a socket"
        case S_IFCHR, S_IFBLK: "a device"
        default: "something else"
        }
    }

    /// Replaces a file's contents in one step: readers see the old contents or the new ones, whole.
    /// - Parameter durable: whether the new contents have reached the disk when the call returns, the folder's entry
    ///   included; for what must survive a power cut. What need not may be empty after one.
    public static func write(
        _ bytes: [UInt8], to path: String, mode: UInt32 = 0o600, durable: Bool = true
    ) throws(VMError) {
        let temporary = folder(of: path) + "/.new-\(getpid())-" + String(UInt32.random(in: 0...(.max)), radix: 36)
        try stage(bytes, at: temporary, for: path, mode: mode, durable: durable)
        if durable ? rename(temporary, path) != 0 : !replace(path, with: temporary) {
            let code = errno
            unlink(temporary)
            throw .system("cannot write '\(path)'", errno: code)
        }
        Failpoint.reached("write.renamed")
        if durable { try syncFolder(of: path) }
    }

    /// Swaps two names in one step.
    /// - Returns: false, with `errno`, when one of them isn't there or they can't be swapped.
    static func exchange(_ one: String, _ other: String) -> Bool { vms_rename_exchange(one, other) == 0 }

    /// Gives a new file the name of an older one, if there is one, in one step. It need not survive a power cut.
    ///
    /// For readers this is what a rename is. But a file that replaces another by a rename is first written to the disk by
    /// some file systems (ext4 for one), which takes longer than all else that a start does with its files.
    /// - Returns: false, with `errno`, when that can't be done; nothing has changed then.
    public static func replace(_ path: String, with new: String) -> Bool {
        guard vms_rename_exchange(new, path) == 0 else { return rename(new, path) == 0 }
        Failpoint.reached("write.exchanged")
        if unlink(new) == 0 { return true }
        // Something else than a file was there.
        let code = errno
        _ = vms_rename_exchange(new, path)
        errno = code
        return false
    }

    /// Writes a new file that the caller then renames to `path`. What is at `temporary` already is removed; when the
    /// contents can't be written whole, nothing is left there.
    /// - Parameter durable: whether the contents have reached the disk when the call returns.
    public static func stage(
        _ bytes: [UInt8], at temporary: String, for path: String, mode: UInt32 = 0o600, durable: Bool = true
    ) throws(VMError) {
        unlink(temporary)
        let file = try FileDescriptor.open(temporary, flags: O_WRONLY | O_CREAT | O_EXCL, mode: mode, toReplace: path)
        do throws(VMError) {
            try writeDivided(bytes, to: file, path)
            if durable, fsync(file.raw) != 0 { throw .system("cannot write '\(path)'", errno: errno) }
            Failpoint.reached("write.whole")
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Writes all bytes; where tests kill processes, in two halves, between which they may.
    private static func writeDivided(_ bytes: [UInt8], to file: borrowing FileDescriptor, _ path: String)
        throws(VMError)
    {
        #if DEBUG
            Failpoint.reached("write.made")
            try file.writeAll(Array(bytes.prefix(bytes.count / 2)), path)
            Failpoint.reached("write.half")
            try file.writeAll(Array(bytes.dropFirst(bytes.count / 2)), path)
        #else
            try file.writeAll(bytes, path)
        #endif
    }

    /// Removes a file; one that isn't there is no error.
    public static func remove(_ path: String, durable: Bool = false) throws(VMError) {
        if unlink(path) != 0, errno != ENOENT { throw .system("cannot remove '\(path)'", errno: errno) }
        Failpoint.reached("remove")
        if durable { try syncFolder(of: path) }
    }

    /// Makes the entry of `path` in its folder durable.
    public static func syncFolder(of path: String) throws(VMError) {
        let name = folder(of: path)
        let handle = try FileDescriptor.open(name, flags: O_RDONLY | O_DIRECTORY)
        if fsync(handle.raw) != 0 { throw .system("cannot write folder '\(name)'", errno: errno) }
    }

    /// The path without its last component.
    public static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.utf8.startIndex ? "/" : String(decoding: path.utf8[..<slash], as: UTF8.self)
    }

    /// The path with every link in it followed; nil when nothing is there.
    public static func resolved(_ path: String) -> String? {
        var room = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        guard realpath(path, &room) != nil else { return nil }
        return String(decoding: room.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether something is at `path`, a dangling link included.
    public static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// When a file was last written, in nanoseconds since 1970, and its size; nil when it isn't there.
    public static func stamp(_ path: String) -> (modified: Int64, size: Int64)? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return (Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec), Int64(status.st_size))
    }

    /// The first `count` bytes of a file; fewer when it is shorter, none when it can't be read.
    public static func head(_ path: String, first count: Int) -> [UInt8] {
        guard let file = try? FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK) else { return [] }
        var bytes = [UInt8](repeating: 0, count: max(count, 0))
        let got = Glibc.read(file.raw, &bytes, bytes.count)
        return Array(bytes.prefix(max(got, 0)))
    }

    /// How long a file or a block device is; nil when it can't be opened.
    public static func length(_ path: String) -> UInt64? {
        guard let file = try? FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK) else { return nil }
        let end = lseek(file.raw, 0, SEEK_END)
        return end < 0 ? nil : UInt64(end)
    }

    /// The last `count` bytes of a file from byte `offset` on; nothing when it can't be read.
    public static func tail(_ path: String, last count: Int, from offset: Int64 = 0) -> [UInt8] {
        guard let file = try? FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK) else { return [] }
        return file.tail(path, last: count, from: offset)
    }
}

extension FileDescriptor {
    /// Opens a file, always with `O_CLOEXEC`. `flags` are those of open(2).
    public static func open(_ path: String, flags: Int32, mode: UInt32 = 0) throws(VMError) -> FileDescriptor {
        try open(path, flags: flags, mode: mode, toReplace: nil)
    }

    static func open(
        _ path: String, flags: Int32, mode: UInt32 = 0, toReplace final: String?
    ) throws(VMError) -> FileDescriptor {
        let raw = vms_open(path, flags, mode)
        if raw < 0 {
            let code = errno
            let writes = flags & (O_WRONLY | O_RDWR) != 0
            throw .system("cannot \(writes ? "write" : "read") '\(final ?? path)'", errno: code)
        }
        return FileDescriptor(owning: raw)
    }

    /// The last `count` bytes from byte `offset` on; nothing when they can't be read.
    func tail(_ name: String, last count: Int, from offset: Int64) -> [UInt8] {
        let end = Int64(lseek(raw, 0, SEEK_END))
        let begin = max(offset, end - Int64(count))
        guard begin < end, lseek(raw, off_t(begin), SEEK_SET) >= 0 else { return [] }
        return (try? readAll(name, limit: count, expecting: count, truncating: true)) ?? []
    }

    /// Reads to the end, at most `limit` bytes.
    func readAll(
        _ name: String, limit: Int, expecting size: Int = 0, truncating: Bool = false, isRegular: Bool = false
    ) throws(VMError) -> [UInt8] {
        var bytes: [UInt8] = []
        var failure: Int32 = 0
        // One byte more than expected, so that a file of the expected size is read in one call and its end seen.
        var room = min(max(size, 1024), limit) + 1
        while bytes.count <= limit {
            let used = bytes.count
            var got = 0
            let part = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                repeat { got = Glibc.read(raw, buffer.baseAddress, room) } while got < 0 && errno == EINTR
                if got < 0 { failure = errno }
                count = max(got, 0)
            }
            // Most files come in one piece, which is taken as it is.
            if bytes.isEmpty { bytes = part } else { bytes += part }
            // A regular file that gives less than was asked for is at its end.
            if got <= 0 || bytes.count == used || (isRegular && got < room) { break }
            if used + got < room, size > 0, bytes.count >= size, size < limit { room = 1024 }
        }
        if failure != 0, failure != EAGAIN { throw .system("cannot read '\(name)'", errno: failure) }
        if bytes.count > limit {
            guard truncating else { throw VMError(.io, "cannot read '\(name)': it is larger than \(limit) bytes") }
            bytes.removeLast(bytes.count - limit)
        }
        return bytes
    }

    /// Writes all bytes to a file.
    public func writeAll(_ bytes: [UInt8], _ name: String) throws(VMError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                // SAFETY: done is less than the count, so the slice begins inside the array.
                Glibc.write(raw, buffer.baseAddress?.advanced(by: done), buffer.count - done)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw .system("cannot write '\(name)'", errno: errno)
            }
            done += count
        }
    }

    /// An anonymous file in memory that holds `bytes`, positioned at its beginning.
    public static func memory(_ bytes: [UInt8], name: String) throws(VMError) -> FileDescriptor {
        let raw = vms_memory_file(name)
        guard raw >= 0 else { throw .system("cannot make a file in memory", errno: errno) }
        let file = FileDescriptor(owning: raw)
        try file.writeAll(bytes, name)
        lseek(raw, 0, SEEK_SET)
        return file
    }

    /// Reads everything from a descriptor that was handed to this process.
    public func readToEnd(_ name: String, limit: Int = Files.documentLimit) throws(VMError) -> [UInt8] {
        try readAll(name, limit: limit)
    }
}
