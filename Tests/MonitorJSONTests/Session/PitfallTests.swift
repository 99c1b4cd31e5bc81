import Foundation
import MonitorJSON
import Testing
import VMCore
import VMJSON
import VMTestSupport

/// What clients of QMP have got wrong, each tried on real QEMU.
@Suite(
    "What is easily got wrong", .enabled(if: TemporaryQEMU.isThere, "needs qemu-system-x86_64"),
    .timeLimit(.minutes(40)))
struct PitfallTests {
    private func soon() -> Deadline { .after(.seconds(30)) }

    @Test("A listen queue that is full ends at the deadline", arguments: TemporaryQEMU.builds)
    func fullQueue(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        let first = try qemu.connect()
        for _ in 0..<4 {
            let error = #expect(throws: VMError.self) {
                _ = try BlockingMonitor(connectingTo: qemu.address, deadline: .after(.milliseconds(50)))
            }
            #expect(error?.code == .timeout)
        }
        #expect(try first.execute("query-status", deadline: soon())["running"] == true)
    }

    @Test("QEMU that ends before its greeting is told apart", arguments: TemporaryQEMU.builds)
    func endBeforeGreeting(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build, arguments: ["-M", "none", "-device", "nothing-like-this"])
        let error = #expect(throws: VMError.self) { _ = try qemu.connect() }
        #expect(error?.code == .connection || error?.code == .launchFailed)
        #expect(qemu.errorOutput.contains("nothing-like-this"))
    }

    @Test("A child's socket pair is a monitor too", arguments: TemporaryQEMU.builds)
    func socketPair(build: TemporaryQEMU.Build) throws {
        let (mine, its) = try Socket.pair().release()
        defer { close(its) }
        let qemu = try TemporaryQEMU(
            build, monitor: ["-chardev", "socket,id=m,fd=10", "-mon", "chardev=m,mode=control"],
            descriptors: [.init(its, as: 10)])
        let monitor = try BlockingMonitor(
            over: FileDescriptor(owning: mine), named: "the child's monitor", deadline: soon())
        #expect(try monitor.execute(QueryTarget(), deadline: soon()) == "x86_64")
        #expect(qemu.isRunning)
    }

    @Test(
        "Characters outside ASCII, outside the first plane and control characters survive",
        arguments: TemporaryQEMU.builds)
    func characters(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        let monitor = try qemu.connect()
        let text = "/é😀\u{7f}\u{2028}\"\\\n'"
        try monitor.execute(ObjectAdd("secret", id: "s", ["data": .string(text)]), deadline: soon())
        #expect(try monitor.execute(QOMGet("/objects/s", "data"), deadline: soon()) == .string(text))
    }

    @Test("Integers that a double would round survive", arguments: TemporaryQEMU.builds)
    func integers(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        let monitor = try qemu.connect()
        for number: JSONValue in [9_007_199_254_740_993, .integer(.max)] {
            try monitor.execute(ObjectAdd("iothread", id: "i", ["poll-max-ns": number]), deadline: soon())
            #expect(try monitor.execute(QOMGet("/objects/i", "poll-max-ns"), deadline: soon()) == number)
            try monitor.execute(ObjectDel("i"), deadline: soon())
        }
    }

    @Test(
        "QEMU gives back unsigned integers as they are and larger numbers as doubles", arguments: TemporaryQEMU.builds)
    func echo(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        try qemu.waitUntilReady()
        for (text, number): (String, JSONValue) in [
            ("18446744073709551615", JSONValue(UInt64.max)), ("9223372036854775808", JSONValue(UInt64(1) << 63)),
            ("-9223372036854775808", .integer(.min)), ("9007199254740993", 9_007_199_254_740_993),
            ("18446744073709551616", .double(18_446_744_073_709_551_616)), ("0.1", .double(0.1)), ("-0", 0),
        ] {
            let socket = try Socket.connect(to: qemu.address, deadline: soon())
            Socket.setBlocking(socket.raw)
            let bytes = Array(#"{"execute":"qmp_capabilities"}{"execute":"query-name","id":\#(text)}"#.utf8)
            #expect(write(socket.raw, bytes, bytes.count) == bytes.count)
            shutdown(socket.raw, Int32(SHUT_WR))
            var all: [UInt8] = []
            var room = [UInt8](repeating: 0, count: 4096)
            while case let count = read(socket.raw, &room, room.count), count > 0 { all += room[..<count] }
            let last = try #require(all.split(separator: 0x0a).last)
            #expect(try JSONParser.parse(Array(last))["id"] == number, "\(text)")
        }
    }

    @Test("A path with commas", arguments: TemporaryQEMU.builds)
    func commas(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build, monitor: ["-qmp", "unix:FOLDER/a,,b=c.sock,server=on,wait=off"])
        let monitor = try qemu.connect(to: .unix(path: qemu.folder + "/a,b=c.sock"))
        #expect(try monitor.execute(QueryTarget(), deadline: soon()) == "x86_64")
    }

    @Test("Events come before the answer of the command that caused them", arguments: TemporaryQEMU.builds)
    func eventsFirst(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        let monitor = try qemu.connect()
        // A client that is quick enough hears of QEMU's own start, too: that is a RESUME that no command caused.
        while try !monitor.execute(QueryStatus(), deadline: soon()).isRunning { Poll.sleep(.milliseconds(2)) }
        while try monitor.nextEvent(deadline: .now) != nil {}
        for _ in 0..<100 {
            try monitor.execute(Stop(), deadline: soon())
            #expect(try monitor.nextEvent(deadline: .now)?.plain == .stop)
            try monitor.execute(Cont(), deadline: soon())
            #expect(try monitor.nextEvent(deadline: .now)?.plain == .resume)
        }
    }

    @Test("The answer to device_del is not the end of the device: the event is", arguments: TemporaryQEMU.builds)
    func deviceDeleted(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build, arguments: ["-machine", "q35,accel=tcg", "-S", "-device", "qemu-xhci"])
        let monitor = try qemu.connect()
        try monitor.execute(DeviceAdd(["driver": "usb-tablet", "id": "t"]), deadline: soon())
        try monitor.execute(DeviceDel("t"), deadline: soon())
        let event = try monitor.waitForEvent("DEVICE_DELETED", deadline: soon()) { $0.data["device"] == "t" }
        #expect(event.as(DeviceDeletedEvent.self)?.path == "/machine/peripheral/t")
    }

    @Test("Out-of-band execution overtakes a command that blocks QEMU", arguments: TemporaryQEMU.builds)
    func overtaking(build: TemporaryQEMU.Build) async throws {
        let qemu = try TemporaryQEMU(build)
        _ = try qemu.connect().close()
        let monitor = try await Monitor.connect(
            to: qemu.address, configuration: .init(enablesOutOfBand: true), deadline: soon())
        #expect(monitor.hasOutOfBand)
        let pipe = qemu.folder + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        // blkdebug reads its configuration at once, and a pipe nobody writes into keeps it waiting.
        let options: JSONObject = [
            "driver": "blkdebug", "node-name": "b", "config": .string(pipe), "image": ["driver": "null-co"],
        ]
        let blocked = Task { try await monitor.execute(BlockdevAdd(options), deadline: .after(.seconds(30))) }
        let waiting = (0..<20).map { _ in
            Task { try await monitor.execute(QueryStatus(), deadline: .after(.seconds(30))).isRunning }
        }
        for _ in 0..<20 { await Task.yield() }
        for _ in 0..<5 {
            #expect(try await monitor.execute("query-yank", outOfBand: true, deadline: soon()).array != nil)
        }
        let writer = open(pipe, O_WRONLY)
        close(writer)
        try await blocked.value
        for task in waiting { #expect(try await task.value) }
        await monitor.close()
    }

    @Test(
        "With out-of-band execution enabled, every descriptor still reaches its own command",
        arguments: TemporaryQEMU.builds)
    func descriptorsWithOutOfBand(build: TemporaryQEMU.Build) async throws {
        let qemu = try TemporaryQEMU(build)
        _ = try qemu.connect().close()
        let monitor = try await Monitor.connect(
            to: qemu.address, configuration: .init(enablesOutOfBand: true), deadline: soon())
        let folder = qemu.folder
        let process = qemu.processID
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    let path = "\(folder)/cargo\(number)"
                    let file = open(path, O_RDWR | O_CREAT, 0o600)
                    defer { close(file) }
                    let added = try await monitor.execute(
                        AddFD(setID: number), descriptors: [file], deadline: .after(.seconds(30)))
                    let link = "/proc/\(process)/fd/\(added.descriptor)"
                    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
                }
            }
            try await group.waitForAll()
        }
        await monitor.close()
    }

    @Test(
        "After quit, commands that were under way end with QEMU and not with a protocol error",
        arguments: TemporaryQEMU.builds)
    func quitWithCompany(build: TemporaryQEMU.Build) async throws {
        let qemu = try TemporaryQEMU(build)
        _ = try qemu.connect().close()
        let monitor = try await Monitor.connect(to: qemu.address, deadline: soon())
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await monitor.execute(Quit(), deadline: .after(.seconds(30))) }
            for _ in 0..<7 {
                group.addTask {
                    do {
                        try await monitor.execute(QueryName(), deadline: .after(.seconds(30)))
                    } catch let error as VMError {
                        #expect(error.code == .connection)
                    } catch {
                        Issue.record(error)
                    }
                }
            }
        }
        for await _ in monitor.events() {}
        #expect(monitor.closeReason?.isExpected == true)
        #expect(monitor.closeReason?.shutdownReason == "host-qmp-quit")
    }

    @Test("A signal that QEMU handles is announced, one that kills it is not", arguments: TemporaryQEMU.builds)
    func signals(build: TemporaryQEMU.Build) throws {
        for (signal, reason) in [(SIGTERM, "host-signal"), (SIGKILL, nil)] {
            let qemu = try TemporaryQEMU(build)
            let monitor = try qemu.connect()
            qemu.signal(signal)
            while try monitor.nextEvent(deadline: soon()) != nil {}
            #expect(monitor.closeReason?.shutdownReason == reason)
            #expect(monitor.closeReason?.isExpected == (reason != nil))
        }
    }

    @Test("A disk error is reported as an event", arguments: TemporaryQEMU.builds)
    func diskError(build: TemporaryQEMU.Build) throws {
        // The firmware reads the boot sector, and blkdebug fails it.
        let disk: JSONValue = [
            "driver": "raw", "node-name": "disk",
            "file": [
                "driver": "blkdebug", "image": ["driver": "null-co", "size": 1_048_576],
                "inject-error": [["event": "read_aio", "errno": 5]],
            ],
        ]
        let qemu = try TemporaryQEMU(
            build,
            arguments: [
                "-machine", "pc,accel=tcg", "-m", "32", "-S", "-blockdev", disk.description, "-device",
                "ide-hd,drive=disk,id=disk0,rerror=report",
            ])
        let monitor = try qemu.connect()
        try monitor.execute(Cont(), deadline: soon())
        let event = try monitor.waitForEvent("BLOCK_IO_ERROR", deadline: soon())
        let error = try #require(event.as(BlockIOErrorEvent.self))
        #expect(error.operation == "read" && error.action == "report" && error.nodeName == "disk")
        #expect(error.reason == "Input/output error")
    }

    @Test("Sockets whose path exceeds what an address holds")
    func longPath() throws {
        let folder = "/tmp/vmctl-long-\(UInt32.random(in: 0 ... .max))/" + String(repeating: "d", count: 150)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: (folder as NSString).deletingLastPathComponent) }
        let fake = try FakeQEMU(FakeStep.opening + [.serve { _, _ in .value(1) }], at: .unix(path: folder + "/qmp"))
        let monitor = try BlockingMonitor(connectingTo: fake.address, deadline: soon())
        #expect(try monitor.execute("x", deadline: soon()) == 1)
        monitor.close()
        #expect(fake.finish() == [])
    }
}
