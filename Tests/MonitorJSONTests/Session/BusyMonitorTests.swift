import Glibc
import MonitorJSON
import Testing
import VMCore
import VMJSON
import VMTestSupport

/// A monitor that another client holds, that another client has left in the middle of something, or whose QEMU is busy.
@Suite(
    "A busy monitor", .enabled(if: TemporaryQEMU.isThere, "needs qemu-system-x86_64"), .timeLimit(.minutes(40)))
struct BusyMonitorTests {
    private func soon() -> Deadline { .after(.seconds(30)) }

    /// Two monitors, so that one can watch what happens to the other's clients.
    private static let twoMonitors = [
        "-qmp", "unix:FOLDER/qmp.sock,server=on,wait=off", "-qmp", "unix:FOLDER/second.sock,server=on,wait=off",
    ]

    @Test("Who gives up waiting for the greeting has sent nothing that runs later", arguments: TemporaryQEMU.builds)
    func secondClient(build: TemporaryQEMU.Build) async throws {
        let qemu = try TemporaryQEMU(build, monitor: Self.twoMonitors)
        let first = try qemu.connect()
        let error = await #expect(throws: VMError.self) {
            let second = try await Monitor.connect(to: qemu.address, deadline: .after(.milliseconds(100)))
            try await second.execute(Stop(), deadline: soon())
        }
        #expect(error?.code == .timeout)
        #expect(error?.remedy?.text.contains("another client") == true)
        // One that is patient is served as soon as the first has left.
        let address = qemu.address
        async let patient = Monitor.connect(to: address, deadline: soon())
        #expect(try first.execute(QueryStatus(), deadline: soon()).isRunning)
        first.close()
        let third = try await patient
        #expect(try await third.execute(QueryStatus(), deadline: soon()).isRunning)
        await third.close()
    }

    @Test("Events are not kept for a client that comes later", arguments: TemporaryQEMU.builds)
    func noReplay(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build, monitor: Self.twoMonitors)
        let watcher = try qemu.connect()
        // A client that has connected and not yet negotiated gets none either.
        let mute = try Socket.connect(to: .unix(path: qemu.folder + "/second.sock"), deadline: soon())
        for _ in 0..<10 {
            try watcher.execute(Stop(), deadline: soon())
            try watcher.execute(Cont(), deadline: soon())
        }
        let late = try BlockingMonitor(over: mute, named: "the second monitor", deadline: soon())
        #expect(try late.execute(QueryStatus(), deadline: soon()).isRunning)
        #expect(try late.nextEvent(deadline: .now) == nil)
        try watcher.execute(Stop(), deadline: soon())
        #expect(try late.nextEvent(deadline: soon())?.name == "STOP")
    }

    @Test(
        "While QEMU is stuck a new client is told so at its deadline, all monitors wait, out-of-band execution answers",
        arguments: TemporaryQEMU.builds)
    func stuck(build: TemporaryQEMU.Build) async throws {
        let qemu = try TemporaryQEMU(
            build, monitor: Self.twoMonitors + ["-qmp", "unix:FOLDER/third.sock,server=on,wait=off"])
        try qemu.waitUntilReady()
        let second = MonitorAddress.unix(path: qemu.folder + "/second.sock")
        let watcher = try await Monitor.connect(
            to: second, configuration: .init(enablesOutOfBand: true), deadline: soon())
        let monitor = try await Monitor.connect(to: qemu.address, deadline: soon())
        let obstacle = try Obstacle(in: qemu.folder)
        let blocked = Task { try await monitor.execute(obstacle.command, deadline: soon()) }
        try await obstacle.waitUntilMet { try await self.isStuck(watcher) }
        let error = await #expect(throws: VMError.self) {
            _ = try await Monitor.connect(
                to: .unix(path: qemu.folder + "/third.sock"), deadline: .after(.milliseconds(100)))
        }
        #expect(error?.code == .timeout)
        #expect(error.map { "\($0)".contains("does not answer") } == true)
        #expect(try await watcher.execute("query-yank", outOfBand: true, deadline: soon()).array != nil)
        obstacle.remove()
        try await blocked.value
        #expect(try await watcher.execute(QueryStatus(), deadline: soon()).isRunning)
        await watcher.close()
        await monitor.close()
    }

    private func isStuck(_ monitor: Monitor) async throws -> Bool {
        do {
            try await monitor.execute(QueryName(), deadline: .after(.milliseconds(50)))
            return false
        } catch  where error.code == .timeout {
            return true
        }
    }

    @Test(
        "What was under way for a client that left abruptly is not taken for the next one's",
        arguments: TemporaryQEMU.builds)
    func leftovers(build: TemporaryQEMU.Build) async throws {
        let qemu = try TemporaryQEMU(build, monitor: Self.twoMonitors)
        try qemu.waitUntilReady()
        let watcher = try await Monitor.connect(
            to: .unix(path: qemu.folder + "/second.sock"), configuration: .init(enablesOutOfBand: true),
            deadline: soon())
        let address = qemu.address
        for round in 0..<3 {
            let obstacle = try Obstacle(in: qemu.folder, number: round)
            do {
                let first = try qemu.connect()
                let error = #expect(throws: VMError.self) {
                    try first.execute(obstacle.command, deadline: .after(.milliseconds(50)))
                }
                #expect(error?.code == .timeout)
                first.close(deadline: .now)
            }
            async let next = Monitor.connect(to: address, deadline: soon())
            try await Task.sleep(for: .milliseconds(50))
            obstacle.remove()
            let monitor = try await next
            for _ in 0..<5 {
                #expect(try await monitor.execute(QueryStatus(), deadline: soon()).isRunning)
                #expect(try await monitor.execute(QueryTarget(), deadline: soon()) == "x86_64")
            }
            await monitor.close()
        }
        await watcher.close()
    }

    @Test(
        "Who leaves a stopped QEMU that owes nothing but late answers leaves at once", arguments: TemporaryQEMU.builds)
    func leaving(build: TemporaryQEMU.Build) async throws {
        let qemu = try TemporaryQEMU(build, monitor: Self.twoMonitors)
        try qemu.waitUntilReady()
        let blocking = try qemu.connect()
        let monitor = try await Monitor.connect(
            to: .unix(path: qemu.folder + "/second.sock"), deadline: soon())
        qemu.signal(SIGSTOP)
        #expect(throws: VMError.self) { try blocking.execute(QueryStatus(), deadline: .after(.milliseconds(20))) }
        await #expect(throws: VMError.self) {
            try await monitor.execute(QueryStatus(), deadline: .after(.milliseconds(20)))
        }
        // The suite's time limit is shorter than that.
        blocking.close(deadline: .after(.seconds(600)))
        await monitor.close(deadline: .after(.seconds(600)))
        #expect(monitor.closeReason?.cause == .local)
    }

    @Test("Clients that come and go without a word, two hundred times", arguments: TemporaryQEMU.builds)
    func comingAndGoing(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        try qemu.waitUntilReady()
        for round in 0..<200 {
            if round.isMultiple(of: 2) {
                // Leaves with a command half written or an answer unread.
                let socket = try Socket.connect(to: qemu.address, deadline: soon())
                Socket.setBlocking(socket.raw)
                let text =
                    round.isMultiple(of: 4)
                    ? #"{"execute":"qmp_capabilities"}{"execute":"query-qmp-schema","id":1}"# : #"{"execute":"qmp_"#
                _ = text.utf8.withContiguousStorageIfAvailable { write(socket.raw, $0.baseAddress, $0.count) }
            }
            let monitor = try BlockingMonitor(connectingTo: qemu.address, deadline: soon())
            #expect(try monitor.execute(QueryTarget(), deadline: soon()) == "x86_64")
            if round.isMultiple(of: 3) { monitor.close() }
        }
    }
}

/// Something that keeps QEMU's main loop busy until it is removed: blkdebug reads its configuration at once, and a pipe
/// nobody writes into keeps it waiting.
private struct Obstacle {
    private let path: String
    let command: BlockdevAdd

    init(in folder: String, number: Int = 0) throws {
        path = folder + "/pipe\(number)"
        try #require(mkfifo(path, 0o600) == 0)
        command = BlockdevAdd([
            "driver": "blkdebug", "node-name": .string("b\(number)"), "config": .string(path),
            "image": ["driver": "null-co"],
        ])
    }

    /// Asks until QEMU no longer answers.
    func waitUntilMet(_ isStuck: () async throws -> Bool) async throws {
        let patience = Deadline.after(.seconds(20))
        while !patience.hasPassed {
            if try await isStuck() { return }
        }
        Issue.record("QEMU never met the obstacle")
    }

    func remove() { close(open(path, O_WRONLY)) }
}
