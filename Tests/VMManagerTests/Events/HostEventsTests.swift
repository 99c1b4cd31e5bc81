import Foundation
import MonitorJSON
import QEMULauncher
import TestBench
import Testing
import VMCore
import VMDomain
import VMJSON
import VMTestSupport
import VMXML

@testable import VMManager

@Suite("Following machines", .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"), .timeLimit(.minutes(40)))
struct HostEventsTests {
    /// The states that come, by domain, until `count` of them have.
    private func states(_ events: HostEvents, _ count: Int) async -> [String] {
        var seen: [String] = []
        var iterator = events.makeAsyncIterator()
        while seen.count < count, let event = await iterator.next(deadline: .after(.seconds(20))) {
            if case .lifecycle(let change) = event.kind {
                seen.append("\(event.domain) \(change.state.rawValue) (\(change.reason.rawValue))")
            }
        }
        return seen
    }

    private func all(_ follower: EventFollower) -> [HostEvent] {
        var events: [HostEvent] = []
        while let event = follower.next(deadline: .now) { events.append(event) }
        return events
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

    @Test("A definition is told as new, as replaced or as renamed")
    func definitions() throws {
        let bench = try Bench()
        let follower = try EventFollower(bench.manager, since: 0)
        try bench.define("a")
        var domain = try bench.manager.definition("a")
        domain.title = "other"
        _ = try bench.manager.define(Array(domain.xml.utf8))
        try bench.manager.rename("a", to: "b")
        try bench.manager.undefine("b")
        let kinds = all(follower).map(\.kind)
        #expect(
            kinds == [
                .defined(.added), .defined(.updated), .undefined(.renamed(to: "b")), .defined(.renamed(from: "a")),
                .undefined(.removed),
            ])
    }

    @Test("A number goes on where it was taken: nothing twice, nothing lost, over the supervisor's death")
    func resume() async throws {
        let bench = try Bench()
        try bench.define("m")
        try bench.define("other")
        let started = try bench.manager.start("m")
        var token: UInt64 = 0
        var pieces: [HostEvent] = []
        for turn in 0..<3 {
            _ = turn % 2 == 0 ? try bench.manager.suspend("m") : try bench.manager.resume("m")
            if turn == 1 { kill(try #require(started.supervisor?.pid), SIGKILL) }
            let follower = try EventFollower(bench.manager, machine: "m", since: token)
            pieces += all(follower)
            token = follower.token
        }
        let whole = all(try EventFollower(bench.manager, since: 0)).filter { $0.domain == "m" }
        #expect(pieces == whole)
        #expect(pieces.count > 6 && pieces.contains { $0.kind == .adopted })
        #expect(try bench.manager.status("m").lastEvent == pieces.last?.number)
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

    @Test("Only one machine, only some kinds; what is passed over moves the token too")
    func filters() throws {
        let bench = try Bench()
        try bench.define("a")
        try bench.define("b")
        _ = try bench.manager.start("b")
        let follower = try EventFollower(bench.manager, machine: "a", words: ["defined", "changed"], since: 0)
        #expect(all(follower).map(\.kind) == [.defined(.added)])
        #expect(try follower.token == bench.manager.status("b").lastEvent)
        try bench.manager.setAutostart("b", true)
        try bench.manager.setAutostart("a", true)
        try bench.manager.setAutostart("a", true)
        #expect(all(follower).map(\.kind) == [.changed(edit: "autostart", scope: .config)])
    }

    @Test("A machine's own events end with it, also when nobody could write that down")
    func end() async throws {
        let bench = try Bench()
        try bench.define("m")
        await #expect(throws: VMError.self) { try await bench.manager.machine("m").events() }
        let state = try bench.manager.start("m")
        let events = try await bench.manager.machine("m").events(since: 0)
        // Without a supervisor's keeper nobody is there to see the machine end.
        killForGood(supervisor: try #require(state.supervisor?.pid))
        kill(try #require(state.qemu?.pid), SIGKILL)
        var kinds: [HostEvent.Kind] = []
        for await event in events { kinds.append(event.kind) }
        #expect(kinds.contains(.lifecycle(.init(.running, .booted))))
        // Mending the machine tells of it.
        _ = try bench.manager.mend("m")
        let last = all(try EventFollower(bench.manager, machine: "m", since: 0)).last
        if case .lifecycle(let change) = last?.kind { #expect(change.reason == .crashed) }
        #expect(last?.libvirtLifecycle == [.init(5, 2)])
    }

    @Test("The journal outlives the runtime folder, as it does a restart of the host")
    func restart() throws {
        let bench = try Bench()
        let uuid = try bench.define("m").uuid
        _ = try bench.manager.start("m")
        let follower = try EventFollower(bench.manager, since: nil)
        _ = try bench.manager.destroy("m")
        try FileManager.default.removeItem(atPath: bench.manager.paths.runtime)
        let before = all(follower)
        #expect(before.last?.kind == .lifecycle(.init(.shutOff, .destroyed)))
        _ = try bench.manager.start("m")
        let after = all(follower)
        #expect(after.first?.uuid == uuid)
        #expect(after.allSatisfy { event in before.allSatisfy { $0.number < event.number } })
        #expect(!after.contains { $0.kind == .gap })
    }

    @Test("A follower that is there before the journal, and one whose journal is removed")
    func folders() throws {
        let bench = try Bench()
        let follower = try EventFollower(bench.manager, since: nil)
        try bench.define("a")
        #expect(follower.next(deadline: .after(.seconds(10)))?.kind == .defined(.added))
        try FileManager.default.removeItem(atPath: bench.manager.paths.state + "/events")
        #expect(follower.next(deadline: .after(.seconds(10)))?.kind == .gap)
        // It has to notice the new one though it waits already.
        let writer = Background { [manager = bench.manager] in
            Poll.sleep(.milliseconds(600))
            return try? manager.define(Array("<domain type='qemu'><name>b</name></domain>".utf8)).definition.name
        }
        #expect(follower.next(deadline: .after(.seconds(10)))?.domain == "b")
        #expect(writer.wait() == "b")
        #expect(follower.next(deadline: .after(.milliseconds(10))) == nil)
        try bench.define("c")
        #expect(follower.next(deadline: .after(.seconds(10)))?.domain == "c")
    }

    /// What is told of a life, in the words of the kinds: QEMU's own names in capitals.
    private func words(_ manager: VMManager) throws -> [String] {
        all(try EventFollower(manager, since: 0)).map { event in
            switch event.kind {
            case .lifecycle(let change): "\(change.state.rawValue) (\(change.reason.rawValue))"
            case .changed(let edit, let scope): "\(edit) \(scope.rawValue)"
            case .deviceAdded(let alias): "added \(alias)"
            case .deviceRemoved(let alias): "removed \(alias)"
            case .trayChange(let alias, let isOpen): "tray \(alias) \(isOpen)"
            case .job(let job): "\(job.operation) \(job.phase)"
            case .undefined(.renamed(let name)): "renamed to \(name)"
            case .defined(.renamed(let name)): "renamed from \(name)"
            case .metadataChanged(let part, let uri): "\(part.rawValue) \(uri ?? "-")"
            case .shutdown(let shutdown): "shutdown \(shutdown.reason ?? "")"
            case .qmp(let name, _): name
            default: event.kind.word
            }
        }
    }

    @Test("A whole life on a real PC, in order")
    func life() throws {
        let bench = try LiveBench()
        let manager = bench.manager
        let medium = try bench.image("medium")
        try bench.start(
            "life", "<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk><controller type='usb'/>")
        _ = try manager.suspend("life")
        _ = try manager.resume("life")
        try manager.attachDevice(
            "life", bench.device("<input type='tablet' bus='usb'/>"), scope: .init(persistent: true))
        try manager.detachDevice("life", alias: "input2", scope: .live)
        _ = try manager.changeMedia("life", target: "hdc", .insert(path: medium))
        _ = try manager.changeMedia("life", target: "hdc", .eject, force: true)
        _ = try manager.reset("life")
        try eventually("it was reset") { try words(manager).contains("reboot") }
        try manager.apply(.setTitle("A life"), to: "life", scope: .init(persistent: true))
        try manager.apply(
            .setMetadata(try XMLTree.read(Array("<x/>".utf8), file: "x"), uri: "urn:x", prefix: "x"), to: "life",
            scope: .config)
        try manager.save("life", to: bench.bench.folder + "/saved")
        _ = try manager.restore(bench.bench.folder + "/saved", paused: true)
        _ = try manager.destroy("life")
        try manager.rename("life", to: "afterlife")
        try manager.undefine("afterlife")
        _ = try manager.takeBack("afterlife")
        let wanted = [
            "defined", "running (booted)", "paused (user)", "running (unpaused)", "added input2", "attach live",
            "attach config", "removed input2", "detach live", "tray ide0-1-0 true", "tray ide0-1-0 false",
            "media live", "tray ide0-1-0 true", "media live", "reboot", "title -", "element urn:x", "save running",
            "paused (saving)", "save completed", "shut off (saved)", "paused (user)", "shut off (destroyed)",
            "renamed to afterlife", "renamed from life", "undefined", "defined",
        ]
        let seen = try words(manager)
        var rest = seen[...]
        for word in wanted {
            let place = rest.firstIndex(of: word)
            #expect(place != nil, "\(word) is not where it should be in \(seen)")
            if let place { rest = rest[(place + 1)...] }
        }
        let events = all(try EventFollower(manager, since: 0))
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.number < $1.number })
        #expect(!events.contains { $0.kind == .gap })
        #expect(
            events.flatMap(\.libvirtLifecycle).map { [$0.event, $0.detail] } == [
                [0, 0], [2, 0], [3, 0], [4, 0], [3, 0], [5, 4], [2, 2], [3, 4], [5, 1], [1, 1], [0, 2], [1, 0], [0, 0],
            ])
    }

    @Test("An edit that fails tells nothing")
    func failedEdits() throws {
        let bench = try LiveBench()
        try bench.start("m")
        let follower = try EventFollower(bench.manager, since: nil)
        #expect(throws: VMError.self) {
            try bench.manager.detachDevice("m", alias: "net7", scope: .init(persistent: true))
        }
        #expect(throws: VMError.self) { try bench.manager.undefine("nobody") }
        #expect(throws: VMError.self) { try bench.manager.rename("m", to: "n") }
        #expect(all(follower).isEmpty)
    }

    @Test("A journal that can't be written costs the record, not the machine; the log says so once")
    func unwritable() throws {
        let bench = try Bench()
        try bench.define("m")
        let folder = bench.manager.paths.state + "/events"
        try FileManager.default.removeItem(atPath: folder)
        try Data().write(to: URL(fileURLWithPath: folder))
        _ = try bench.manager.start("m")
        _ = try bench.manager.suspend("m")
        _ = try bench.manager.destroy("m")
        #expect(try bench.manager.status("m").reason == .destroyed)
        let log = try String(contentsOfFile: bench.manager.logPath(of: "m"), encoding: .utf8)
        #expect(log.components(separatedBy: "cannot write events down").count == 2)
    }

    @Test("A subscriber of the supervisor's own socket gets host numbers, and what it missed")
    func subscription() throws {
        let bench = try Bench()
        try bench.define("m")
        try bench.define("other")
        _ = try bench.manager.start("m")
        let known = try bench.manager.status("m").lastEvent
        _ = try bench.manager.start("other")
        _ = try bench.manager.suspend("m")
        let monitor = try bench.manager.monitor("m")
        let deadline = Deadline.after(.seconds(10))
        let answer = try monitor.execute("x-vmctl-subscribe", ["since": JSONValue(known)], deadline: deadline)["ok"]
        let missed = try #require(answer?["missed"]?.array)
        #expect(missed.map { $0["name"]?.string ?? $0["state"]?.string } == ["STOP", "paused"])
        #expect(answer?["gap"] == false && answer?["lastEvent"] == missed.last?["seq"])
        _ = try bench.manager.resume("m")
        var told: UInt64?
        while told == nil, let event = try monitor.nextEvent(deadline: deadline) {
            if event.name == "X_VMCTL_EVENT", event.data["state"] == "running" { told = event.data["seq"]?.uint64 }
        }
        #expect(try told == bench.manager.status("m").lastEvent)
        let old = try monitor.execute("x-vmctl-subscribe", ["since": 17], deadline: deadline)["ok"]
        #expect(old?["gap"] == true)
    }
}
