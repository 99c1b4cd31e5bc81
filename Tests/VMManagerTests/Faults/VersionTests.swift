import Foundation
import MonitorJSON
import SupervisorProtocol
import TestBench
import Testing
import VMCore
import VMJSON
import VMTestSupport

@testable import VMManager

/// Clients and supervisors of different versions: what both know works, and the rest is said clearly.
@Suite("Versions that meet", .timeLimit(.minutes(40)))
struct VersionTests {
    @Test("an older supervisor does what it knows, and the rest is refused by name")
    func olderSupervisor() throws {
        let scripted = try ScriptedSupervisor(try Bench(), protocolVersion: nil)
        defer { scripted.remove() }
        var paused = scripted.state
        paused.state = .paused
        let reply = JSONValue.object(["ok": .object(paused.json)])
        let fakes = try scripted.supervisor(clients: 2) { command, _ in
            if command == "x-vmctl-suspend" { return reply }
            // What version 1 says to all that it doesn't know.
            return ["failure": ["code": "unsupported", "message": "the supervisor has no command of that name"]]
        }
        let manager = scripted.bench.manager
        #expect(try manager.suspend("scripted").state == .paused)
        let error = #expect(throws: VMError.self) {
            try manager.apply(.setLink(interface: "vnet0", isUp: false), to: "scripted", scope: .live)
        }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("older version") == true && error?.message.contains("'edit'") == true)
        #expect(fakes.flatMap { $0.finish() } == [])
    }

    @Test("a newer supervisor's states, reasons and members are kept and shown, and its answers are read")
    func newerSupervisor() throws {
        let scripted = try ScriptedSupervisor(try Bench(), protocolVersion: 99)
        defer { scripted.remove() }
        var json = scripted.state.json
        json["state"] = "hibernating"
        json["reason"] = "of-tomorrow"
        json["dreams"] = ["of": "sheep"]
        try scripted.publish(json)
        let manager = scripted.bench.manager
        let seen = try manager.status("scripted")
        #expect(seen.state.rawValue == "hibernating" && seen.reason.rawValue == "of-tomorrow")
        #expect(seen.json["dreams"] == ["of": "sheep"])
        #expect(try manager.list(.all).map(\.state.rawValue) == ["hibernating"])
        #expect(try manager.mend("scripted").state.rawValue == "hibernating")
        // Nobody has written it anew.
        let file = try JSONParser.parse(Files.read(scripted.machine.runtime.state))
        #expect(file == .object(json))

        try scripted.publish(scripted.state.json)
        var answered = scripted.state.json
        answered["state"] = "paused"
        answered["dreams"] = true
        let reply = JSONValue.object(["ok": .object(answered), "mood": "good"])
        let fakes = try scripted.supervisor(clients: 2) { command, _ in
            command == "x-vmctl-suspend" ? reply : ["ok": ["telepathy": "yes"]]
        }
        #expect(try manager.suspend("scripted").state == .paused)
        // An answer of a kind that isn't known says so.
        let error = #expect(throws: VMError.self) { try manager.reset("scripted") }
        #expect(error?.cause?.code == .protocolViolation || error?.code == .protocolViolation)
        #expect(fakes.flatMap { $0.finish() } == [])
    }

    @Test(
        "an older client's requests are carried out; what can't be is refused with its name",
        .enabled(if: Bench.hasQEMU))
    func olderClient() throws {
        let bench = try Bench()
        try bench.define("real")
        try bench.manager.start("real")
        let session = try BlockingMonitorFor(try bench.runtime("real").monitor)
        func ask(_ command: String, _ arguments: JSONObject = [:]) throws -> JSONValue {
            try session.run("x-vmctl-" + command, arguments)
        }
        // Version 1 sent no count of descriptors, no number of a change, and no time for what needs none.
        #expect(try ask("status")["ok"]?["state"]?.string == "running")
        #expect(try ask("suspend", ["timeout": 5000])["ok"]?["state"]?.string == "paused")
        #expect(try ask("resume", ["timeout": 5000, "former": true])["ok"]?["state"]?.string == "running")
        let unknown = try ask("plug", ["xml": "<disk/>", "timeout": 5000])
        #expect(unknown["failure"]?["code"]?.string == "unsupported")
        #expect(unknown["failure"]?["message"]?.string?.contains("'plug'") == true)
        for arguments: JSONObject in [["kind": "of tomorrow"], [:], ["kind": 5], ["kind": "link"]] {
            let odd = try ask("edit", arguments)
            #expect(["unsupported", "invalid-argument"].contains(odd["failure"]?["code"]?.string), "\(odd)")
        }
        #expect(try ask("destroy", ["graceful": false])["ok"]?["reason"]?.string == "destroyed")
        session.monitor.close()
    }
}
