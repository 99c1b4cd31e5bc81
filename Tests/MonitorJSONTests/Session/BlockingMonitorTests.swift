import Foundation
import MonitorJSON
import Testing
import VMCore
import VMJSON
import VMTestSupport

@Suite("A blocking session with a scripted peer")
struct BlockingMonitorTests {
    private let soon: Deadline = .after(.seconds(10))

    @Test("A command, its answer, an orderly close")
    func command() throws {
        let fake = try FakeQEMU(
            FakeStep.opening + [.expect("query-status", [:]), .reply(["status": "running"]), .awaitEnd])
        let monitor = try BlockingMonitor(connectingTo: fake.address, deadline: soon)
        #expect(try monitor.execute("query-status", deadline: soon) == ["status": "running"])
        monitor.close()
        #expect(monitor.closeReason?.cause == .local)
        #expect(fake.finish() == [])
        #expect(fake.received.last == ["execute": "query-status", "id": 1])
    }

    @Test("Answers that arrive byte by byte, and over several lines", arguments: [false, true])
    func bytewise(pretty: Bool) throws {
        let steps: [FakeStep] = pretty ? [.pretty, .chunk(1)] : [.chunk(1)]
        let fake = try FakeQEMU(
            steps + FakeStep.opening + [.event(QMPEvent("STOP")), .expect("x"), .reply(["é": [1, "😀"]]), .awaitEnd])
        let monitor = try BlockingMonitor(connectingTo: fake.address, deadline: soon)
        #expect(try monitor.execute("x", deadline: soon) == ["é": [1, "😀"]])
        #expect(try monitor.nextEvent(deadline: soon)?.name == "STOP")
        monitor.close()
        #expect(fake.finish() == [])
    }

    @Test("Events before the answer of the command that caused them are kept")
    func events() throws {
        let fake = try FakeQEMU(
            FakeStep.opening + [
                .expect("stop"), .event(QMPEvent("STOP", seconds: 5, microseconds: 7)), .reply([:]), .awaitEnd,
            ])
        let monitor = try BlockingMonitor(connectingTo: fake.address, deadline: soon)
        try monitor.execute("stop", deadline: soon)
        let event = try monitor.waitForEvent("STOP", deadline: soon)
        #expect(event.time == .seconds(5) + .microseconds(7))
        #expect(try monitor.nextEvent(deadline: .now) == nil)
    }

    @Test("Errors keep their class and text")
    func errors() throws {
        let refusal = QMPError(.deviceNotFound, "Device 'cd9' not found")
        let fake = try FakeQEMU(
            FakeStep.opening + [.expect("eject"), .refuse(refusal), .expect("eject"), .refuse(refusal), .awaitEnd])
        let monitor = try BlockingMonitor(connectingTo: fake.address, deadline: soon)
        #expect(try monitor.attempt("eject", deadline: soon) == .failure(refusal))
        let error = #expect(throws: VMError.self) { try monitor.execute("eject", deadline: self.soon) }
        #expect(error?.code == .notFound)
        #expect(error?.message == "QEMU refused 'eject': Device 'cd9' not found (DeviceNotFound)")
    }

