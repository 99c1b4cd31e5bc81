internal import Glibc

/// Processes and threads as `/proc` lists them. What another user's process hides, and what ends meanwhile, is left out.
public enum ProcessTable {
    /// The numbers of all processes.
    public static var all: [Int32] { ((try? Folders.list("/proc")) ?? []).compactMap { Int32($0) } }

    /// The numbers of a process' threads.
    public static func threads(of pid: Int32) -> [Int32] {
        ((try? Folders.list("/proc/\(pid)/task")) ?? []).compactMap { Int32($0) }
    }

    /// The words of the command line; empty for a zombie.
    public static func commandLine(of pid: Int32) -> [ArraySlice<UInt8>] {
        read("/proc/\(pid)/cmdline").split(separator: 0)
    }

    /// The environment that the process was started with, `NAME=VALUE` each.
    public static func environment(of pid: Int32) -> [ArraySlice<UInt8>] {
        read("/proc/\(pid)/environ").split(separator: 0)
    }

    /// The program's short name, at most 15 bytes; nil when it can't be told.
    public static func name(of pid: Int32) -> String? {
        let bytes = read("/proc/\(pid)/comm").prefix { $0 != 0x0a }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// What a process has open under a number.
    public static func file(of pid: Int32, descriptor: Int32) -> FileIdentity? {
        Files.identity("/proc/\(pid)/fd/\(descriptor)")
    }

    /// Whether a process has a file open.
    public static func hasOpen(_ file: FileIdentity, _ pid: Int32) -> Bool {
        let folder = "/proc/\(pid)/fd"
        return ((try? Folders.list(folder)) ?? []).contains { Files.identity("\(folder)/\($0)") == file }
    }

    private static func read(_ path: String) -> [UInt8] {
        (try? Files.read(path, limit: 4 << 20, regularOnly: false)) ?? []
    }
}
