import MonitorJSON
import Testing
import VMCore
import VMJSON

/// A session with everything that came out of it, as short text.
private struct Bench {
    var session: MonitorSession
    private(set) var log: [String] = []
    private var names: [MonitorSession.Ticket: String] = [:]

    init(_ configuration: MonitorSession.Configuration = .init(), ready: Bool = true) {
        session = MonitorSession(configuration)
        guard ready else { return }
        receive(Self.greeting)
        receive("{\"return\": {}, \"id\": 0}\r\n")
        _ = sent()
        log = []
    }

    static let greeting =
        #"{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": "Debian"}, "capabilities": ["oob"]}}"#
        + "\r\n"

    mutating func receive(_ text: String) { receive(bytes: Array(text.utf8)) }

    mutating func receive(bytes: [UInt8]) {
        session.receive(bytes.span)
        drain()
    }

    mutating func drain() {
        while let action = session.nextAction() {
            switch action {
            case .ready(let greeting): log.append("ready \(greeting?.version.description ?? "-")")
            case .reply(let ticket, .value(let value)): log.append("\(names[ticket] ?? "?") = \(value)")
            case .reply(let ticket, .refused(let error)): log.append("\(names[ticket] ?? "?") ! \(error.errorClass)")
            case .reply(let ticket, .failed(let error)): log.append("\(names[ticket] ?? "?") ~ \(error.code)")
            case .event(let event): log.append("event \(event.name)")
            case .noise: log.append("noise")
            case .ended(let reason): log.append("ended \(reason.stage.rawValue)")
            }
        }
    }

    @discardableResult
    mutating func submit(
        _ name: String, _ arguments: JSONObject = [:], descriptors: [Int32] = [], outOfBand: Bool = false
    ) -> MonitorSession.Ticket {
        let ticket = session.submit(name, arguments, descriptors: descriptors, outOfBand: outOfBand)
        names[ticket] = name
        drain()
        return ticket
    }

    mutating func end(_ cause: CloseReason.Cause) {
        session.end(cause)
        drain()
    }

    mutating func sent() -> String {
        var text = ""
        while let output = session.nextOutput() {
            if !output.descriptors.isEmpty { text += "<\(output.descriptors.count) fds>" }
            text += String(decoding: output.bytes, as: UTF8.self)
        }
        return text
    }
}

@Suite("The protocol, line by line")
struct MonitorSessionTests {
    @Test("Nothing is sent before the greeting; then negotiation, then what waited")
    func opening() {
        var bench = Bench(ready: false)
        bench.submit("query-status")
        #expect(bench.sent() == "")
        bench.receive(Bench.greeting)
        #expect(bench.sent() == #"{"execute":"qmp_capabilities","id":0}"#)
        bench.receive("{\"return\": {}, \"id\": 0}\r\n")
        #expect(bench.sent() == #"{"execute":"query-status","id":1}"#)
        #expect(bench.log == ["ready 7.2.22"])
        #expect(bench.session.greeting?.version.package == "Debian")
    }

    @Test("Out of band is enabled when asked for and offered")
    func negotiatesOutOfBand() {
        var bench = Bench(.init(enablesOutOfBand: true), ready: false)
        bench.receive(Bench.greeting)
        #expect(bench.sent() == #"{"execute":"qmp_capabilities","arguments":{"enable":["oob"]},"id":0}"#)
        #expect(bench.session.hasOutOfBand)
        var plain = Bench(.init(enablesOutOfBand: true), ready: false)
        plain.receive(
            #"{"QMP": {"version": {"qemu": {"micro":0,"minor":1,"major":2}, "package": ""}, "capabilities": []}}"#
                + "\n")
        #expect(plain.sent() == #"{"execute":"qmp_capabilities","id":0}"#)
        #expect(!plain.session.hasOutOfBand)
    }

