import Foundation
import QEMULauncher
import TestBench
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager
import VMTestSupport

/// The asynchronous side, as an embedding program uses it.
@Suite(.enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64")) struct EmbeddingTests {
    private let planner: VMManager.PlanMaker = { domain in Bench.emptyMachine(domain) }
    private let xml = "<domain type='qemu'><name>embedded</name></domain>"

    @Test("a machine is defined, started, watched and ended")
    func wholeLife() async throws {
        let bench = try Bench()
        let machine = try await bench.manager.define(xml: xml)
        try await machine.start(paused: true)
        let events = try await machine.events()
        let watcher = Task {
            var seen: [HostEvent.Kind] = []
            for await event in events { seen.append(event.kind) }
            return seen
        }
        try await machine.resume()
        try await machine.suspend()
        try await machine.destroy()
        let seen = await watcher.value
        #expect(seen.first == .qmp(name: "RESUME", data: [:]))
        #expect(
            seen.filter { if case .lifecycle = $0 { true } else { false } } == [
                .lifecycle(.init(.running, .unpaused)), .lifecycle(.init(.paused, .user)),
                .lifecycle(.init(.shutOff, .destroyed)),
            ])
        try await machine.undefine()
        await #expect(throws: VMError.self) { try await machine.status() }
    }

    @Test("a definition is renamed, marked, compared, checked and planned without a blocked task")
    func definition() async throws {
        let bench = try LiveBench()
        var machine = try await bench.manager.define(
            xml: "<domain type='qemu'><name>embedded</name><memory>65536</memory><os><type>hvm</type></os></domain>")
        #expect(try await !machine.isAutostarted())
        try await machine.setAutostart(true)
        #expect(try await machine.isAutostarted())
        machine = try await machine.rename(to: "renamed")
        #expect(machine.name == "renamed")
        let definition = try await machine.definition()
        #expect(definition.name == "renamed")
        var other = definition
        other.title = "another"
        #expect(try await machine.changes(to: other).count == 1)
        #expect(try await machine.check().causes.isEmpty)
        #expect(
            try await machine.plan().commandLine(configuration: "qemu-qmp.conf").contains {
                $0.hasPrefix("guest=renamed")
            })
        #expect(try await machine.explainedOptions().contains { $0.option == "-name" })
        #expect(try await machine.lastFailure() == nil)
        await #expect(throws: VMError.self) { try await machine.pendingChanges() }

        let manager = bench.manager
        let document =
            "<domain type='qemu'><name>document</name><memory>65536</memory>"
            + "<os><type>hvm</type></os></domain>"
        #expect(try await manager.plan(xml: document).domain.name == "document")
        #expect(try await manager.completed(xml: document).contains("<currentMemory"))
        #expect(try await manager.check(xml: document).name == "document")
        #expect(try await manager.capabilities(architecture: "x86_64").architecture == "x86_64")
        #expect(try await !manager.findings().isEmpty)
        await #expect(throws: VMError.self) { try await manager.plan(xml: "<domain") }
        await #expect(throws: VMError.self) { try await manager.xml(ofSave: "/nonexistent/file") }
    }

    @Test("events go on after the supervisor was killed, from the last one known")
    func eventsSurvive() async throws {
        let bench = try Bench()
        let machine = try await bench.manager.define(xml: xml)
        let started = try await machine.start()
        var events = try await machine.events(since: 0).makeAsyncIterator()
        #expect(await events.next()?.kind == .defined(.added))
        #expect(await events.next()?.kind == .qmp(name: "RESUME", data: [:]))
        #expect(await events.next()?.kind == .lifecycle(.init(.running, .booted)))
        kill(try #require(started.supervisor?.pid), SIGKILL)
        try await machine.suspend()
        var kinds: [HostEvent.Kind] = []
        while let event = await events.next() {
            kinds.append(event.kind)
            if event.kind == .lifecycle(.init(.paused, .user)) { break }
        }
        #expect(kinds.contains(.adopted))
        #expect(!kinds.contains(.gap))
    }

    @Test("a cancelled task doesn't wait for a QEMU that doesn't answer")
    func cancellation() async throws {
        let bench = try Bench()
        let machine = try await bench.manager.define(xml: xml)
        let pid = try #require(try await machine.start().qemu?.pid)
        kill(pid, SIGSTOP)
        let task = Task { () -> VMError? in
            do throws(VMError) {
                try await machine.suspend(timeout: .seconds(3600))
                return nil
            } catch {
                return error
            }
        }
        try await Task.sleep(for: .milliseconds(20))
        task.cancel()
        #expect(await task.value?.code == .cancelled)
        try await machine.destroy()
    }

    @Test("a temporary machine is there for its body only, also when that throws")
    func temporary() async throws {
        let identity = try await withTemporaryVM(xml, planner: planner) { machine in
            #expect(try await machine.execute("query-status")["running"]?.bool == true)
            return try #require(try await machine.status().qemu)
        }
        #expect(!identity.isAlive)
        struct Stop: Error {}
        await #expect(throws: Stop.self) {
            try await withTemporaryVM(xml, paused: true, planner: planner) { _ in throw Stop() }
        }
    }

    @Test("a machine on a leash ends when its holder lets go")
    func leash() throws {
        let bench = try Bench()
        try bench.define("leashed")
        var leash = try VMCore.Pipe()
        let qemu = try #require(bench.manager.start("leashed", leash: leash.reader.raw).qemu)
        leash.closeWriter()
        try eventually("the machine has ended") { !qemu.isAlive }
        try eventually("its end is published") { try bench.manager.status("leashed").reason == .destroyed }
    }
}