    @Test("A monitor that does not greet: nothing is sent, the deadline holds")
    func silence() throws {
        let fake = try FakeQEMU([.awaitEnd])
        let error = #expect(throws: VMError.self) {
            try BlockingMonitor(connectingTo: fake.address, deadline: .after(.milliseconds(100)))
        }
        #expect(error?.code == .timeout)
        #expect(error?.message.contains("does not greet") == true)
        #expect(fake.finish() == [])
        #expect(fake.received.isEmpty)
    }

    @Test("A peer that closes before, between and after", arguments: 0..<3)
    func closes(stage: Int) throws {
        let scripts: [[FakeStep]] = [
            [.close], [.greet(.qemu72), .expect("qmp_capabilities"), .close],
            FakeStep.opening + [.expect("x"), .close],
        ]
        let fake = try FakeQEMU(scripts[stage])
        let error = #expect(throws: VMError.self) {
            let monitor = try BlockingMonitor(connectingTo: fake.address, deadline: self.soon)
            try monitor.execute("x", deadline: self.soon)
        }
        #expect(error?.code == .connection)
        #expect(fake.finish() == [])
    }

    @Test("A command that times out spoils nothing: its late answer goes to nobody")
    func late() throws {
        let fake = try FakeQEMU(
            FakeStep.opening + [
                .expect("slow"), .delay(.milliseconds(200)), .reply("late"), .expect("next"), .reply("next"), .awaitEnd,
            ])
        let monitor = try BlockingMonitor(connectingTo: fake.address, deadline: soon)
        let error = #expect(throws: VMError.self) {
            try monitor.execute("slow", deadline: .after(.milliseconds(20)))
        }
        #expect(error?.code == .timeout)
        #expect(try monitor.execute("next", deadline: soon) == "next")
    }

    @Test("Garbage, then the session goes on")
    func garbage() throws {
        let fake = try FakeQEMU(
            FakeStep.opening + [
                .expect("a"), .raw(Array("{\"return\": inf, \"id\": 1}\r\n".utf8)), .expect("b"), .reply(2), .awaitEnd,
            ])
        let monitor = try BlockingMonitor(connectingTo: fake.address, deadline: soon)
        #expect(throws: VMError.self) { try monitor.execute("a", deadline: self.soon) }
        #expect(try monitor.execute("b", deadline: soon) == 2)
    }

    @Test("A flood keeps the newest events and counts the dropped ones")
    func flood() throws {
        let fake = try FakeQEMU(
            FakeStep.opening + [.expect("x"), .flood("E", count: 5000), .reply([:]), .awaitEnd])
        let monitor = try BlockingMonitor(connectingTo: fake.address, deadline: soon)
        try monitor.execute("x", deadline: soon)
        #expect(monitor.droppedEvents == 5000 - BlockingMonitor.eventLimit)
        let first = try monitor.nextEvent(deadline: soon)
        #expect(first?.data["number"]?.int == 5000 - BlockingMonitor.eventLimit)
    }

    @Test("A reset with something unread is told apart from a close")
    func reset() throws {
        let fake = try FakeQEMU(FakeStep.opening + [.expect("x"), .reply([:]), .reset])
        let monitor = try BlockingMonitor(connectingTo: fake.address, deadline: soon)
        try monitor.execute("x", deadline: soon)
        #expect(throws: VMError.self) { try monitor.execute("y", deadline: self.soon) }
        let cause = monitor.closeReason?.cause
        #expect(cause == .broken(ECONNRESET) || cause == .endOfStream)
    }

    @Test("A recorded conversation is replayed")
    func replay() throws {
        let text = """
            {"execute":"query-version","id":"libvirt-1"}
            {"return":{"qemu":{"micro":0,"minor":2,"major":7},"package":""},"id":"libvirt-1"}
            {"execute":"qom-list-types","arguments":{"implements":"device"},"id":"libvirt-2"}
            {"id":"libvirt-2","error":{"class":"GenericError","desc":"no"}}
            """
        let record = try RecordedConversation(Array(text.utf8))
        #expect(record.count == 2)
        let fake = try FakeQEMU(record.script)
        let monitor = try BlockingMonitor(connectingTo: fake.address, deadline: soon)
        #expect(try monitor.execute("query-version", deadline: soon)["qemu"]?["major"] == 7)
        #expect(
            try monitor.attempt("qom-list-types", ["implements": "device"], deadline: soon)
                == .failure(QMPError(.generic, "no")))
        #expect(
            try monitor.attempt("qom-list-types", deadline: soon)
                == .failure(QMPError(.commandNotFound, "The command qom-list-types has not been found")))
        monitor.close()
        #expect(fake.finish() == [])
    }
}

@Suite("A blocking session with real QEMU", .enabled(if: TemporaryQEMU.isThere, "needs qemu-system-x86_64"))
struct RealMonitorTests {
    private let soon: Deadline = .after(.seconds(30))