    @Test("An event may come before the greeting and during negotiation")
    func earlyEvents() {
        var bench = Bench(ready: false)
        bench.receive("{\"event\": \"A\", \"timestamp\": {\"seconds\": -1, \"microseconds\": -1}}\r\n" + Bench.greeting)
        bench.receive("{\"event\": \"B\"}\r\n{\"return\": {}, \"id\": 0}\r\n")
        #expect(bench.log == ["event A", "event B", "ready 7.2.22"])
    }

    @Test(
        "A peer that greets otherwise is given up",
        arguments: [
            "SSH-2.0-OpenSSH_9.2\r\n", "QEMU 7.2.22 monitor - type 'help'\r\n", "{\"QMP\": 1}\r\n", "42\r\n",
        ])
    func wrongGreeting(text: String) {
        var bench = Bench(ready: false)
        bench.submit("x")
        bench.receive(text)
        if text.hasPrefix("42") {
            #expect(bench.log == ["noise"])
        } else {
            #expect(bench.log == ["x ~ protocol", "ended greeting"])
        }
    }

    @Test("What was meant for the client before, whole or its tail, is neither greeting nor negotiation")
    func leftovers() {
        var bench = Bench(ready: false)
        bench.submit("x")
        bench.receive("rest\"}]}\r\n{\"return\": 1, \"id\": 1}\r\n{\"error\": {\"class\": \"C\"}}\r\n" + Bench.greeting)
        bench.receive("{\"return\": 2, \"id\": 2}\r\n{\"error\": {\"class\": \"C\"}, \"id\": \"libvirt-9\"}\r\n")
        #expect(bench.log == ["noise", "noise", "noise", "noise", "noise"])
        bench.receive("{\"return\": {}, \"id\": 0}\r\n{\"return\": 3, \"id\": 1}\r\n")
        #expect(bench.log.dropFirst(5) == ["ready 7.2.22", "x = 3"])
    }

    @Test("A refused negotiation ends the session")
    func refusedNegotiation() {
        var bench = Bench(ready: false)
        bench.receive(Bench.greeting)
        bench.receive(#"{"id": 0, "error": {"class": "GenericError", "desc": "no"}}"# + "\n")
        #expect(bench.log == ["ended negotiation"])
    }

    @Test("Replies find their commands by id, events come between")
    func replies() {
        var bench = Bench()
        bench.submit("a")
        bench.submit("b", ["x": 1])
        #expect(bench.sent() == #"{"execute":"a","id":1}{"execute":"b","arguments":{"x":1},"id":2}"#)
        bench.receive("{\"event\": \"STOP\"}\r\n{\"return\": {\"v\": 9007199254740993}, \"id\": 1}\r\n")
        bench.receive("{\"id\": 2, \"error\": {\"class\": \"DeviceNotFound\", \"desc\": \"x\"}}\r\n")
        #expect(bench.log == ["event STOP", "a = {\"v\":9007199254740993}", "b ! DeviceNotFound"])
    }

    @Test("The whole conversation comes out the same however it is cut", arguments: [1, 2, 3, 5, 64])
    func cuts(size: Int) {
        var bench = Bench(ready: false)
        let text =
            Bench.greeting + "{\"return\": {}, \"id\": 0}\r\n{\"event\": \"RESUME\"}\r\n"
            + "{\r\n    \"return\": {\r\n    },\r\n    \"id\": 1\r\n}\r\n{\"return\": \"\\ud83d\\ude00\", \"id\": 2}\r\n"
        bench.submit("a")
        bench.submit("b")
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            bench.receive(bytes: Array(bytes[start..<min(start + size, bytes.count)]))
        }
        #expect(bench.log == ["ready 7.2.22", "event RESUME", "a = {}", "b = \"😀\""])
    }

    @Test("No more than eight commands are under way; the ninth goes when one is done")
    func window() {
        var bench = Bench()
        for number in 0..<10 { bench.submit("c\(number)") }
        #expect(bench.sent().hasSuffix(#"{"execute":"c7","id":8}"#))
        bench.receive("{\"return\": 1, \"id\": 1}\n")
        #expect(bench.sent() == #"{"execute":"c8","id":1}"#)
    }

