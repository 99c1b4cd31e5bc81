import Glibc
import MonitorJSON
import Testing
import VMCore
import VMJSON
import VMTestSupport

/// How QEMU's monitors behave towards a client, as far as this client relies on it: negotiation, malformed commands,
/// out-of-band execution, the time before a machine exists.
@Suite(
    "The protocol on real QEMU", .enabled(if: TemporaryQEMU.isThere, "needs qemu-system-x86_64"),
    .timeLimit(.minutes(40)))
struct ProtocolTests {
    private func soon() -> Deadline { .after(.seconds(30)) }

    private func refusal(_ result: Result<JSONValue, QMPError>) -> QMPError? {
        if case .failure(let error) = result { error } else { nil }
    }

    @Test("The greeting has the version and the capabilities", arguments: TemporaryQEMU.builds)
    func greeting(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        let monitor = try qemu.connect()
        let greeting = try #require(monitor.greeting)
        #expect(greeting.version.major >= 7 && greeting.offersOutOfBand)
        #expect(try monitor.execute("query-version", deadline: soon())["qemu"]?["major"]?.int == greeting.version.major)
        #expect(qemu.isRunning)
    }

    @Test("Negotiation is over once and for all, and before it nothing is taken", arguments: TemporaryQEMU.builds)
    func negotiation(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        let monitor = try qemu.connect()
        let again = refusal(try monitor.attempt("qmp_capabilities", deadline: soon()))
        #expect(again?.errorClass == .commandNotFound)
        monitor.close()
        // What this client never does, by hand: the answers have ids all the same.
        let lines = try converse(
            qemu.socketPath,
            [
                #"{"execute":"query-version","id":1}"#,
                #"{"execute":"qmp_capabilities","arguments":{"enable":["nonsense"]},"id":2}"#,
                #"{"execute":"qmp_capabilities","arguments":{"enable":"oob"},"id":3}"#,
                #"{"execute":"qmp_capabilities","arguments":{"enable":["oob"]},"id":4}"#,
                #"{"execute":"query-name","id":5}"#,
            ])
        #expect(lines.map { $0["id"]?.int } == [nil, 1, 2, 3, 4, 5])
        #expect(lines[1]["error"]?["class"] == "CommandNotFound")
        #expect(lines[2]["error"] != nil && lines[3]["error"] != nil)
        #expect(lines[4]["return"] != nil && lines[5]["return"] != nil)
    }

