internal import CVMSystem
internal import Glibc

/// Sees when something in a folder, or the folder itself, is removed.
public struct RemovalWatch: ~Copyable, Sendable {
    /// Becomes readable when that happens.
    public let descriptor: FileDescriptor

    public init(folder: String) throws(VMError) {
        let raw = vms_watch_removals(folder)
        guard raw >= 0 else { throw .system("cannot watch folder '\(folder)'", errno: errno) }
        descriptor = FileDescriptor(owning: raw)
    }

    /// Forgets what was seen.
    public func drain() { vms_drain(descriptor.raw) }
}