    @Test("Out-of-band commands pass those that wait")
    func overtaking() {
        var bench = Bench(.init(enablesOutOfBand: true))
        for number in 0..<10 { bench.submit("c\(number)") }
        _ = bench.sent()
        bench.submit("query-yank", outOfBand: true)
        #expect(bench.sent() == #"{"exec-oob":"query-yank","id":9}"#)
        bench.receive("{\"return\": [], \"id\": 9}\n")
        #expect(bench.log == ["query-yank = []"])
        var plain = Bench()
        plain.submit("query-yank", outOfBand: true)
        #expect(plain.log == ["query-yank ~ unsupported"])
    }

    @Test("An abandoned command that was not sent never is; one that was sent keeps its id")
    func abandoning() {
        var bench = Bench(.init(inFlightLimit: 1))
        let first = bench.submit("a")
        let second = bench.submit("b")
        bench.submit("c")
        bench.session.abandon(second)
        bench.session.abandon(first)
        #expect(bench.sent() == #"{"execute":"a","id":1}"#)
        bench.receive("{\"return\": 1, \"id\": 1}\n")
        #expect(bench.sent() == #"{"execute":"c","id":1}"#)
        bench.receive("{\"return\": 2, \"id\": 1}\n")
        #expect(bench.log == ["c = 2"])
    }

    @Test("A late answer goes to nobody, least of all to the next command")
    func lateAnswer() {
        var bench = Bench()
        let first = bench.submit("a")
        bench.session.abandon(first)
        bench.submit("b")
        #expect(bench.sent() == #"{"execute":"a","id":1}{"execute":"b","id":2}"#)
        bench.receive(
            "{\"return\": \"late\", \"id\": 1}\n{\"return\": \"b\", \"id\": 2}\n{\"return\": 1, \"id\": 77}\n")
        #expect(bench.log == ["b = \"b\"", "noise"])
    }

