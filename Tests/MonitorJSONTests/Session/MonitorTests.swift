import Glibc
import MonitorJSON
import Testing
import VMCore
import VMJSON
import VMTestSupport

@Suite("An asynchronous session", .timeLimit(.minutes(40)))
struct MonitorTests {
    private func soon() -> Deadline { .after(.seconds(20)) }

    private func connect(_ fake: FakeQEMU, _ configuration: MonitorSession.Configuration = .init()) async throws
        -> Monitor
    {
        try await Monitor.connect(to: fake.address, configuration: configuration, deadline: soon())
    }

    @Test("Many tasks at once get their own answers")
    func concurrent() async throws {
        let fake = try FakeQEMU(FakeStep.opening + [.serve { _, arguments in .value(arguments["n"] ?? nil) }])
        let monitor = try await connect(fake)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let value = try await monitor.execute("x", ["n": JSONValue(number)], deadline: .after(.seconds(20)))
                    return value.int == number
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
        await monitor.close()
        #expect(fake.finish() == [])
        #expect(monitor.closeReason?.cause == .local)
    }

    @Test("Tasks on the monitors' own thread: answers, a deadline, a cancellation")
    func ownThread() async throws {
        let fake = try FakeQEMU(
            FakeStep.opening + [
                .serve { command, arguments in
                    if command == "slow" { usleep(200_000) }
                    return .value(arguments["n"] ?? nil)
                }
            ])
        let monitor = try await connect(fake)
        try await withTaskExecutorPreference(Monitor.executor()) {
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        try await monitor.execute("x", ["n": JSONValue(number)], deadline: soon()).int == number
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
            await #expect(throws: VMError.self) {
                try await monitor.execute("slow", deadline: .after(.milliseconds(50)))
            }
            let waiting = Task { try await monitor.execute("slow", deadline: soon()) }
            waiting.cancel()
            await #expect(throws: VMError.self) { try await waiting.value }
            #expect(try await monitor.execute("x", ["n": 7], deadline: soon()).int == 7)
        }
        await monitor.close()
    }

    @Test("Events before the answer reach the one who subscribed before")
    func events() async throws {
        let fake = try FakeQEMU(
            FakeStep.opening + [.expect("stop"), .event(QMPEvent("STOP")), .reply([:]), .awaitEnd])
        let monitor = try await connect(fake)
        let events = monitor.events()
        try await monitor.execute(Stop(), deadline: soon())
        var iterator = events.makeAsyncIterator()
        #expect(await iterator.next()?.event?.name == "STOP")
        await monitor.close()
        #expect(await iterator.next() == nil)
    }

    @Test("A slow reader gets a gap, a quick one everything")
    func gap() async throws {
        let fake = try FakeQEMU(FakeStep.opening + [.expect("x"), .flood("E", count: 1000), .reply([:]), .awaitEnd])
        let monitor = try await connect(fake)
        let slow = monitor.events(bufferingNewest: 10)
        let quick = monitor.events(bufferingNewest: 2000)
        try await monitor.execute("x", deadline: soon())
        await monitor.close()
        var seen: [MonitorEvents.Element] = []
        for await element in slow { seen.append(element) }
        #expect(seen.first == .gap(990))
        #expect(seen.dropFirst().compactMap { $0.event?.data["number"]?.int } == Array(990..<1000))
        var numbers: [Int] = []
        for await element in quick { numbers.append(element.event?.data["number"]?.int ?? -1) }
        #expect(numbers == Array(0..<1000))
    }

    @Test("Fifty readers each get ten thousand events")
    func manyReaders() async throws {
        let fake = try FakeQEMU(FakeStep.opening + [.expect("x"), .flood("E", count: 10_000), .reply([:]), .awaitEnd])
        let monitor = try await connect(fake)
        let sequences = (0..<50).map { _ in monitor.events(bufferingNewest: 10_000) }
        try await withThrowingTaskGroup(of: Int.self) { group in
            for sequence in sequences {
                group.addTask {
                    var next = 0
                    for await element in sequence {
                        guard element.event?.data["number"]?.int == next else { return -1 }
                        next += 1
                    }
                    return next
                }
            }
            try await monitor.execute("x", deadline: soon())
            await monitor.close()
            for try await count in group { #expect(count == 10_000) }
        }
    }

    @Test("A deadline ends the wait, and the late answer goes to nobody")
    func deadline() async throws {
        let fake = try FakeQEMU(
            FakeStep.opening + [
                .expect("slow"), .delay(.milliseconds(300)), .reply("late"), .expect("next"), .reply("next"), .awaitEnd,
            ])
        let monitor = try await connect(fake)
        let error = await #expect(throws: VMError.self) {
            try await monitor.execute("slow", deadline: .after(.milliseconds(30)))
        }
        #expect(error?.code == .timeout)
        #expect(try await monitor.execute("next", deadline: soon()) == "next")
    }

    @Test("Cancelling a task abandons its command at once and harms nothing")
    func cancellation() async throws {
        let fake = try FakeQEMU(
            FakeStep.opening + [
                .expect("slow"), .expect("next"), .replyToLast("next"), .reply("late"), .expect("last"), .reply("last"),
                .awaitEnd,
            ])
        let monitor = try await connect(fake)
        let task = Task { try await monitor.execute("slow", deadline: .after(.seconds(20))) }
        let patience = Deadline.after(.seconds(20))
        while fake.received.count < 2, !patience.hasPassed { try await Task.sleep(for: .milliseconds(1)) }
        task.cancel()
        let result = await task.result
        #expect(throws: VMError.self) { try result.get() }
        #expect(try await monitor.execute("next", deadline: soon()) == "next")
        #expect(try await monitor.execute("last", deadline: soon()) == "last")
        let early = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await monitor.execute("never", deadline: .after(.seconds(20)))
        }
        let second = await early.result
        #expect(throws: VMError.self) { try second.get() }
        #expect(!fake.received.contains { $0["execute"] == "never" })
    }

    @Test("The end of the connection fails what waits")
    func end() async throws {
        let fake = try FakeQEMU(FakeStep.opening + [.expect("x"), .close])
        let monitor = try await connect(fake)
        let error = await #expect(throws: VMError.self) { try await monitor.execute("x", deadline: soon()) }
        #expect(error?.code == .connection)
        #expect(monitor.closeReason?.cause == .endOfStream)
        await #expect(throws: VMError.self) { try await monitor.execute("y", deadline: soon()) }
        for await _ in monitor.events() { Issue.record("an event after the end") }
    }

    @Test("A peer that does not greet ends at the deadline, without having been sent anything")
    func silence() async throws {
        let fake = try FakeQEMU([.awaitEnd])
        let error = await #expect(throws: VMError.self) {
            _ = try await Monitor.connect(to: fake.address, deadline: .after(.milliseconds(100)))
        }
        #expect(error?.code == .timeout)
        #expect(fake.finish() == [])
        #expect(fake.received.isEmpty)
    }

    @Test("Descriptors are copied, sent once and closed")
    func descriptors() async throws {
        let fake = try FakeQEMU(FakeStep.opening + [.serve { _, _ in .value([:]) }])
        let monitor = try await connect(fake)
        let path = "/tmp/vmctl-cargo-\(UInt32.random(in: 0 ... .max))"
        defer { unlink(path) }
        for _ in 0..<20 {
            let file = open(path, O_RDWR | O_CREAT, 0o600)
            try await monitor.execute(GetFD("a"), descriptors: [file], deadline: soon())
            close(file)
        }
        await monitor.close()
        #expect(fake.finish() == [])
        #expect(fake.receivedDescriptors == 20)
        #expect(openDescriptors(of: path) == 0)
    }

    private func openDescriptors(of path: String) -> Int {
        (Int32(3)..<2048).count { number in
            var name = [CChar](repeating: 0, count: 256)
            let length = readlink("/proc/self/fd/\(number)", &name, name.count)
            return length > 0
                && String(decoding: name.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self) == path
        }
    }

    @Test(
        "A stopped QEMU: every call ends at its deadline, and afterwards the session goes on",
        .enabled(if: TemporaryQEMU.isThere), arguments: TemporaryQEMU.builds)
    func stopped(build: TemporaryQEMU.Build) async throws {
        let qemu = try TemporaryQEMU(build, arguments: ["-M", "none"])
        _ = try qemu.connect().close()
        let monitor = try await Monitor.connect(to: qemu.address, deadline: soon())
        qemu.signal(SIGSTOP)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    let error = await #expect(throws: VMError.self) {
                        try await monitor.execute(QueryStatus(), deadline: .after(.milliseconds(100)))
                    }
                    #expect(error?.code == .timeout)
                }
            }
        }
        qemu.signal(SIGCONT)
        #expect(try await monitor.execute(QueryName(), deadline: soon()) == nil)
        #expect(try await monitor.execute(QueryTarget(), deadline: soon()) == "x86_64")
        #expect(monitor.lastNoise == nil)
        await monitor.close()
    }

    @Test("A monitor that nobody holds any more frees its place at once")
    func dropped() async throws {
        let fake = try FakeQEMU(
            FakeStep.opening + [.serve { _, _ in .value(1) }], FakeStep.opening + [.serve { _, _ in .value(2) }])
        do {
            let first = try await connect(fake)
            #expect(try await first.execute("x", deadline: .after(.seconds(600))) == 1)
        }
        let second = try await connect(fake)
        #expect(try await second.execute("x", deadline: soon()) == 2)
    }

    @Test("A hundred sessions share one thread")
    func many() async throws {
        let fakes = try (0..<100).map { _ in
            try FakeQEMU(FakeStep.opening + [.serve { _, _ in .value(1) }], patience: .seconds(120))
        }
        var monitors: [Monitor] = []
        for fake in fakes { monitors.append(try await connect(fake)) }
        for monitor in monitors { #expect(try await monitor.execute("x", deadline: soon()) == 1) }
        for monitor in monitors { await monitor.close() }
        for fake in fakes { #expect(fake.finish() == []) }
    }
}
