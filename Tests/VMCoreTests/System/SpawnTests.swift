import Foundation
import Testing
import VMCore

@Suite struct SpawnTests {
    private func run(_ request: SpawnRequest) throws -> (status: ProcessExit?, identity: ProcessIdentity) {
        let process = try SpawnedProcess.spawn(request)
        return (ProcessExit.wait(for: process.handle, until: .after(.seconds(10))), process.identity)
    }

    @Test("a child's exit status and its killing signal are told apart")
    func statuses() throws {
        #expect(try run(.init(executable: "/bin/sh", arguments: ["-c", "exit 7"])).status == .exited(7))
        #expect(try run(.init(executable: "/bin/sh", arguments: ["-c", "kill -9 $$"])).status == .signalled(9))
    }

    @Test("a program that isn't there is named in the error")
    func missing() throws {
        let error = #expect(throws: VMError.self) {
            try run(.init(executable: "/nowhere/qemu"))
        }
        #expect(error?.message == "cannot run '/nowhere/qemu': No such file or directory")
    }

    @Test("a child has the listed descriptors under their new numbers and no others, a session and a umask of its own")
    func surroundings() throws {
        let folder = try TemporaryFolder()
        let output = try FileDescriptor.open(folder.path + "/out", flags: O_RDWR | O_CREAT, mode: 0o600)
        let decoy = open("/dev/null", O_RDONLY)
        defer { close(decoy) }
        let script =
            "ls /proc/self/fd | tr '\\n' ' '; umask; ps -o sid= -p $$ | tr -d ' '; echo $$; echo \"$A\"; readlink /proc/self/fd/9"
        let result = try run(
            .init(
                executable: "/bin/sh", arguments: ["-c", script],
                environment: [("A", "b c"), ("PATH", "/usr/bin:/bin")],
                descriptors: [.init(output.raw, as: 1), .init(output.raw, as: 9)]))
        #expect(result.status == .exited(0))
        let lines = String(decoding: try Files.read(folder.path + "/out"), as: UTF8.self).split(separator: "\n")
        #expect(lines[0] == "0 1 2 3 9 0077")
        #expect(lines[1] == lines[2])
        #expect(lines[3] == "b c")
        #expect(lines[4] == folder.path + "/out")
    }

    @Test("descriptors may swap their numbers")
    func swapping() throws {
        let folder = try TemporaryFolder()
        let a = try FileDescriptor.open(folder.path + "/a", flags: O_RDWR | O_CREAT, mode: 0o600)
        let b = try FileDescriptor.open(folder.path + "/b", flags: O_RDWR | O_CREAT, mode: 0o600)
        let status = try run(
            .init(
                // dash takes numbers of one digit only.
                executable: "/bin/bash", arguments: ["-c", "echo a >&\(b.raw); echo b >&\(a.raw)"],
                descriptors: [.init(a.raw, as: b.raw), .init(b.raw, as: a.raw)])
        ).status
        #expect(status == .exited(0))
        #expect(try Files.read(folder.path + "/a") == Array("a\n".utf8))
        #expect(try Files.read(folder.path + "/b") == Array("b\n".utf8))
    }

    @Test("a detached process is not our child")
    func detached() throws {
        let process = try SpawnedProcess.spawn(.init(executable: "/bin/sleep", arguments: ["60"], detached: true))
        #expect(process.identity.isAlive)
        let handle = try process.identity.open()
        guard let handle else {
            Issue.record("no pidfd for a running process")
            return
        }
        sendSignal(SIGKILL, to: handle)
        #expect(ProcessExit.wait(for: handle, until: .after(.seconds(10))) == .unknown)
        #expect(!process.identity.isAlive)
    }

    @Test("a pid used again is not taken for the process")
    func reusedNumber() throws {
        let process = try SpawnedProcess.spawn(.init(executable: "/bin/sleep", arguments: ["60"]))
        var other = process.identity
        other.startTime += 1
        #expect(process.identity.isAlive)
        #expect(!other.isAlive)
        let stranger = try other.open()
        let found = stranger != nil
        #expect(!found)
        sendSignal(SIGKILL, to: process.handle)
        #expect(ProcessExit.wait(for: process.handle, until: .after(.seconds(10))) == .signalled(9))
    }

    @Test("a child that dies with its parent is killed when the thread that started it ends")
    func diesWithParent() async throws {
        let request = SpawnRequest(executable: "/bin/sleep", arguments: ["60"], diesWithParent: true)
        let exit: ProcessExit? = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                // The inner thread starts the child and ends at once.
                let (started, handle) = (DispatchSemaphore(value: 0), Box())
                Thread.detachNewThread {
                    if let process = try? SpawnedProcess.spawn(request) { handle.raw = process.takeHandle().release() }
                    started.signal()
                }
                started.wait()
                let pidfd = FileDescriptor(owning: handle.raw)
                continuation.resume(returning: ProcessExit.wait(for: pidfd, until: .after(.seconds(10))))
            }
        }
        #expect(exit == .signalled(SIGKILL))
    }

    /// What one thread hands to another; the semaphore orders the two.
    private final class Box: @unchecked Sendable {
        var raw: Int32 = -1
    }
}