    /// Writes lines to a monitor and reads one more message than that: the greeting.
    private func converse(_ path: String, _ lines: [String]) throws -> [JSONValue] {
        let socket = try Socket.connect(to: .unix(path: path), deadline: soon())
        Socket.setBlocking(socket.raw)
        var found: [JSONValue] = []
        var held: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 4096)
        for line in [""] + lines {
            _ = line.utf8.withContiguousStorageIfAvailable { write(socket.raw, $0.baseAddress, $0.count) }
            while !held.contains(0x0a) {
                let count = read(socket.raw, &room, room.count)
                guard count > 0 else { return found }
                held += room[..<count]
            }
            let end = held.firstIndex(of: 0x0a) ?? 0
            found.append(try JSONParser.parse(Array(held[..<end])))
            held.removeFirst(end + 1)
        }
        return found
    }

    @Test("What is malformed is refused, each for itself, and the session goes on", arguments: TemporaryQEMU.builds)
    func malformed(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        let monitor = try qemu.connect()
        for (command, arguments): (String, JSONObject) in [
            ("query-name", ["nothing": 1]), ("human-monitor-command", [:]),
            ("human-monitor-command", ["command-line": 1]),
            ("getfd", ["fdname": nil]), ("query-name", ["a": ["b": ["c": []]]]), ("object-add", ["id": "x"]),
            ("object-add", ["qom-type": "iothread", "id": "x", "poll-max-ns": 1.5]),
            ("object-add", ["qom-type": "iothread", "id": "x", "poll-max-ns": "1"]),
        ] {
            let error = refusal(try monitor.attempt(command, arguments, deadline: soon()))
            #expect(error?.errorClass == .generic, "\(command) \(arguments)")
        }
        let unknown = refusal(try monitor.attempt("query-nothing", deadline: soon()))
        #expect(unknown?.errorClass == .commandNotFound)
        let error = #expect(throws: VMError.self) { try monitor.execute("query-nothing", deadline: self.soon()) }
        #expect(error?.code == .unsupported)
        #expect(try monitor.execute("query-name", deadline: soon()) == [:])
        #expect(monitor.lastNoise == nil)
    }

    @Test("Broken text is answered without an id, and the next command is taken", arguments: TemporaryQEMU.builds)
    func broken(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        try qemu.waitUntilReady()
        for text in ["{\"execute\":]", "{\"execute\":\"\\x\"}", "\u{1}", "{'a':1,'a':2}", "{\"execute\":\"\u{7f}", "]"]
        {
            // The byte 0xff ends whatever was begun; the question after it is answered in any case.
            let socket = try Socket.connect(to: .unix(path: qemu.socketPath), deadline: soon())
            Socket.setBlocking(socket.raw)
            let bytes =
                Array("{\"execute\":\"qmp_capabilities\"}".utf8) + Array(text.utf8) + [0xff]
                + Array("{\"execute\":\"query-name\",\"id\":\"last\"}".utf8)
            #expect(write(socket.raw, bytes, bytes.count) == bytes.count)
            shutdown(socket.raw, Int32(SHUT_WR))
            var all: [UInt8] = []
            var room = [UInt8](repeating: 0, count: 4096)
            while case let count = read(socket.raw, &room, room.count), count > 0 { all += room[..<count] }
            let messages = try all.split(separator: 0x0a).map { try JSONParser.parse(Array($0)) }
            #expect(messages.last == ["return": [:], "id": "last"], "\(text)")
            #expect(messages.contains { $0["error"] != nil && $0["id"] == nil }, "\(text)")
        }
    }

    @Test("Only some commands run out of band, and only where that is enabled", arguments: TemporaryQEMU.builds)
    func outOfBand(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        let plain = try qemu.connect()
        let error = #expect(throws: VMError.self) {
            try plain.attempt("query-yank", outOfBand: true, deadline: self.soon())
        }
        #expect(error?.code == .unsupported)
        let schema = try plain.execute(QuerySchema(), deadline: soon())
        let allowed = schema.commands.values.filter(\.allowsOutOfBand).map(\.name).sorted()
        #expect(allowed.contains("query-yank") && allowed.contains("migrate-recover"))
        plain.close()
        let monitor = try qemu.connect(configuration: .init(enablesOutOfBand: true))
        let refused = refusal(try monitor.attempt("query-name", outOfBand: true, deadline: soon()))
        #expect(refused?.errorClass == .generic)
        #expect(try monitor.execute("query-yank", outOfBand: true, deadline: soon()).array != nil)
    }

    @Test("Before the machine is made few commands are taken; afterwards all are", arguments: TemporaryQEMU.builds)
    func preconfig(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build, arguments: ["-M", "none", "-preconfig"])
        let monitor = try qemu.connect()
        #expect(try monitor.execute(QueryVersion(), deadline: soon()).major >= 7)
        let early = refusal(try monitor.attempt("query-cpus-fast", deadline: soon()))
        #expect(early?.errorClass == .generic)
        // That word is for this time alone.
        let state = try monitor.execute("query-status", deadline: soon())["status"]?.string
        #expect(state == "prelaunch" || state == "preconfig")
        try monitor.execute("x-exit-preconfig", deadline: soon())
        #expect(try monitor.execute("query-cpus-fast", deadline: soon()) == [])
        let late = refusal(try monitor.attempt("x-exit-preconfig", deadline: soon()))
        #expect(late?.errorClass == .generic)
        #expect(try monitor.execute(QueryStatus(), deadline: soon()).isRunning)
    }
}
