import Foundation
import QEMULauncher
import TestBench
import Testing
import VMCore
import VMManager

/// A QEMU that its guest has taken over: whatever it says on its monitor, its supervisor stays small, serves others, and
/// ends it when it is told to.
@Suite(
    .enabled(if: access("/usr/bin/python3", X_OK) == 0, "needs python3"), .timeLimit(.minutes(40)))
struct HostileQEMUTests {
    /// Speaks QMP well until it is told to let its processors run, then does as its argument says.
    private static let program = """
        import json, os, socket, sys, time
        how = sys.argv[1]
        server = socket.socket(fileno=\(LaunchPlan.monitorDescriptor))
        peer, _ = server.accept()
        peer.sendall(b'{"QMP": {"version": {"qemu": {"major": 7, "minor": 2, "micro": 0}, "package": ""},'
                     b' "capabilities": ["oob"]}}\\r\\n')
        def event(name, data):
            return json.dumps({"timestamp": {"seconds": 1, "microseconds": 0}, "event": name, "data": data}).encode() + b"\\r\\n"
        def attack():
            if how == "flood":
                block = (event("STOP", {}) + event("RESUME", {})) * 200
                while True: peer.sendall(block)
            if how == "line":
                while True: peer.sendall(b'{"event": "' + b"x" * 65536)
            if how == "blanks":
                while True: peer.sendall(b" " * 65536)
            if how == "nested":
                while True: peer.sendall(b"[" * 65536)
            if how == "strangers":
                while True: peer.sendall(b'{"return": {}, "id": 12345}\\r\\n{"return": {}}\\r\\n{"error": {}}\\r\\n' * 500)
            if how == "devices":
                number = 0
                while True:
                    number += 1
                    path = "/machine/peripheral/" + "d" * 1000 + str(number)
                    peer.sendall(event("DEVICE_DELETED", {"device": "d" * 1000 + str(number), "path": path}))
            if how == "jobs":
                number = 0
                while True:
                    number += 1
                    peer.sendall(event("JOB_STATUS_CHANGE", {"id": "j%d" % number, "status": "created"}))
                    peer.sendall(event("BLOCK_IO_ERROR", {"device": "", "node-name": "n%d" % number, "qom-path": "x",
                                       "operation": "write", "action": "stop", "reason": "\\x1b]0;x\\x07" * 1000}))
            if how == "numbers":
                for value in (1e300, -1, 2**64, 2**63, None, "x", [], {}, True, 0.5):
                    for name, keys in (("BALLOON_CHANGE", ["actual"]), ("RTC_CHANGE", ["offset"]),
                                       ("MEMORY_DEVICE_SIZE_CHANGE", ["size"]), ("BLOCK_JOB_COMPLETED", ["len", "offset", "speed"]),
                                       ("JOB_STATUS_CHANGE", ["id", "status"]), ("DEVICE_TRAY_MOVED", ["tray-open", "id"]),
                                       ("WATCHDOG", ["action"]), 
                                       ("VSERPORT_CHANGE", ["id", "open"]), ("BLOCK_WRITE_THRESHOLD", ["write-threshold", "node-name"]),
                                       ("ACPI_DEVICE_OST", ["info"]), ("NIC_RX_FILTER_CHANGED", ["name"]), ("DUMP_COMPLETED", ["result"]),
                                       ("MIGRATION", ["status"]), ("RESET", ["guest", "reason"]), ("STOP", [])):
                        peer.sendall(event(name, {key: value for key in keys}))
                        peer.sendall(json.dumps({"event": name, "data": value, "timestamp": value}).encode() + b"\\n")
            if how.startswith("end "):
                peer.sendall(b'{"event": "SHUTDOWN", "data": ' + how[4:].encode() + b'}\\n')
                time.sleep(0.2)
                sys.exit(0)
            while True: time.sleep(1)
        rest = ""
        while True:
            data = peer.recv(65536)
            if not data: sys.exit(0)
            rest += data.decode()
            while rest.strip():
                # Commands follow each other without anything between them.
                try: command, end = json.JSONDecoder().raw_decode(rest.lstrip())
                except ValueError: break
                rest = rest.lstrip()[end:]
                name = command.get("execute", command.get("exec-oob"))
                answer = [] if name.startswith("query-") else {}
                if name == "query-status": answer = {"running": True, "status": "running"}
                reply = {"return": answer}
                if "id" in command: reply["id"] = command["id"]
                peer.sendall(json.dumps(reply).encode() + b"\\r\\n")
                if name == "cont":
                    peer.sendall(event("RESUME", {}))
                    time.sleep(0.2)
                    attack()
        """

    @Test(
        "It costs little, leaves the others alone, and is ended when somebody asks",
        arguments: ["flood", "line", "blanks", "nested", "strangers", "devices", "jobs", "numbers", "deaf"])
    func hostile(how: String) throws {
        let (bench, script) = try prey(how)
        defer { unlink(script) }
        try bench.define(how)
        let started = try bench.manager.start(how)
        let (qemu, supervisor) = (try #require(started.qemu), try #require(started.supervisor?.pid))
        let before = try memory(supervisor)
        for _ in 0..<30 {
            Poll.sleep(.milliseconds(100))
            #expect(try bench.manager.list(.all).map(\.name) == [how])
            _ = try? bench.manager.status(how)
            guard isAlive(supervisor) else { break }
        }
        #expect(isAlive(supervisor), "the supervisor has ended")
        let grown = try memory(supervisor) - before
        #expect(grown < 24 << 10, "the supervisor has grown by \(grown) KiB")
        #expect(try Folders.list("/proc/\(supervisor)/fd").count < 64)
        if how == "flood" {
            try eventually("what is left out is told") {
                try bench.manager.journalText(how).contains("events came too fast to be written down")
            }
        }
        if how == "deaf" { kill(qemu.pid, SIGSTOP) }
        _ = try bench.manager.destroy(how)
        #expect(!qemu.isAlive)
        #expect(try bench.manager.status(how).state == .shutOff)
        // What it made its supervisor keep is bounded, too; the journal, which is everybody's, has hardly begun.
        let journal = bench.manager.paths.state + "/events"
        let sizes = try Folders.list(journal).compactMap { Files.stamp(journal + "/" + $0)?.size }
        #expect(sizes.reduce(0, +) < 4 << 20)
        #expect(try #require(Files.stamp(bench.manager.logPath(of: how))).size < 8 << 20)
    }

    @Test(
        "An end that is told in a way nobody expects is an end all the same",
        arguments: ["1e300", "-1", "[]", "{}", "null", "{\"guest\": 1e300, \"reason\": [0]}"])
    func oddEnd(data: String) throws {
        let name = "end"
        let (bench, script) = try prey("end " + data)
        defer { unlink(script) }
        try bench.define(name)
        _ = try bench.manager.start(name)
        try eventually("the machine has ended") { try bench.manager.status(name).state == .shutOff }
    }

    /// A bench whose machines are that program, and the program's file.
    private func prey(_ how: String) throws -> (Bench, String) {
        let script = "/tmp/vmctl-hostile-\(getpid())-\(UInt32.random(in: 0 ... .max)).py"
        try Files.write(Array(Self.program.utf8), to: script)
        let bench = try Bench { domain in
            var plan = Bench.emptyMachine(domain, executable: "/usr/bin/python3")
            plan.arguments = [script, how]
            return plan
        }
        return (bench, script)
    }

    /// Anonymous memory of a process in KiB.
    private func memory(_ pid: Int32) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }
}
