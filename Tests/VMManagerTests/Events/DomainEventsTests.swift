import Foundation
import QEMULauncher
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager

@Suite("Following machines", .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"), .timeLimit(.minutes(2)))
struct DomainEventsTests {
    private typealias Kind = MachineEvent.Kind

    /// The states that come, by domain, until `count` of them have.
    private func states(_ events: DomainEvents, _ count: Int) async -> [String] {
        var seen: [String] = []
        var iterator = events.makeAsyncIterator()
        while seen.count < count, let event = await iterator.next(deadline: .after(.seconds(20))) {
            if case .event(let inner) = event.content, case .state(let state, let reason) = inner.kind {
                seen.append("\(event.domain) \(state.rawValue) (\(reason.rawValue))")
            }
        }
        return seen
    }

    @Test("All machines at once, those included that are defined and started later")
    func all() async throws {
        let bench = try Bench()
        try bench.define("first")
        _ = try bench.manager.start("first")
        let events = try await bench.manager.events()
        _ = try bench.manager.suspend("first")
        try bench.define("second")
        _ = try bench.manager.start("second")
        _ = try bench.manager.destroy("first")
        _ = try bench.manager.destroy("second")
        _ = try bench.manager.start("second")
        let seen = await states(events, 5)
        #expect(
            seen == [
                "first paused (user)", "second running (booted)", "first shut off (destroyed)",
                "second shut off (destroyed)", "second running (booted)",
            ])
    }

    @Test("A token goes on where it was taken: nothing twice, nothing lost, over the supervisor's death")
    func resume() async throws {
        let bench = try Bench()
        try bench.define("m")
        let started = try bench.manager.start("m")
        var token = EventToken.beginning
        var whole: [DomainEvent] = []
        var pieces: [DomainEvent] = []
        for turn in 0..<3 {
            _ = turn % 2 == 0 ? try bench.manager.suspend("m") : try bench.manager.resume("m")
            if turn == 1 { kill(try #require(started.supervisor?.pid), SIGKILL) }
            let follower = try EventFollower(bench.manager, machine: "m", since: token)
            while let event = follower.next(deadline: .now) { pieces.append(event) }
            token = follower.token
        }
        let follower = try EventFollower(bench.manager, since: .beginning)
        while let event = follower.next(deadline: .now) { whole.append(event) }
        #expect(pieces.map(\.content) == whole.map(\.content))
        #expect(pieces.count > 6)
    }

    @Test("A wait ends at its deadline and goes on afterwards; a cancelled task ends the sequence at once")
    func deadlines() async throws {
        let bench = try Bench()
        try bench.define("m")
        let events = try await bench.manager.events(of: "m")
        var iterator = events.makeAsyncIterator()
        #expect(await iterator.next(deadline: .after(.milliseconds(20))) == nil)
        _ = try bench.manager.start("m")
        #expect(await iterator.next(deadline: .after(.seconds(20)))?.domain == "m")
        let task = Task { () -> Int in
            var count = 0
            for await _ in events { count += 1 }
            return count
        }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        #expect(await task.value >= 0)
    }

    @Test("A removed machine's number is forgotten: its successor begins anew")
    func successor() async throws {
        let bench = try Bench()
        let uuid = try bench.define("m").uuid
        _ = try bench.manager.start("m")
        let follower = try EventFollower(bench.manager, since: nil)
        _ = try bench.manager.destroy("m")
        try FileManager.default.removeItem(atPath: bench.runtime("m").path)
        while follower.next(deadline: .after(.milliseconds(300))) != nil {}
        _ = try bench.manager.start("m")
        let first = follower.next(deadline: .after(.seconds(20)))
        #expect(first?.uuid == uuid)
        if case .event(let event) = first?.content { #expect(event.sequence == 1) }
    }
}
