import Testing
import VMJSON

@testable import VMCommands

@Suite("Every verb's output has a schema, and keeps to it")
struct OutputSchemaTests {
    /// Verbs that join a terminal and print no document.
    private static let silent: Set<String> = ["console"]

    @Test("no verb is without a schema, no schema without a verb")
    func complete() {
        let verbs = Set(VerbTable.all.filter { !$0.isHidden }.map(\.name)).subtracting(Self.silent)
        #expect(Set(OutputSchema.results.keys).symmetricDifference(verbs).isEmpty)
    }

    @Test("a schema defines all that it refers to", arguments: VerbTable.all.filter { !$0.isHidden }.map(\.name))
    func references(_ name: String) throws {
        let document = OutputSchema.document(try VerbTable.find(name))
        let text = document.description
        for part in text.split(separator: "\"$ref\":\"#/$defs/").dropFirst() {
            let reference = String(part.prefix { $0 != "\"" })
            #expect(document["$defs"]?[reference] != nil, "\(reference)")
        }
    }

    /// Runs a verb and holds what it prints against the schema that the program itself gives out.
    private func check(_ program: Program, _ words: [String], status: Int32? = 0) throws -> JSONValue {
        let verb = try #require(words.first)
        let result = program.run(words + ["--output", "json"])
        if let status { #expect(result.status == status, "\(words): \(result.output)\(result.errors)") }
        let schema = program.run("help", "--json-schema", verb).json
        let value = try JSONParser.parse(result.output)
        let faults = SchemaValidator(root: schema).faults(value)
        #expect(faults.isEmpty, "\(words): \(faults)")
        return value
    }

    @Test("documents and the host")
    func host() throws {
        let program = Program()
        let file = try program.domain("plain", devices: "<disk type='file' device='cdrom'><target dev='hdc'/></disk>")
        let other = try program.domain("other")
        for words in [
            ["uri"], ["hostname"], ["nodeinfo"], ["help"], ["help", "list"], ["completion", "bash"],
            ["validate", file], ["diff", file, file], ["doctor", "--all"],
        ] { _ = try check(program, words) }
        _ = try check(program, ["diff", file, other], status: 1)
        _ = try check(program, ["validate", "/dev/null"], status: nil)
        _ = try check(program, ["help", "--json-schema", "list"])
        let error = try check(program, ["start", "nobody"], status: 3)
        #expect(error["error"]?["code"]?.string == "no-domain")
        _ = try check(program, ["define", try program.file("bad.xml", "<domain><nam/></domain>")], status: 5)
    }

    @Test("definitions", .enabled(if: Program.hasQEMU, "needs qemu-system-x86_64"))
    func store() throws {
        let program = Program()
        let file = try program.domain("one")
        for words in [
            ["define", file], ["version"], ["list", "--all", "--title"], ["dumpxml", "one"], ["dominfo", "one"],
            ["domstate", "one"], ["status", "one"], ["domid", "one"], ["domname", "one"], ["domuuid", "one"],
            ["why", "one"], ["desc", "one"], ["desc", "one", "--title", "a title"], ["desc", "one", "--title"],
            ["metadata", "one", "urn:x", "--key", "x", "--set", "<a/>"], ["metadata", "one", "urn:x"],
            ["autostart", "one"], ["autostart", "--shutdown"], ["diff", "one", file],
            ["argv", "one"], ["argv", "one", "--explain"], ["argv", "one", "--shell"], ["check", "one"],
            ["readconfig", "one"], ["maxvcpus"], ["domxml-to-native", "qemu-argv", "--domain", "one"],
            ["domrename", "one", "two"], ["undefine", "two", "--plan"], ["undefine", "two"], ["list", "--undefined"],
            ["undefine", "--undo", "two"], ["capabilities"], ["domcapabilities"], ["managedsave-remove", "two"],
        ] {
            let value = try check(program, words, status: nil)
            #expect(value["error"] == nil, "\(words)")
        }
        _ = try check(program, ["argv", "two"])
    }

    @Test("a running machine", .enabled(if: Program.hasQEMU, "needs qemu-system-x86_64"))
    func running() throws {
        let program = Program()
        let image = program.home + "/disk.img"
        _ = try program.file("disk.img", String(repeating: " ", count: 1 << 20))
        let medium = try program.file("medium.iso", String(repeating: " ", count: 1 << 16))
        let file = try program.domain(
            "live",
            devices: """
                <disk type='file' device='disk'><source file='\(image)'/><target dev='vda' bus='virtio'/></disk>
                <disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>
                <interface type='user'><mac address='52:54:00:12:34:56'/><model type='virtio'/></interface>
                <graphics type='vnc' port='-1' autoport='yes'/><video><model type='vga'/></video>
                <serial type='pty'/>
                """)
        for words in [
            ["create", file], ["list", "--all"], ["status", "live"], ["dominfo", "live"], ["domstate", "live"],
            ["suspend", "live"], ["resume", "live"], ["reset", "live"], ["wait", "live", "--for", "running"],
            ["vncdisplay", "live"], ["domdisplay", "live"], ["ttyconsole", "live"], ["domjobinfo", "live"],
            ["domif-getlink", "live", "52:54:00:12:34:56"], ["domif-setlink", "live", "52:54:00:12:34:56", "down"],
            ["blkdeviotune", "live", "vda"], ["blkdeviotune", "live", "vda", "--total-iops-sec", "100"],
            ["send-key", "live", "KEY_A"], ["inject-nmi", "live"], ["setmem", "live", "32M"],
            ["screenshot", "live", program.home + "/screen.png"], ["blockresize", "live", "vda", "2M"],
            ["change-media", "live", "hdc", medium, "--insert"], ["eject", "live", "hdc"],
            ["attach-disk", "live", image, "vdb", "--print-xml"], ["detach-disk", "live", "vda", "--print-xml"],
            ["qemu-monitor-command", "live", "query-status"], ["schema", "live", "stop"], ["schema", "live"],
            ["save", "live", program.home + "/live.save"], ["save-image-dumpxml", program.home + "/live.save"],
            ["restore", program.home + "/live.save"], ["dump", "live", program.home + "/live.dump"],
            ["domjobinfo", "live"], ["destroy", "live"],
        ] {
            let value = try check(program, words, status: nil)
            #expect(value["error"] == nil, "\(words)")
        }
        #expect(program.run("list", "--name").output.isEmpty)
    }
}
