import Foundation
import QEMULauncher
import TestBench
import Testing
import VMCore
import VMDomain
import VMManager

/// Starts that fail: each says why, and leaves nothing behind.
@Suite(.enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64")) struct FailedStartTests {
    /// Starts a machine whose QEMU is a shell script.
    private func start(script: String, timeout: Duration = .seconds(20)) throws -> (error: VMError?, bench: Bench) {
        let bench = try Bench { domain in
            LaunchPlan(
                executable: "/bin/sh", arguments: ["-c", script, "qemu"], environment: [("PATH", "/usr/bin:/bin")],
                domain: domain)
        }
        try bench.define("broken")
        let error = #expect(throws: VMError.self) { try bench.manager.start("broken", timeout: timeout) }
        let state = try bench.manager.status("broken")
        #expect(state.state == .shutOff)
        #expect(state.reason == .failed)
        #expect(!FileLock.isHeld(try bench.runtime("broken").path + "/qemu.lock"))
        #expect(try Folders.list(bench.runtime("broken").path).filter { $0.hasSuffix(".sock") }.isEmpty)
        #expect(try bench.manager.list().isEmpty)
        return (error, bench)
    }

    @Test("QEMU's own words are shown when it exits at once")
    func ownWords() throws {
        let error = try start(script: "echo 'qemu: no such machine' >&2; exit 1").error
        #expect(error?.message == "QEMU exited with status 1 while it started: qemu: no such machine")
        #expect(error?.code == .launchFailed)
    }

    @Test("a QEMU that exits in silence is said to")
    func silent() throws {
        let error = try start(script: "exit 3").error
        #expect(error?.message == "QEMU exited with status 3 while it started and said nothing")
        #expect(try start(script: "exit 0").error?.message.hasPrefix("QEMU exited with status 0") == true)
    }

    @Test("the signal that killed QEMU is named")
    func signalled() throws {
        let error = try start(script: "kill -SEGV $$").error
        #expect(error?.message == "QEMU was killed by SIGSEGV while it started and said nothing")
    }

    @Test("a QEMU that aborts over its first commands is started once more, and once only; its words don't matter")
    func aborted() throws {
        func runs(_ last: String) throws -> (count: Int, error: VMError?) {
            let runs = NSTemporaryDirectory() + "vmctl-runs-\(UInt64.random(in: 0...(.max)))"
            defer { unlink(runs) }
            let error = try start(script: "echo run >> \(runs); \(last)").error
            return (try String(contentsOfFile: runs, encoding: .utf8).split(separator: "\n").count, error)
        }
        let aborted = try runs("echo 'anything at all' >&2; kill -ABRT $$")
        #expect(aborted.count == 2)
        #expect(aborted.error?.message.contains("killed by SIGABRT") == true)
        let text = "qemu: json-parser.c:580: json_parser_parse: Assertion failed."
        #expect(try runs("echo '\(text)' >&2; exit 1").count == 1)
        #expect(try runs("echo '\(text)' >&2; kill -SEGV $$").count == 1)
    }

    @Test("of a megabyte of messages the last lines count")
    func muchOutput() throws {
        let error = try start(
            script:
                "head -c 1000000 /dev/zero | tr '\\0' x | fold -w 100 >&2; echo >&2; echo 'the real error' >&2; exit 1"
        ).error
        let text = try #require(error?.message)
        #expect(text.split(separator: "\n").last == "the real error")
        #expect(text.utf8.count < 4000)
    }

    @Test("a QEMU that never greets is given up at the deadline and killed")
    func neverGreets() throws {
        let (error, bench) = try start(script: "echo $$ > $0.pid; exec sleep 1000", timeout: .seconds(1))
        #expect(error?.code == .timeout)
        #expect(error?.message == "QEMU did not get ready within 1 s")
        // The lock that QEMU held is free, which was checked, so it is gone.
        #expect(try bench.manager.status("broken").detail == "QEMU did not get ready within 1 s")
    }

    @Test("a program that isn't there is named")
    func missingProgram() throws {
        let bench = try Bench { Bench.emptyMachine($0, executable: "/usr/bin/qemu-nothere") }
        try bench.define("broken")
        let error = #expect(throws: VMError.self) { try bench.manager.start("broken") }
        #expect(error?.message == "cannot run '/usr/bin/qemu-nothere': No such file or directory")
        #expect(try bench.manager.status("broken").reason == .failed)
    }

    @Test("what real QEMU says to an unknown machine type reaches the caller")
    func unknownMachine() throws {
        let bench = try Bench { domain in
            var plan = Bench.emptyMachine(domain)
            plan.arguments = plan.arguments.map { $0 == "none" ? "q36" : $0 }
            plan.arguments = plan.arguments.enumerated().map { index, word in
                index > 0 && plan.arguments[index - 1] == "-display" ? "none" : word
            }
            return plan
        }
        try bench.define("odd")
        let error = #expect(throws: VMError.self) { try bench.manager.start("odd") }
        #expect(error?.message.contains("unsupported machine type") == true)
    }

    @Test("of two starts at once one wins and the other says so")
    func twoStarts() async throws {
        let bench = try Bench()
        try bench.define("contested")
        for _ in 0..<5 {
            let results = await withTaskGroup(of: VMError?.self, returning: [VMError?].self) { group in
                for _ in 0..<4 {
                    group.addTask { [manager = bench.manager] in
                        do throws(VMError) {
                            try manager.start("contested")
                            return nil
                        } catch {
                            return error
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results.count { $0 == nil } == 1)
            for error in results.compactMap(\.self) {
                #expect(error.code == .wrongState)
                #expect(error.description.contains("Domain is already active"))
            }
            try bench.manager.destroy("contested")
        }
    }

    @Test("a long name neither breaks the start nor the socket's path")
    func longName() throws {
        let bench = try Bench()
        let name = String(repeating: "long name ", count: 25)
        try bench.define(name)
        #expect(try bench.manager.start(name).state == .running)
        try bench.manager.destroy(name)
    }
}
