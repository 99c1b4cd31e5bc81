import Foundation
import Testing
import VMTestSupport
import VMJSON

@testable import VMCommands

@Suite("Events on the command line", .enabled(if: Program.hasQEMU, "needs qemu-system-x86_64"))
struct EventsVerbTests {
    private func lines(_ text: String) throws -> [JSONValue] {
        try text.split(separator: "\n").map { try JSONParser.parse(String($0)) }
    }

    private func program(_ name: String) throws -> Program {
        let program = Program()
        let xml = try program.file(
            "domain.xml",
            """
            <domain type='qemu'><name>\(name)</name><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type></os>
            <devices><emulator>/usr/bin/qemu-system-x86_64</emulator></devices></domain>
            """)
        #expect(program.run("define", xml).status == 0)
        return program
    }

    @Test("What is remembered, from a token on, one object a line")
    func remembered() throws {
        let program = try program("watched")
        #expect(program.run("events", "--output", "jsonl").output == "")
        #expect(program.run("start", "watched").status == 0)
        #expect(program.run("suspend", "watched").status == 0)
        let all = try lines(program.run("events", "watched", "--output", "jsonl").output)
        #expect(all.compactMap { $0["seq"]?.uint64 } == Array(1...UInt64(all.count)))
        #expect(all.last?["state"] == "paused")
        let token = try #require(all[1]["token"]?.string)
        #expect(try lines(program.run("events", "--since", token, "--output", "jsonl").output) == Array(all[2...]))
        #expect(
            try lines(program.run("events", "watched", "--since", "2", "--output", "jsonl").output) == Array(all[2...]))
        let human = program.run("events", "watched").output
        #expect(human.contains("Z watched running (booted)\n") && human.contains(" watched STOP\n"))
        let gap = try lines(program.run("events", "watched", "--since", "1000", "--output", "jsonl").output)
        #expect(gap.first?["event"] == "gap" && gap.count == all.count + 1)
        #expect(program.run("events", "--since", "nonsense").status == 2)
    }

    @Test("Following sees machines that start later; the virsh form has virsh's words")
    func following() throws {
        let program = try program("later")
        // On threads of their own: tests that block would hold tasks up.
        let events = Background { program.run("events", "--follow", "--timeout", "8", "--output", "jsonl") }
        let virsh = Background { program.run("event", "--event", "lifecycle", "--loop", "--timeout", "8") }
        Thread.sleep(forTimeInterval: 2)
        #expect(program.run("start", "later").status == 0)
        #expect(program.run("destroy", "later").status == 0)
        let seen = try lines(events.wait()?.output ?? "").compactMap { $0["state"]?.string }
        #expect(seen == ["running", "shut off"])
        let text = virsh.wait()?.output ?? ""
        #expect(text.hasPrefix("event 'lifecycle' for domain 'later': Started Booted\n"))
        #expect(text.contains("event 'lifecycle' for domain 'later': Stopped Destroyed\n"))
        #expect(text.contains("event loop timed out\nevents received: 2\n"))
        #expect(program.run("event").status == 2)
        #expect(program.run("event", "--list").output.hasPrefix("lifecycle\n"))
    }
}
