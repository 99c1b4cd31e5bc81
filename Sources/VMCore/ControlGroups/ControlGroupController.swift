/// A controller of the kernel's control groups that shares out something of the host.
public enum ControlGroupController: String, Sendable, Hashable, CaseIterable {
    /// Time of processors.
    case cpu
    /// Which processors, and which nodes' memory.
    case cpuset
    case memory
    /// Block devices; `blkio` in version 1.
    case io

    /// As version 1 of control groups calls it.
    var legacyName: String { self == .io ? "blkio" : rawValue }
}
