internal import CVMSystem
internal import Glibc

/// Sees when files in any number of folders are made, written, renamed or removed.
///
/// What another process has done before it returns from its system call is there to be read. Changes on other hosts of a
/// network file system, through another hard link or by a memory mapping aren't seen.
public struct FolderWatch: ~Copyable, Sendable {
    /// Becomes readable when that happens.
    public let descriptor: FileDescriptor

    public init() throws(VMError) {
        let raw = vms_watch_open()
        guard raw >= 0 else { throw .system("cannot watch folders", errno: errno) }
        descriptor = FileDescriptor(owning: raw)
    }

    /// Watches a folder; gives its number, which is the same when it is watched already. Nil when it can't be watched.
    public func add(_ folder: String) -> Int32? {
        let number = vms_watch_add(descriptor.raw, folder)
        return number < 0 ? nil : number
    }

    /// Watches an open file for what is written to it, under whatever name.
    @discardableResult
    public func add(_ file: borrowing FileDescriptor) -> Int32? {
        let number = vms_watch_add_file(descriptor.raw, file.raw)
        return number < 0 ? nil : number
    }

    /// The folders in which something has changed since this was asked last; nil when the kernel has lost count.
    public func takeChanged() -> Set<Int32>? {
        var changed: Set<Int32> = []
        var numbers = [Int32](repeating: 0, count: 256)
        // Bounded, for a folder may be written to without end.
        for _ in 0..<64 {
            let count = vms_watch_read(descriptor.raw, &numbers, Int32(numbers.count))
            if count <= 0 { break }
            changed.formUnion(numbers.prefix(Int(count)))
        }
        return changed.contains(-1) ? nil : changed
    }

    /// Stops watching a folder.
    public func remove(_ folder: Int32) { vms_watch_remove(descriptor.raw, folder) }

    /// What has happened to one entry of a folder.
    public struct Change: Sendable, Hashable {
        /// The folder's number.
        public var folder: Int32
        /// The entry's name; empty for the folder itself.
        public var name: String
        /// The folder is gone, and its number means nothing any more.
        public var isGone: Bool
    }

    /// All that has happened since this was asked last; nil when the kernel has lost count, or when it doesn't end.
    public func takeChanges() -> Set<Change>? {
        var found: Set<Change> = []
        var room = [vms_watch_change](repeating: vms_watch_change(), count: 64)
        // More than the kernel keeps at a time, unless it was told to keep very many.
        for _ in 0..<8192 {
            let count = vms_watch_take(descriptor.raw, &room, Int32(room.count))
            if count <= 0 { return found }
            for index in 0..<min(Int(count), room.count) {
                if room[index].number < 0 { return nil }
                found.insert(
                    Change(
                        folder: room[index].number, name: FolderWatch.name(&room[index]), isGone: room[index].is_gone))
            }
        }
        return nil
    }

    private static func name(_ change: inout vms_watch_change) -> String {
        withUnsafePointer(to: &change.name) { field in
            // SAFETY: name is an array of 256 bytes inside the change, which the C side ends with a NUL.
            field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
    }
}