    @Test("An error without id belongs to the only command under way")
    func errorWithoutID() {
        var bench = Bench()
        bench.submit("a")
        bench.receive(#"{"error": {"class": "GenericError", "desc": "JSON parse error"}}"# + "\n")
        #expect(bench.log == ["noise", "a ! GenericError"])
    }

    @Test("With several under way an error without id fails all, and their late answers go to nobody")
    func errorWithoutIDAmongSeveral() {
        var bench = Bench()
        bench.submit("a")
        bench.submit("b")
        bench.receive(#"{"error": {"class": "GenericError", "desc": "JSON parse error"}}"# + "\n")
        #expect(bench.log == ["noise", "a ~ protocol", "b ~ protocol"])
        bench.submit("c")
        _ = bench.sent()
        bench.receive("{\"return\": 1, \"id\": 2}\n{\"return\": \"c\", \"id\": 3}\n")
        #expect(bench.log.dropFirst(3) == ["c = \"c\""])
    }

    @Test("Invalid JSON from QEMU costs the command it answers, nothing else")
    func invalidJSON() {
        var bench = Bench()
        bench.submit("a")
        bench.submit("b")
        bench.receive("{\"return\": {\"x\": inf}, \"id\": 1}\r\n{\"return\": 2, \"id\": 2}\r\n")
        bench.submit("c")
        bench.receive("{\"timestamp\": {\"seconds\": inf}, \"event\": \"X\"}\r\n{\"return\": 3, \"id\": 1}\r\n")
        #expect(bench.log == ["a ~ protocol", "b = 2", "noise", "c = 3"])
    }

    @Test("An answer beyond the limit is an error of its command")
    func tooLong() {
        var bench = Bench(.init(messageLimit: 200))
        bench.submit("a")
        let long = "{\"return\": \"" + String(repeating: "x", count: 300)
        bench.receive(long)
        bench.receive("\", \"id\": 1}\r\n")
        bench.submit("b")
        bench.receive("{\"return\": 1, \"id\": 1}\r\n")
        #expect(bench.log == ["noise", "a ~ protocol", "b = 1"])
    }

    @Test(
        "The end fails what waits, with its reason",
        arguments: [
            CloseReason.Cause.endOfStream, .broken(104), .local,
        ])
    func ends(cause: CloseReason.Cause) {
        var bench = Bench(.init(inFlightLimit: 1))
        bench.submit("sent")
        bench.submit("waiting")
        bench.end(cause)
        bench.submit("after")
        #expect(bench.log == ["sent ~ connection", "waiting ~ connection", "ended ready", "after ~ connection"])
    }

    @Test("After a SHUTDOWN event a reset is an orderly end")
    func shutdown() {
        var bench = Bench()
        bench.submit("quit")
        bench.receive(#"{"event": "SHUTDOWN", "data": {"guest": false, "reason": "host-qmp-quit"}}"# + "\n")
        bench.end(.broken(104))
        guard case .ended(let reason) = bench.session.phase else {
            Issue.record("not ended")
            return
        }
        #expect(reason.isExpected)
        #expect(reason.error.message == "QEMU has shut down (host-qmp-quit)")
    }

    @Test("A machine that was shut down and resumed has not shut down")
    func resumed() {
        var bench = Bench()
        bench.receive(
            "{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": \"guest-shutdown\"}}\n{\"event\": \"RESUME\"}\n")
        bench.end(.endOfStream)
        guard case .ended(let reason) = bench.session.phase else {
            Issue.record("not ended")
            return
        }
        #expect(!reason.isExpected)
    }

    @Test("An error of a class nobody knows keeps it; a second answer with the same id goes to nobody")
    func unknownClass() throws {
        var bench = Bench()
        bench.submit("x")
        let error = #"{"error": {"class": "DeviceEncrypted", "desc": "why"}, "id": 1}"# + "\r\n"
        bench.receive(error + error)
        #expect(bench.log == ["x ! DeviceEncrypted", "noise"])
        let kept = try #require(QMPError(["class": "Novel", "desc": "why"]))
        #expect(kept.error(of: "x").code == .monitor)
        #expect(kept.error(of: "x").message.contains("why (Novel)"))
    }

    @Test("Descriptors go with their own command, one such command at a time")
    func descriptors() {
        var bench = Bench()
        bench.submit("a")
        bench.submit("getfd", ["fdname": "x"], descriptors: [7])
        bench.submit("getfd", ["fdname": "y"], descriptors: [8])
        #expect(bench.session.hasOutput)
        #expect(
            bench.sent() == #"{"execute":"a","id":1}<1 fds>{"execute":"getfd","arguments":{"fdname":"x"},"id":2}"#)
        bench.receive("{\"return\": {}, \"id\": 1}\n")
        #expect(bench.sent() == "")
        bench.receive("{\"return\": {}, \"id\": 2}\n")
        #expect(bench.sent() == #"<1 fds>{"execute":"getfd","arguments":{"fdname":"y"},"id":1}"#)
    }

    @Test("What a command did not take is taken away before the next descriptor is sent", arguments: [false, true])
    func sweep(isAbandoned: Bool) {
        var bench = Bench()
        let ticket = bench.submit("getfd", ["fdname": "x"], descriptors: [7])
        if isAbandoned { bench.session.abandon(ticket) }
        bench.submit("getfd", ["fdname": "y"], descriptors: [8])
        _ = bench.sent()
        bench.receive(#"{"error": {"class": "GenericError"}, "id": 1}"# + "\n")
        #expect(
            bench.sent() == #"{"execute":"getfd","arguments":{"fdname":"vmctl-stray"},"id":1}"#
                + #"{"execute":"closefd","arguments":{"fdname":"vmctl-stray"},"id":2}"#)
        bench.receive("{\"return\": {}, \"id\": 1}\n{\"return\": {}, \"id\": 2}\n")
        #expect(bench.sent() == #"<1 fds>{"execute":"getfd","arguments":{"fdname":"y"},"id":1}"#)
        #expect(bench.log == (isAbandoned ? [] : ["getfd ! GenericError"]))
    }

    @Test("A command out of band whose answer may be lost keeps its place when a later one is answered")
    func lostOutOfBand() {
        var bench = Bench(.init(enablesOutOfBand: true), ready: false)
        bench.receive(Bench.greeting)
        bench.receive("{\"return\": {}, \"id\": 0}\r\n")
        _ = bench.sent()
        bench.submit("query-yank", outOfBand: true)
        bench.submit("query-name")
        #expect(bench.sent() == #"{"exec-oob":"query-yank","id":1}{"execute":"query-name","id":2}"#)
        bench.receive("garbage\n")
        bench.submit("query-status")
        #expect(bench.sent() == #"{"execute":"query-status","id":3}"#)
        bench.receive("{\"return\": 3, \"id\": 3}\n")
        // The one in band before it will get no answer and leaves its number; the one out of band may still get one.
        bench.submit("query-uuid")
        bench.submit("query-kvm")
        #expect(bench.sent() == #"{"execute":"query-uuid","id":2}{"execute":"query-kvm","id":3}"#)
        bench.receive("{\"return\": 1, \"id\": 1}\n")
        #expect(
            bench.log == [
                "ready 7.2.22", "noise", "query-yank ~ protocol", "query-name ~ protocol", "query-status = 3",
            ])
    }

    @Test("Ids stay small however long the session lasts")
    func smallIDs() {
        var bench = Bench()
        for _ in 0..<1000 {
            bench.submit("query-status")
            #expect(bench.sent() == #"{"execute":"query-status","id":1}"#)
            bench.receive("{\"return\": {}, \"id\": 1}\n")
        }
    }

    @Test("Commands that wait are bounded")
    func queueLimit() {
        var bench = Bench(.init(inFlightLimit: 1, queueLimit: 2))
        for name in ["a", "b", "c", "d"] { bench.submit(name) }
        #expect(bench.log == ["d ~ busy"])
    }
}

@Suite("The guest agent's dialect")
struct AgentSessionTests {
    @Test("What was left over is skipped up to the delimiter; commands go one by one without ids")
    func dialect() {
        var bench = Bench(.init(dialect: .agent(token: 4711)), ready: false)
        let first = bench.session.nextOutput()?.bytes
        #expect(first?.first == 0xff)
        #expect(
            first.map { String(decoding: $0.dropFirst(), as: UTF8.self) }
                == "{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":4711}}\n")
        bench.submit("guest-ping")
        bench.submit("guest-info")
        bench.receive("{\"return\": \"stale\"}\n{\"error\": {\"class\": \"GenericError\", \"desc\": \"x\"}}\n")
        #expect(bench.sent() == "")
        bench.receive(bytes: [0xff] + Array("{\"return\": 4711}\n".utf8))
        #expect(bench.sent() == "{\"execute\":\"guest-ping\"}\n")
        bench.receive("{\"return\": {}}\n")
        #expect(bench.sent() == "{\"execute\":\"guest-info\"}\n")
        bench.receive("{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"x\"}}\n")
        #expect(bench.log == ["ready -", "guest-ping = {}", "guest-info ! CommandNotFound"])
    }

    @Test("The answer to another client's synchronisation isn't this session's")
    func foreignToken() {
        var bench = Bench(.init(dialect: .agent(token: 4711)), ready: false)
        _ = bench.sent()
        bench.submit("guest-ping")
        bench.receive(bytes: [0xff] + Array("{\"return\": 4712}\n".utf8))
        bench.receive(bytes: [0xff] + Array("{\"error\": {\"class\": \"GenericError\"}}\n".utf8))
        #expect(bench.sent() == "" && bench.log == [])
        bench.receive(bytes: [0xff] + Array("{\"return\": 1}\n".utf8) + [0xff] + Array("{\"return\": 4711}\n".utf8))
        #expect(bench.sent() == "{\"execute\":\"guest-ping\"}\n")
        #expect(bench.log == ["ready -"])
    }
}
