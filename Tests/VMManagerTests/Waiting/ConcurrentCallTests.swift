import Foundation
import TestBench
import Testing
import VMCore
import VMJSON
import VMManager

@testable import VMManager

/// Many asynchronous calls at once, on the few threads that they share.
@Suite("Asynchronous calls", .enabled(if: Bench.hasQEMU), .timeLimit(.minutes(40)))
struct ConcurrentCallTests {
    /// Runs the program that holds many machines, and reads what it prints.
    private func crowd(_ bench: Bench, _ words: [String]) throws -> JSONValue {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let process = Process()
        process.executableURL = URL(
            fileURLWithPath: (own as NSString).deletingLastPathComponent + "/crowd")
        process.arguments = [bench.folder] + words
        let output = Foundation.Pipe()
        process.standardOutput = output
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return try JSONParser.parse(Array(text).filter { $0 != 0x0a })
    }

    @Test("many questions take a few threads, and calls to a frozen machine hold nobody up")
    func manyMachines() throws {
        let bench = try Bench()
        let names = (0..<6).map { "m\($0)" }
        for name in names {
            try bench.define(name)
            try bench.manager.start(name)
        }
        let frozen = try #require(try bench.manager.status("m0").qemu?.pid)
        kill(frozen, SIGSTOP)
        defer { kill(frozen, SIGCONT) }
        let found = try crowd(bench, ["2", "500", "200", "m0"] + names[1...])
        #expect(found["failed"]?.int64 == 0 && found["status"]?.int64 == 1000, "\(found)")
        // Four; on a busy host the pool may take a thread that gets no processor for one that is stuck.
        #expect(found["threads"]?.int64 ?? 99 <= 8, "\(found)")
        // Each ends by itself, none before its time.
        #expect(found["waits"]?["timeout"]?.int64 == 200, "\(found)")
        #expect(found["earliest"]?.int64 ?? -1 >= -1000, "\(found)")
        // Those who ask others are done long before the calls to the frozen one would be, were they one after the other.
        #expect(found["milliseconds"]?.int64 ?? 99_999 < 20_000, "\(found)")
    }

    @Test("a frozen machine can be destroyed while calls to it fill its connection")
    func destroyBesideWaits() async throws {
        let bench = try Bench()
        try bench.define("stuck")
        let machine = try await bench.manager.machine("stuck")
        try await machine.start()
        let pid = try #require(try await machine.status().qemu?.pid)
        kill(pid, SIGSTOP)
        let codes = await withTaskGroup(of: String.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    do throws(VMError) {
                        try await machine.suspend(timeout: .seconds(60))
                        return "done"
                    } catch {
                        return error.code.name
                    }
                }
            }
            group.addTask {
                try? await Task.sleep(for: .milliseconds(200))
                return (try? await machine.destroy()).map { $0.state.isActive ? "active" : "destroyed" } ?? "failed"
            }
            var all: [String] = []
            for await code in group { all.append(code) }
            return all
        }
        #expect(codes.filter { $0 == "destroyed" }.count == 1, "\(codes)")
        // None waited for its own deadline.
        #expect(!codes.contains("timeout"), "\(codes)")
        #expect(!isAlive(pid))
    }

    @Test("a cancelled call ends at once, and its machine's other calls go on")
    func cancelled() async throws {
        let bench = try Bench()
        try bench.define("stuck")
        let machine = try await bench.manager.machine("stuck")
        try await machine.start()
        let pid = try #require(try await machine.status().qemu?.pid)
        kill(pid, SIGSTOP)
        let call = Task { () async -> VMError.Code? in
            do throws(VMError) {
                try await machine.suspend(timeout: .seconds(600))
                return nil
            } catch {
                return error.code
            }
        }
        let other = Task { try await machine.execute("query-status", timeout: .seconds(60)) }
        try await Task.sleep(for: .milliseconds(100))
        call.cancel()
        #expect(await call.value == .cancelled)
        kill(pid, SIGCONT)
        _ = try await other.value
    }

    @Test("one connection serves all calls, and the next run's gets another")
    func oneConnection() async throws {
        let bench = try Bench()
        try bench.define("single")
        let machine = try await bench.manager.machine("single")
        for _ in 0..<2 {
            try await machine.start()
            let supervisor = try #require(try await machine.status().supervisor?.pid)
            let before = try sockets(of: supervisor)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 { group.addTask { try await machine.execute("query-version") } }
                for _ in 0..<10 { group.addTask { try await machine.suspend() } }
                try await group.waitForAll()
            }
            let after = try sockets(of: supervisor)
            #expect(after == before + 1)
            try await machine.destroy()
        }
    }

    /// How many sockets a process has open.
    private func sockets(of pid: Int32) throws -> Int {
        try Folders.list("/proc/\(pid)/fd")
            .count { Files.linkTarget("/proc/\(pid)/fd/\($0)")?.hasPrefix("socket:") == true }
    }

    @Test("what is done in Swift alone comes to the same as the blocking calls")
    func everyCall() async throws {
        let bench = try Bench()
        let manager = bench.manager
        let machine = try await manager.define(xml: "<domain type='qemu'><name>both</name></domain>")
        try await machine.start(paused: true)
        #expect(try await machine.resume().state == .running)
        #expect(try manager.status("both").state == .running)
        #expect(try await machine.suspend().state == manager.status("both").state)
        #expect(try await manager.domains().map(\.name) == ["both"])
        let figures = try await manager.allStatistics()
        #expect(figures.map(\.name) == ["both"] && figures[0].problem == nil)
        #expect(try await machine.answerTime() > .zero)
        #expect(
            try await machine.perform("domcontrol") { manager, key throws(VMError) in
                try manager.controlState(key).kind
            } == .ok)
        await #expect(throws: VMError.self) { try await machine.wait(for: .shutOff, timeout: .milliseconds(50)) }
        let ended = Task { try await machine.wait(for: .shutOff, timeout: .seconds(60)) }
        try await machine.destroy()
        #expect(try await ended.value.state == .shutOff)
        await #expect(throws: VMError.self) { try await machine.suspend() }
        let gone = try await machine.undefine()
        #expect(!gone.isStillRunning)
        await #expect(throws: VMError.self) { try await machine.status() }
    }

    @Test("a handle goes with its domain's new name")
    func renamed() async throws {
        let bench = try Bench()
        let machine = try await bench.manager.define(xml: "<domain type='qemu'><name>before</name></domain>")
        _ = try await machine.perform("rename") { manager, key throws(VMError) in try manager.rename(key, to: "after") }
        // Another domain that has got the name is another one.
        try bench.define("before")
        try await machine.start()
        #expect(try bench.manager.status("after").state.isActive)
        #expect(try !bench.manager.status("before").state.isActive)
        try await machine.destroy()
    }
}
