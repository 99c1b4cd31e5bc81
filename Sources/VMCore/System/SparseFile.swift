internal import CVMSystem
internal import Glibc

/// Files with holes: parts that were never written, take no space and read as zeros.
extension FileDescriptor {
    /// The next part of the file that holds data, from `offset` on; nil when only holes follow. Where the file system knows
    /// of no holes it is all that follows.
    public func data(from offset: UInt64, end: UInt64) -> Range<UInt64>? {
        guard offset < end, let place = Int64(exactly: offset) else { return nil }
        let start = vms_seek_data(raw, place)
        if start < 0 { return errno == ENXIO ? nil : offset..<end }
        let hole = vms_seek_hole(raw, start)
        let begin = UInt64(start)
        let stop = hole < 0 ? end : min(end, UInt64(hole))
        return begin < stop ? begin..<stop : nil
    }

    /// Has the file system reserve a part of the file.
    ///
    /// - Returns: 0, or an errno; `EOPNOTSUPP` where the file system can't.
    public func allocate(_ range: Range<UInt64>) -> Int32 {
        guard !range.isEmpty else { return 0 }
        guard let start = Int64(exactly: range.lowerBound),
            let count = Int64(exactly: range.upperBound - range.lowerBound)
        else { return EFBIG }
        var code: Int32 = 0
        repeat { code = vms_allocate(raw, start, count) == 0 ? 0 : errno } while code == EINTR
        return code
    }

    /// Makes a hole; false where the file system can't.
    public func makeHole(_ range: Range<UInt64>) -> Bool {
        guard let start = Int64(exactly: range.lowerBound),
            let count = Int64(exactly: range.upperBound - range.lowerBound)
        else { return false }
        return range.isEmpty || vms_punch_hole(raw, start, count) == 0
    }

    /// Gives this file the contents of another one, with which it shares their blocks; false where that can't be.
    public func shareContents(of source: borrowing FileDescriptor) -> Bool { vms_clone_file(raw, source.raw) == 0 }

    /// Makes the file so many bytes long.
    public func truncate(to size: UInt64, _ name: String) throws(VMError) {
        guard let length = off_t(exactly: size) else { throw .system("cannot truncate file '\(name)'", errno: EFBIG) }
        if ftruncate(raw, length) != 0 { throw .system("cannot truncate file '\(name)'", errno: errno) }
    }

    /// Reads some bytes; fewer only at the end of the file.
    public func read(at offset: UInt64, count: Int, _ name: String) throws(VMError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(0, count))
        var done = 0
        while done < bytes.count {
            guard let place = off_t(exactly: offset &+ UInt64(done)) else { break }
            let wanted = bytes.count - done
            let got = bytes.withUnsafeMutableBytes { room in
                // SAFETY: done is less than the count, so the rest begins inside the array and is `wanted` long.
                pread(raw, room.baseAddress?.advanced(by: done), wanted, place)
            }
            if got < 0, errno == EINTR { continue }
            if got < 0 { throw .system("cannot read '\(name)'", errno: errno) }
            if got == 0 { break }
            done += got
        }
        bytes.removeLast(bytes.count - done)
        return bytes
    }

    /// Reads what a pipe has; nothing at its end.
    public func readSome(_ name: String, limit: Int) throws(VMError) -> [UInt8] {
        var got = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            // SAFETY: the buffer has room for as many bytes as are asked for.
            repeat { got = Glibc.read(raw, buffer.baseAddress, limit) } while got < 0 && errno == EINTR
            count = max(got, 0)
        }
        if got < 0 { throw .system("cannot read '\(name)'", errno: errno) }
        return bytes
    }

    /// Writes all bytes at a place.
    public func write(_ bytes: [UInt8], at offset: UInt64, _ name: String) throws(VMError) {
        var done = 0
        while done < bytes.count {
            guard let place = off_t(exactly: offset &+ UInt64(done)) else {
                throw .system("cannot write '\(name)'", errno: EFBIG)
            }
            let put = bytes.withUnsafeBytes { buffer in
                // SAFETY: done is less than the count, so the slice begins inside the array.
                pwrite(raw, buffer.baseAddress?.advanced(by: done), buffer.count - done, place)
            }
            if put < 0, errno == EINTR { continue }
            if put < 0 { throw .system("cannot write '\(name)'", errno: errno) }
            done += put
        }
    }

    /// Sees to it that the file's contents are on the disk.
    public func sync(_ name: String) throws(VMError) {
        if fsync(raw) != 0 { throw .system("cannot write '\(name)'", errno: errno) }
    }
}

extension Files {
    /// Gives a file another name, which nothing may have.
    ///
    /// - Returns: false when something is there already.
    public static func renameNew(_ path: String, to target: String) throws(VMError) -> Bool {
        if vms_rename_new(path, target) == 0 { return true }
        let code = errno
        if code == EEXIST { return false }
        guard code == EINVAL || code == ENOSYS else { throw .system("cannot make '\(target)'", errno: code) }
        // A file system that doesn't know of it, such as NFS: a link never replaces either.
        if link(path, target) != 0 {
            if errno == EEXIST { return false }
            throw .system("cannot make '\(target)'", errno: errno)
        }
        unlink(path)
        return true
    }
}
