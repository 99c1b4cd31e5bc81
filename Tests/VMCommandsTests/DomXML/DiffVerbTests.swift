import Foundation
import Testing
import VMJSON

@testable import VMCommands

@Suite("diff tells what two definitions don't have in common")
struct DiffVerbTests {
    private let program = Program()

    private let devices = """
        <graphics type='vnc' port='-1' autoport='yes' websocket='-1'/><serial type='pty'/>
        <controller type='usb' model='qemu-xhci'/><input type='tablet' bus='usb'/>
        <channel type='unix'><target type='virtio' name='org.example.0'/></channel>
        """

    @Test("two files: nothing when they say the same, a line for each change when they don't")
    func files() throws {
        let old = try program.domain("old", devices: "<input type='mouse' bus='ps2'/>")
        let text = try String(contentsOfFile: old, encoding: .utf8)
        let same = program.run("diff", old, old)
        #expect(same.status == 0)
        #expect(same.output.isEmpty)
        #expect(program.run("diff", old, old, "--output", "json").json == [])

        let new = try program.file(
            "new.xml",
            text.replacingOccurrences(of: ">32<", with: ">64<").replacingOccurrences(of: "'mouse'", with: "'tablet'"))
        let different = program.run("diff", old, new)
        #expect(different.status == 1)
        #expect(
            different.output == """
                domain/memory: '32768' → '65536'
                domain/devices/input: - '<input type='mouse' bus='ps2'/>'
                domain/devices/input: + '<input type='tablet' bus='ps2'/>'

                """)
        let json = program.run("diff", old, new, "--output", "json")
        #expect(json.status == 1)
        #expect(json.json[0] == ["path": "domain/memory", "old": "32768", "new": "65536"])
        #expect(json.json[1]?["new"] == .null)
        #expect(json.json[2]?["old"] == .null)
        #expect(program.run("diff", "-", new, input: text).output == different.output)
    }

    @Test("files are compared without what only a running machine has")
    func liveFile() throws {
        let stored = try program.domain("form", devices: "<serial type='pty'/>")
        let text = try String(contentsOfFile: stored, encoding: .utf8)
        let live = try program.file(
            "live.xml",
            text.replacingOccurrences(of: "<domain type='qemu'>", with: "<domain type='qemu' id='7'>")
                .replacingOccurrences(
                    of: "<serial type='pty'/>",
                    with: "<serial type='pty'><source path='/dev/pts/3'/><alias name='serial0'/></serial>"))
        #expect(program.run("diff", stored, live).status == 0, "\(program.run("diff", stored, live).output)")
    }

    @Test("errors have a status of their own, whatever they are")
    func failures() throws {
        let good = try program.domain("good")
        #expect(program.run("diff", good).status == 2)
        #expect(program.run("diff", good, "/nonexistent.xml").status == 2)
        #expect(program.run("diff", good, try program.file("bad.xml", "<domain>")).status == 2)
        #expect(program.run("diff", "nosuch").status == 2)
        #expect(program.run("diff").status == 2)
        let json = program.run("diff", "nosuch", "--output", "json")
        #expect(json.json["error"]?["code"] == "no-domain")
        #expect(json.json["error"]?["exit_status"] == 2)
    }

    @Test(
        "a running machine against its next start, and a definition against a file",
        .enabled(if: Program.hasQEMU, "needs QEMU"))
    func running() throws {
        let file = try program.domain("guest", devices: devices)
        #expect(program.run("define", file).status == 0)
        let off = program.run("diff", "guest")
        #expect(off.status == 2)
        #expect(off.errors.contains("domain is not running"))
        #expect(program.run("diff", "guest", file).status == 0, "\(program.run("diff", "guest", file).output)")

        let started = program.run("start", "guest")
        try #require(started.status == 0, "\(started.errors)")
        let fresh = program.run("diff", "guest")
        #expect(fresh.status == 0, "\(fresh.output)\(fresh.errors)")
        #expect(program.run("diff", "guest", file).status == 0)

        let text = try String(contentsOfFile: file, encoding: .utf8)
        let larger = try program.file("larger.xml", text.replacingOccurrences(of: ">32<", with: ">64<"))
        let coming = program.run("diff", "guest", larger, "--output", "name")
        #expect(coming.status == 1)
        #expect(coming.output == "domain/memory\ndomain/currentMemory\n")
        let uuid = program.run("domuuid", "guest").output.trimmingCharacters(in: .whitespacesAndNewlines)
        let named = try program.file(
            "named.xml",
            text.replacingOccurrences(of: ">32<", with: ">64<")
                .replacingOccurrences(of: "</name>", with: "</name><uuid>\(uuid)</uuid>"))
        let defined = program.run("define", named)
        #expect(defined.status == 0, "\(defined.errors)")
        let pending = program.run("diff", "guest")
        #expect(pending.status == 1)
        #expect(
            pending.output == """
                domain/memory: '32768' → '65536'
                domain/currentMemory: '32768' → '65536'

                """, "\(pending.errors)")

        #expect(program.run("undefine", "guest").status == 0)
        let transient = program.run("diff", "guest")
        #expect(transient.status == 2)
        #expect(transient.errors.contains("domain is transient"))
        #expect(program.run("diff", "guest", file).status == 0, "\(program.run("diff", "guest", file).output)")
    }
}
