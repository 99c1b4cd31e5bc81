import Synchronization
import TestBench
import Testing
import VMCore
import VMJSON

@testable import VMManager

/// What observers are told of a manager's calls.
@Suite("Observers", .enabled(if: Bench.hasQEMU, "needs QEMU"), .timeLimit(.minutes(40)))
struct ObserverTests {
    private final class Recorder: ManagerObserver {
        private let seen = Mutex<[ManagerObservation]>([])
        func observe(_ observation: ManagerObservation) { seen.withLock { $0.append(observation) } }

        var calls: [CallReport] {
            seen.withLock { all in all.compactMap { if case .call(let report) = $0 { report } else { nil } } }
        }
    }

    @Test("Each call is told once: its name, its machine, its error")
    func calls() async throws {
        let bench = try Bench()
        try bench.define("one")
        let recorder = Recorder()
        var manager = bench.manager
        manager.observers = [recorder]
        let machine = try await manager.machine("one")
        let before = recorder.calls.count
        _ = try await machine.start()
        await #expect(throws: VMError.self) { _ = try await machine.start() }
        let calls = recorder.calls.dropFirst(before)
        #expect(calls.map(\.operation) == ["start", "start"] && calls.allSatisfy { $0.domain == "one" })
        #expect(calls.first?.error == nil && calls.last?.error?.code == .wrongState)
        #expect(calls.allSatisfy { $0.duration > .zero && $0.command == nil })
    }

    @Test("A QMP command is told without its secrets")
    func secrets() async throws {
        let bench = try Bench()
        try bench.define("one")
        let recorder = Recorder()
        var manager = bench.manager
        manager.observers = [recorder]
        let machine = try await manager.machine("one")
        _ = try await machine.start()
        _ = try await machine.execute(
            "object-add", ["qom-type": "secret", "id": "s0", "data": "hidden-word", "format": "raw"])
        let call = try #require(recorder.calls.last)
        #expect(call.command?.name == "object-add" && call.command?.arguments["id"] == "s0")
        #expect(call.command?.arguments.description.contains("hidden-word") == false)
    }

    @Test("What is run by hand is told by the name that it was given")
    func perform() async throws {
        let recorder = Recorder()
        let bench = try Bench()
        var manager = bench.manager
        manager.observers = [recorder]
        let count = try await manager.perform("count", domain: "d") { manager throws(VMError) in
            try manager.list(.all).count
        }
        #expect(count == 0)
        await #expect(throws: VMError.self) {
            try await manager.perform("fail") { _ throws(VMError) in throw VMError(.busy, "taken") }
        }
        #expect(recorder.calls.map(\.operation) == ["count", "fail"])
        #expect(recorder.calls.map(\.domain) == ["d", nil] && recorder.calls.last?.error?.code == .busy)
    }
}
