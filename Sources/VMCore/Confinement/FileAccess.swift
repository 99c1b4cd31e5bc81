/// What a confined program may do with one file or folder.
public struct FileAccess: Hashable, Sendable {
    public enum Kind: String, Sendable {
        /// Read a file, or all below a folder; programs and libraries among them may be run.
        case read
        /// Read and write a file or a device, or anything below a folder.
        case write
        /// Make files and sockets in a folder, but remove none that are there.
        case create
    }

    public var path: String
    public var kind: Kind

    public init(_ path: String, _ kind: Kind) {
        self.path = path
        self.kind = kind
    }

    /// What every program reads of the host: programs and libraries, and what the kernel tells.
    public static let system = [
        "/usr", "/lib", "/lib64", "/bin", "/sbin", "/proc", "/sys", "/nix/store", "/gnu",
    ].map { FileAccess($0, .read) }
}
