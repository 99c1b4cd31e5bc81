internal import CVMSystem
internal import Glibc

/// What a path leads to.
public enum FileKind: Sendable, Hashable {
    case file, folder, fifo, socket, characterDevice, blockDevice, other

    init(_ mode: mode_t) {
        self =
            switch mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFIFO: .fifo
            case S_IFSOCK: .socket
            case S_IFCHR: .characterDevice
            case S_IFBLK: .blockDevice
            default: .other
            }
    }

    /// For sentences: `a folder`.
    public var phrase: String {
        switch self {
        case .file: "a file"
        case .folder: "a folder"
        case .fifo: "a FIFO"
        case .socket: "a socket"
        case .characterDevice: "a character device"
        case .blockDevice: "a block device"
        case .other: "something else"
        }
    }
}

extension Files {
    /// Whether who executes a program gets capabilities by it.
    public static func hasCapabilities(_ path: String) -> Bool { vms_has_capabilities(path) }

    /// What a path leads to; nil for nothing, and for what can't be looked at.
    public static func kind(_ path: String) -> FileKind? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return FileKind(status.st_mode)
    }
}
