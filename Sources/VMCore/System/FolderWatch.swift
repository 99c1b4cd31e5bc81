internal import CVMSystem
internal import Glibc

/// Sees when files in any number of folders are made, written or removed.
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
}
