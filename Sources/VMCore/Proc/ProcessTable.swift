internal import Glibc

/// Processes and threads as `/proc` lists them. What another user's process hides, and what ends meanwhile, is left out.
public enum ProcessTable {
    /// The numbers of all processes.
    public static var all: [Int32] { ((try? Folders.list("/proc")) ?? []).compactMap { Int32($0) } }

    /// The numbers of a process' threads.
    public static func threads(of pid: Int32) -> [Int32] {
        ((try? Folders.list("/proc/\(pid)/task")) ?? []).compactMap { Int32($0) }
    }

    /// The words of the command line, empty ones among them; none for a zombie.
    public static func commandLine(of pid: Int32) -> [ArraySlice<UInt8>] {
        read("/proc/\(pid)/cmdline").split(separator: 0, omittingEmptySubsequences: false).dropLast()
    }

    /// The environment that the process was started with, `NAME=VALUE` each.
    public static func environment(of pid: Int32) -> [ArraySlice<UInt8>] {
        read("/proc/\(pid)/environ").split(separator: 0)
    }

    /// The program's short name, at most 15 bytes; nil when it can't be told.
    public static func name(of pid: Int32) -> String? {
        line("/proc/\(pid)/comm")
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

    /// The first process, as far as this user may look, that has one of these sockets open.
    ///
    /// - Parameter inodes: The sockets' inode numbers, as ``TCPTable`` gives them.
    public static func holder(ofSockets inodes: [UInt64]) -> Int32? {
        let sockets = Set(inodes.map { "socket:[\($0)]" })
        guard !sockets.isEmpty else { return nil }
        return all.first { pid in
            let folder = "/proc/\(pid)/fd"
            return ((try? Folders.list(folder)) ?? []).contains { name in
                Files.linkTarget("\(folder)/\(name)").map(sockets.contains) == true
            }
        }
    }

    /// The name of a thread; nil when it is gone.
    public static func name(ofThread thread: Int32, in pid: Int32) -> String? {
        line("/proc/\(pid)/task/\(thread)/comm")
    }

    private static func line(_ path: String) -> String? {
        let bytes = read(path).prefix { $0 != 0x0a }
        return bytes.isEmpty ? nil : ProcText.string(bytes)
    }

    private static func read(_ path: String) -> [UInt8] { ProcText.read(path, limit: 4 << 20) ?? [] }
}