    @Test("Negotiation, status, the schema, quit", arguments: TemporaryQEMU.builds)
    func session(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        let monitor = try qemu.connect()
        #expect(try monitor.execute("query-status", deadline: soon)["running"] == true)
        let schema = try monitor.execute("query-qmp-schema", deadline: soon)
        #expect((schema.array?.count ?? 0) > 1000)
        try monitor.execute("quit", deadline: soon)
        let event = try monitor.waitForEvent("SHUTDOWN", deadline: soon)
        #expect(event.data["reason"] == "host-qmp-quit")
        #expect(try monitor.nextEvent(deadline: soon) == nil)
        #expect(monitor.closeReason?.isExpected == true)
    }

    @Test(
        "A second client is told that the monitor is busy, and none of its commands runs",
        arguments: TemporaryQEMU.builds)
    func secondClient(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        let first = try qemu.connect()
        let error = #expect(throws: VMError.self) {
            try BlockingMonitor(connectingTo: qemu.address, deadline: .after(.milliseconds(200)))
        }
        #expect(error?.code == .timeout)
        first.close()
        let third = try qemu.connect()
        #expect(try third.execute("query-status", deadline: soon)["running"] == true)
    }

    @Test("An orderly close loses no command", arguments: TemporaryQEMU.builds)
    func orderlyClose(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        for _ in 0..<10 {
            let monitor = try qemu.connect()
            _ = try? monitor.execute("stop", deadline: .now)
            monitor.close(deadline: soon)
            let check = try qemu.connect()
            #expect(try check.execute("query-status", deadline: soon)["running"] == false)
            try check.execute("cont", deadline: soon)
            check.close(deadline: soon)
        }
    }

    @Test("A monitor that prints over several lines", arguments: TemporaryQEMU.builds)
    func pretty(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build, monitor: ["-qmp-pretty", "unix:FOLDER/qmp.sock,server=on,wait=off"])
        let monitor = try qemu.connect()
        #expect((try monitor.execute("query-commands", deadline: soon).array?.count ?? 0) > 150)
        try monitor.execute("stop", deadline: soon)
        #expect(try monitor.nextEvent(deadline: soon)?.name == "STOP")
    }

    @Test("TCP", arguments: TemporaryQEMU.builds)
    func tcp(build: TemporaryQEMU.Build) throws {
        let port = try FreePort.take()
        let qemu = try TemporaryQEMU(build, monitor: ["-qmp", "tcp:127.0.0.1:\(port),server=on,wait=off"])
        let monitor = try qemu.connect(to: .tcp(host: "localhost", port: port))
        #expect(try monitor.execute("query-name", deadline: soon) == [:])
    }

    @Test("Out-of-band execution, and numbers beyond a double", arguments: TemporaryQEMU.builds)
    func outOfBand(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        let monitor = try qemu.connect(configuration: .init(enablesOutOfBand: true))
        #expect(try monitor.execute("query-yank", outOfBand: true, deadline: soon).array?.isEmpty == false)
        let exact: JSONValue = 9_007_199_254_740_993
        try monitor.execute("object-add", ["qom-type": "iothread", "id": "t", "poll-max-ns": exact], deadline: soon)
        let answer = try monitor.execute("qom-get", ["path": "/objects/t", "property": "poll-max-ns"], deadline: soon)
        #expect(answer == exact)
    }

    @Test("A descriptor is passed and used", arguments: TemporaryQEMU.builds)
    func descriptors(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        let monitor = try qemu.connect()
        let file = open("/dev/null", O_RDWR)
        defer { close(file) }
        try monitor.execute("getfd", ["fdname": "null"], descriptors: [file], deadline: soon)
        try monitor.execute("closefd", ["fdname": "null"], deadline: soon)
        let added = try monitor.execute("add-fd", ["fdset-id": 3], descriptors: [file], deadline: soon)
        #expect(added["fdset-id"] == 3)
        #expect(throws: VMError.self) { try monitor.execute("getfd", ["fdname": "x"], deadline: self.soon) }
    }
}
