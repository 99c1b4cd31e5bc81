import Foundation
import TestBench
import Testing
import VMCore
import VMManager

/// `vmctl serve` as a process of its own, as people run it, for a bench's machines.
final class ServerProcess {
    /// The program beside the tests, or one that was built otherwise.
    static let program =
        ProcessInfo.processInfo.environment["VMCTL_TEST_EXECUTABLE"]
        ?? Files.folder(of: Files.resolved("/proc/self/exe") ?? "") + "/vmctl"

    private let folder: String
    private let options: [String]
    private(set) var pid: Int32 = 0

    var socket: String { folder + "/process-sock" }
    var readOnlySocket: String { folder + "/process-sock-ro" }

    init(_ folder: String, _ options: [String] = []) throws {
        self.folder = folder
        self.options = options
        try start()
    }

    deinit { kill() }

    /// Runs it, anew after ``kill()``, and waits until it accepts.
    func start() throws {
        let server = try SpawnedProcess.spawn(
            .init(
                executable: Self.program,
                arguments: ["serve", "--listen", socket, "--listen-read-only", readOnlySocket] + options,
                environment: [("VMCTL_HOME", folder), ("PATH", "/usr/bin:/bin")]))
        pid = server.identity.pid
        let (first, second, pid) = (socket, readOnlySocket, pid)
        try eventually("the server listens") { Self.listens(pid, at: first) && Self.listens(pid, at: second) }
    }

    /// Whether that process listens there. One that was killed is there for a moment more, and so is a child that it had
    /// just begun to start, with all of its sockets.
    private static func listens(_ pid: Int32, at path: String) -> Bool {
        guard Socket.isListening(path), let line = try? Socket.connectAtOnce(to: .unix(path: path)) else {
            return false
        }
        return (try? Socket.peer(of: line.raw))?.processID == pid
    }

    /// Ends it without a word.
    func kill() {
        guard pid > 0 else { return }
        Glibc.kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        pid = 0
    }

    var descriptors: Int { (try? Folders.list("/proc/\(pid)/fd").count) ?? 0 }
    /// What its descriptors are of: paths of files, `socket:[4711]` and the like.
    var openPaths: [String] {
        let folder = "/proc/\(pid)/fd/"
        return ((try? Folders.list(folder)) ?? []).compactMap { Files.linkTarget(folder + $0) }
    }
    var threads: Int { (try? Folders.list("/proc/\(pid)/task").count) ?? 0 }

    /// KiB that it has in memory.
    var resident: Int {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }
}
