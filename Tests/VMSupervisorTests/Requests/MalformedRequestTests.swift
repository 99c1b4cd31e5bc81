import MonitorJSON
import TestBench
import Testing
import VMCore
import VMJSON
import VMManager

/// Every request is answered, whatever is wrong with it.
@Suite(.enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"), .timeLimit(.minutes(40)))
struct MalformedRequestTests {
    /// All requests that need something said with them.
    private static let demanding = [
        "save", "dump", "edit", "agent", "screenshot", "send-keys", "resize-block", "set-write-threshold",
        "add-display-client", "peek-memory", "measure-dirty-rate", "set-migration-limits", "set-agent-patience",
        "announce", "levitate", "",
    ]

    private static let odd: [JSONObject] = [
        [:], ["timeout": "soon"], ["timeout": -1], ["timeout": .double(1e300)], ["id": 5, "path": []],
        ["id": "1", "path": "relative"], ["id": "", "path": "/", "xml": 3], ["kind": "attach"],
        ["kind": "attach", "xml": "<disk"], ["kind": []], ["disk": [:], "bytes": -1],
        ["bytes": .double(1e300), "disk": "vda"],
        ["screen": "first"], ["keys": []], ["keys": .array(Array(repeating: 1, count: 10_000))],
        ["address": -1, "count": .integer(.max)], ["seconds": .integer(.min)], ["descriptors": .integer(.max)],
        ["patience": []], ["command": 7], ["index": .integer(.max)],
    ]

    @Test("with members missing, or of any shape, each is answered")
    func members() throws {
        let bench = try Bench()
        try bench.define("asked")
        try bench.manager.start("asked")
        let session = try BlockingMonitorFor(try bench.runtime("asked").monitor)
        defer { session.monitor.close() }
        for name in Self.demanding {
            for members in Self.odd {
                let answer = try session.monitor.attempt(
                    "x-vmctl-" + name, members, deadline: .after(.seconds(20)))
                let value = (try? answer.get()) ?? [:]
                let isAnswered = value["ok"] != nil || value["failure"]?["message"]?.string?.isEmpty == false
                if case .success = answer { #expect(isAnswered, "\(name) \(members): \(value)") }
                // What can't be carried out without being told what isn't.
                if members.isEmpty, name == "save" || name == "dump" || name == "edit" {
                    #expect(value["failure"]?["code"]?.string == "invalid-argument", "\(name): \(value)")
                }
            }
        }
        #expect(try bench.manager.status("asked").state == .running)
        #expect(try bench.manager.suspend("asked").state == .paused)
    }

    @Test("one that names descriptors which didn't come with it is answered, and so is the next")
    func descriptors() throws {
        let bench = try Bench()
        try bench.define("empty-handed")
        try bench.manager.start("empty-handed")
        let session = try BlockingMonitorFor(try bench.runtime("empty-handed").monitor)
        defer { session.monitor.close() }
        for name in ["edit", "save", "suspend", "status"] {
            let answer = try session.run("x-vmctl-" + name, ["descriptors": 3, "timeout": 5000])
            #expect(answer["failure"]?["message"]?.string?.isEmpty == false, "\(name): \(answer)")
        }
        #expect(try session.run("x-vmctl-status")["ok"]?["state"]?.string == "running")
    }
}
