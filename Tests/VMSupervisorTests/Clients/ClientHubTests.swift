import Foundation
import MonitorJSON
import TestBench
import Testing
import VMCore
import VMJSON
import VMManager

@testable import VMSupervisor

/// Many clients on one machine's socket, each speaking plain QMP.
@Suite(.enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64")) struct ClientHubTests {
    private func running(_ name: String) throws -> (bench: Bench, socket: String) {
        let bench = try Bench()
        try bench.define(name)
        try bench.manager.start(name)
        return (bench, try bench.runtime(name).monitor)
    }

    private func connect(_ path: String) throws -> FileDescriptor {
        try Socket.connect(to: .unix(path: path), deadline: .after(.seconds(5)))
    }

    private func readLine(_ socket: borrowing FileDescriptor, _ rest: inout [UInt8]) -> String? {
        let deadline = Deadline.after(.seconds(10))
        while true {
            if let end = rest.firstIndex(of: 0x0a) {
                let line = String(decoding: rest[..<end], as: UTF8.self)
                rest.removeSubrange(...end)
                return line.trimmingCharacters(in: .whitespacesAndNewlines)
            }
            guard Poll.isReadable(socket.raw, by: deadline) else { return nil }
            var room = [UInt8](repeating: 0, count: 65536)
            let count = recv(socket.raw, &room, room.count, 0)
            if count <= 0 { return nil }
            rest += room[..<count]
        }
    }

    private func write(_ text: String, to socket: borrowing FileDescriptor) {
        _ = text.withCString { send(socket.raw, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
    }

    @Test("many clients at once keep their own ids")
    func manyClients() throws {
        let (bench, path) = try running("shared")
        let clients = try (0..<20).map { _ in try BlockingMonitorFor(path) }
        for client in clients { #expect(client.monitor.greeting?.version.major ?? 0 > 0) }
        for _ in 0..<5 {
            for client in clients { #expect(try client.run("query-status")["running"]?.bool == true) }
        }
        try bench.manager.destroy("shared")
    }

    @Test("events go to all clients that have negotiated")
    func events() throws {
        let (bench, path) = try running("noisy")
        let clients = try (0..<3).map { _ in try BlockingMonitorFor(path) }
        try bench.manager.suspend("noisy")
        for client in clients {
            #expect(try client.monitor.waitForEvent("STOP", deadline: .after(.seconds(10))).name == "STOP")
        }
    }

    @Test("any id comes back as it was sent, and QEMU's dialect is taken")
    func ids() throws {
        let (bench, path) = try running("odd")
        let socket = try connect(path)
        var rest: [UInt8] = []
        #expect(readLine(socket, &rest)?.contains("\"QMP\"") == true)
        write("{'execute':'query-status','id':0}", to: socket)
        #expect(readLine(socket, &rest)?.contains("CommandNotFound") == true)
        write(
            "{'execute':'qmp_capabilities'}\n{'execute': 'query-name', 'id': {'a': [1, 2.5, 18446744073709551615]}}",
            to: socket)
        #expect(readLine(socket, &rest) == "{\"return\":{}}")
        #expect(
            readLine(socket, &rest)
                == "{\"return\": {\"name\": \"odd\"}, \"id\": {\"a\":[1,2.5,18446744073709551615]}}")
        write("{\"execute\": \"nonsense\", \"id\": null}", to: socket)
        #expect(readLine(socket, &rest)?.contains("\"id\": null") == true)
        write("{\"execute\": 5, \"id\": 1} [] {\"execute\": \"query-name\", \"id\": 2}", to: socket)
        #expect(readLine(socket, &rest)?.contains("must be a string") == true)
        #expect(readLine(socket, &rest)?.contains("must be a JSON object") == true)
        #expect(readLine(socket, &rest)?.contains("\"id\": 2") == true)
        write("}{\"execute\" oops}{\"execute\": \"query-name\", \"id\": 3}", to: socket)
        var last = ""
        while !last.contains("\"id\": 3") { last = try #require(readLine(socket, &rest)) }
        withExtendedLifetime(bench) {}
    }

    @Test("a client that says no more still gets its answers, huge ones too")
    func halfClosed() throws {
        let (bench, path) = try running("half")
        let socket = try connect(path)
        var rest: [UInt8] = []
        _ = readLine(socket, &rest)
        let many = String(repeating: "{\"execute\":\"query-name\"}", count: 100)
        write("{\"execute\":\"qmp_capabilities\"}\(many){\"execute\":\"query-qmp-schema\",\"id\":\"s\"}", to: socket)
        Socket.finishSending(socket.raw)
        for _ in 0..<101 { #expect(readLine(socket, &rest) != nil) }
        let schema = try #require(readLine(socket, &rest))
        #expect(schema.utf8.count > 100_000)
        #expect(schema.hasSuffix("\"id\": \"s\"}"))
        #expect(readLine(socket, &rest) == nil)
        withExtendedLifetime(bench) {}
    }

    @Test("a client that never reads is dropped, and holds nobody up")
    func slowReader() throws {
        let (bench, path) = try running("slow")
        let lazy = try connect(path)
        write("{\"execute\":\"qmp_capabilities\"}", to: lazy)
        let asking = String(repeating: "{\"execute\":\"query-qmp-schema\"}", count: 64)
        write(asking, to: lazy)
        let quick = try BlockingMonitorFor(path)
        for _ in 0..<50 { #expect(try quick.run("query-name")["name"]?.string == "slow") }
        try eventually("the lazy client is dropped") {
            (try? Files.read(bench.manager.logPath(of: "slow"))).map { String(decoding: $0, as: UTF8.self) }?
                .contains("dropped client") == true
        }
        #expect(try quick.run("query-status")["running"]?.bool == true)
        withExtendedLifetime(lazy.raw) {}
    }

    @Test("a client with many slow commands is served no sooner than the others")
    func slowCommands() throws {
        let (bench, path) = try running("busy")
        let other = try BlockingMonitorFor(path)
        let greedy = try connect(path)
        var rest: [UInt8] = []
        write("{\"execute\":\"qmp_capabilities\"}", to: greedy)
        for _ in 0..<2 { #expect(readLine(greedy, &rest) != nil) }
        // Each takes a good part of a second: QEMU asks byte by byte for memory that isn't there.
        let slow = #"{"execute":"pmemsave","arguments":{"val":0,"size":16777216,"filename":"/dev/null"}}"#
        write(String(repeating: slow, count: 15) + #"{"execute":"stop"}"#, to: greedy)
        #expect(try other.run("query-status")["running"]?.bool == true)
        withExtendedLifetime(bench) {}
    }

    @Test("what a client sent before it hung up is carried out, in its order")
    func lastWords() throws {
        let (bench, path) = try running("left")
        let socket = try connect(path)
        var rest: [UInt8] = []
        #expect(readLine(socket, &rest)?.contains("\"QMP\"") == true)
        let short = #"{"execute":"pmemsave","arguments":{"val":0,"size":65536,"filename":"/dev/null"}}"#
        let commands = String(repeating: short, count: 8) + #"{"execute":"stop"}"#
        write(#"{"execute":"qmp_capabilities"}"# + commands, to: socket)
        _ = consume socket
        let other = try BlockingMonitorFor(path)
        try eventually("the machine is stopped") { try other.run("query-status")["running"]?.bool == false }
        withExtendedLifetime(bench) {}
    }

    @Test("socat is a client like any other", .enabled(if: access("/usr/bin/socat", X_OK) == 0, "needs socat"))
    func socat() throws {
        let (bench, path) = try running("plain")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/socat")
        process.arguments = ["-t5", "-", "UNIX-CONNECT:\(path)"]
        let input = Foundation.Pipe()
        let output = Foundation.Pipe()
        process.standardInput = input
        process.standardOutput = output
        ignoreBrokenPipes()
        try process.run()
        try input.fileHandleForWriting.write(
            contentsOf: Data("{\"execute\":\"qmp_capabilities\"}{\"execute\":\"query-name\"}\n".utf8))
        try input.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(text.contains("\"name\": \"plain\""))
        withExtendedLifetime(bench) {}
    }

    @Test("a descriptor reaches QEMU with the command that takes it")
    func descriptors() throws {
        let (bench, path) = try running("handing")
        let session = try BlockingMonitorFor(path)
        let file = try FileDescriptor.open("/dev/null", flags: O_RDONLY)
        try session.monitor.execute(
            "getfd", ["fdname": "null"], descriptors: [file.raw], deadline: .after(.seconds(10)))
        try session.run("closefd", ["fdname": "null"])
        #expect(throws: VMError.self) { try session.run("closefd", ["fdname": "null"]) }
        withExtendedLifetime(bench) {}
    }

    @Test("a descriptor that comes with add-fd or getfd reaches QEMU")
    func descriptorsOfBothCommands() throws {
        let (bench, path) = try running("fds")
        let client = try BlockingMonitorFor(path)
        let null = try FileDescriptor.open("/dev/null", flags: O_RDONLY)
        let deadline = Deadline.after(.seconds(10))
        let added = try client.monitor.execute(
            "add-fd", ["fdset-id": 7, "opaque": "mine"], descriptors: [null.raw], deadline: deadline)
        #expect(added["fdset-id"]?.int == 7)
        let sets = try client.run("query-fdsets").array ?? []
        #expect(sets.first { $0["fdset-id"]?.int == 7 }?["fds"]?[0]?["opaque"]?.string == "mine")
        try client.monitor.execute("getfd", ["fdname": "named"], descriptors: [null.raw], deadline: deadline)
        try client.run("closefd", ["fdname": "named"])
        try bench.manager.destroy("fds")
    }

    @Test("a client that hasn't negotiated hears no events")
    func earlyEvents() throws {
        let (bench, path) = try running("early")
        let socket = try connect(path)
        var rest: [UInt8] = []
        #expect(readLine(socket, &rest)?.contains("\"QMP\"") == true)
        try bench.manager.suspend("early")
        write("{'execute':'qmp_capabilities','id':1}", to: socket)
        // The answer is the first that comes behind the greeting.
        #expect(readLine(socket, &rest) == "{\"return\":{},\"id\":1}")
        try bench.manager.resume("early")
        #expect(readLine(socket, &rest)?.contains("RESUME") == true)
        _ = bench
    }

    @Test("a client's command stops the machine in either language, also by its short name")
    func stops() {
        for line in ["stop", "s", " s ", " stop"] {
            #expect(HubClient.stops("human-monitor-command", ["command-line": .string(line)]), "\(line)")
        }
        for line in ["", "st", "system_reset", "info status", "c"] {
            #expect(!HubClient.stops("human-monitor-command", ["command-line": .string(line)]), "\(line)")
        }
        #expect(HubClient.stops("stop", [:]) && !HubClient.stops("cont", [:]))
        #expect(!HubClient.stops("human-monitor-command", [:]))
    }
}
