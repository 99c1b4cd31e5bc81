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
        let defined = try lines(program.run("events", "--output", "jsonl").output)
        #expect(defined.count == 1 && defined[0]["event"] == "defined" && defined[0]["cause"] == "added")
        #expect(program.run("start", "watched").status == 0)
        #expect(program.run("suspend", "watched").status == 0)
        let all = try lines(program.run("events", "watched", "--output", "jsonl").output)
        let numbers = all.compactMap { $0["seq"]?.uint64 }
        #expect(numbers.count == all.count && numbers == numbers.sorted() && Set(numbers).count == all.count)
        #expect(all.compactMap { $0["token"]?.string } == numbers.map { "\($0)" })
        #expect(all.last?["state"] == "paused")
        for filter in [[], ["watched"]] {
            let rest = program.run(["events"] + filter + ["--since", "\(numbers[1])", "--output", "jsonl"])
            #expect(try lines(rest.output) == Array(all[2...]))
        }
        let human = program.run("events", "watched").output
        #expect(human.contains("Z watched defined\n"))
        #expect(human.contains("Z watched running (booted)\n") && human.contains(" watched STOP\n"))
        let gap = try lines(program.run("events", "watched", "--since", "1000000", "--output", "jsonl").output)
        #expect(gap.first?["event"] == "gap" && gap.count == all.count + 1)
        for wrong in ["nonsense", "-1", "", "1:2", "18446744073709551616"] {
            #expect(program.run("events", "--since", wrong).status == 2)
        }
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

    @Test("Definitions, changes and saves have virsh's texts")
    func virshTexts() throws {
        let program = Program()
        let xml = try program.file(
            "domain.xml",
            """
            <domain type='qemu'><name>told</name><uuid>5a953599-a914-4252-b6c8-9974b8b3d84d</uuid><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type></os>
            <devices><emulator>/usr/bin/qemu-system-x86_64</emulator></devices></domain>
            """)
        let virsh = Background { program.run("event", "--all", "--loop", "--timeout", "12") }
        Thread.sleep(forTimeInterval: 2)
        for words in [
            ["define", xml], ["define", xml], ["desc", "told", "--config", "--title", "x"],
            ["start", "told", "--paused"], ["save", "told", program.home + "/image"], ["domrename", "told", "new"],
            ["undefine", "new"],
        ] { #expect(program.run(words).status == 0, "\(words)") }
        let text = virsh.wait()?.output ?? ""
        let elapsed = text.split(separator: "\n").first { $0.hasPrefix("\ttime_elapsed: ") } ?? ""
        let expected = """
            event 'lifecycle' for domain 'told': Defined Added
            event 'lifecycle' for domain 'told': Defined Updated
            event 'metadata-change' for domain 'told': type title, uri <null>
            event 'lifecycle' for domain 'told': Started Booted
            event 'lifecycle' for domain 'told': Suspended Paused
            event 'job-completed' for domain 'told':
            \toperation: 2
            \(elapsed)
            event 'lifecycle' for domain 'told': Stopped Saved
            event 'lifecycle' for domain 'told': Undefined Renamed
            event 'lifecycle' for domain 'new': Defined Renamed
            event 'lifecycle' for domain 'new': Undefined Removed
            event loop timed out
            events received: 10


            """
        #expect(text == expected)
    }
}
