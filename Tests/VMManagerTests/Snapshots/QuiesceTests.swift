import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMManager
import VMSnapshot

/// Snapshots for which a guest's file systems are brought to rest: by a scripted agent, which says what it was told.
@Suite("Snapshots and file systems at rest", .serialized, .needs(.qemu, .qemuImg), .timeLimit(.minutes(40)))
struct QuiesceTests {
    /// An agent in the guest's place, and what it was told so far.
    private final class Agent {
        private let process = Process()
        private let log: String

        init(_ path: String, log: String, refusing command: String = "") throws {
            self.log = log
            try FileManager.default.moveItem(atPath: path, toPath: path + ".qemu")
            process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
            process.arguments = ["-c", Self.script, path, log, command]
            try process.run()
            try eventually("the agent listens", within: .seconds(30)) { Files.exists(path) }
        }

        deinit {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }

        var told: [String] {
            ((try? String(contentsOfFile: log, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
                .filter { $0.hasPrefix("guest-fsfreeze") }
        }

        private static let script = """
            import json, socket, sys
            server = socket.socket(socket.AF_UNIX)
            server.bind(sys.argv[1])
            server.listen(5)
            while True:
                client, _ = server.accept()
                file = client.makefile("rwb")
                for line in file:
                    line = line.replace(b"\\xff", b"")
                    if not line.strip(): continue
                    call = json.loads(line)
                    name = call["execute"]
                    with open(sys.argv[2], "a") as log: log.write(name + "\\n")
                    if name == "guest-sync-delimited":
                        answer = b"\\xff" + json.dumps({"return": call["arguments"]["id"]}).encode()
                    elif name == "guest-sync": answer = json.dumps({"return": call["arguments"]["id"]}).encode()
                    elif name == sys.argv[3]:
                        answer = json.dumps({"error": {"class": "GenericError", "desc": "no room"}}).encode()
                    else: answer = json.dumps({"return": 2}).encode()
                    file.write(answer + b"\\n")
                    file.flush()
            """
    }

    private func machine(_ bench: SnapshotBench, failingAt point: String? = nil) throws -> String {
        let channel = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
        try bench.define("q", bench.disk(try bench.image("a.qcow2"), "vda") + channel)
        try (point.map(bench.live.failing) ?? bench.manager).start("q")
        let xml = try bench.manager.xml("q")
        let start = try #require(xml.range(of: "<source mode='bind' path='"))
        return String(xml[start.upperBound...].prefix { $0 != "'" })
    }

    @Test("they are frozen before and thawed after")
    func frozen() throws {
        let bench = try SnapshotBench()
        let agent = try Agent(machine(bench), log: bench.folder + "/told")
        try bench.snapshot("q", "one", [.diskOnly, .quiesce])
        #expect(agent.told == ["guest-fsfreeze-freeze", "guest-fsfreeze-thaw"])
        try bench.checkWhole("q")
    }

    @Test("a guest that refuses gets no snapshot, and is thawed")
    func refused() throws {
        let bench = try SnapshotBench()
        let agent = try Agent(machine(bench), log: bench.folder + "/told", refusing: "guest-fsfreeze-freeze")
        let error = #expect(throws: VMError.self) { try bench.snapshot("q", "one", [.diskOnly, .quiesce]) }
        #expect(error.map { "\($0)" }?.contains("no room") == true)
        #expect(agent.told == ["guest-fsfreeze-freeze", "guest-fsfreeze-thaw"])
        #expect(try bench.names("q").isEmpty)
        #expect(!Files.exists(bench.folder + "/a.one"))
        try bench.checkWhole("q")
    }

    @Test(
        "a supervisor that is killed in between: the next one thaws",
        arguments: ["snapshot.frozen", "snapshot.switched"])
    func killed(point: String) throws {
        let bench = try SnapshotBench()
        let agent = try Agent(machine(bench, failingAt: point), log: bench.folder + "/told")
        let isMade = (try? bench.snapshot("q", "one", [.diskOnly, .quiesce])) != nil
        try eventually("they are thawed", within: .seconds(60)) { agent.told.last == "guest-fsfreeze-thaw" }
        try eventually("the machine runs", within: .seconds(30)) { try bench.manager.mend("q").state == .running }
        #expect(try bench.names("q").contains("one") == isMade)
        try bench.checkWhole("q", point)
    }
}
