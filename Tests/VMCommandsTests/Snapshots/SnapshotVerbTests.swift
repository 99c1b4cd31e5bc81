import Foundation
import Testing
import VMJSON

@testable import VMCommands

@Suite(
    "Verbs of snapshots",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/qemu-img"), "needs qemu-img"),
    .enabled(if: Program.hasQEMU, "needs qemu-system-x86_64"))
struct SnapshotVerbTests {
    private func program() throws -> Program {
        let program = Program()
        let image = program.home + "/a.qcow2"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/qemu-img")
        process.arguments = ["create", "-q", "-f", "qcow2", image, "4M"]
        try process.run()
        process.waitUntilExit()
        let xml = try program.file(
            "domain.xml",
            """
            <domain type='qemu'><name>s</name><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type></os>
            <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
            <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='\(image)'/>
            <target dev='vda' bus='virtio'/></disk></devices></domain>
            """)
        #expect(program.run("define", xml).status == 0)
        return program
    }

    private func check(
        _ program: Program, _ words: [String], status: Int32 = 0, environment: [String: String] = [:]
    ) throws -> JSONValue {
        try program.checked(words, status: status, environment: environment)
    }

    @Test("every verb does what it says, and says it as its schema has it")
    func schemas() throws {
        let program = try program()
        let document = try program.file(
            "snapshot.xml", "<domainsnapshot><name>two</name><description>second</description></domainsnapshot>")
        for words in [
            ["snapshot-create-as", "s", "one", "first"], ["snapshot-create-as", "s", "x", "--print-xml"],
            ["snapshot-create", "s", document], ["snapshot-list", "s"], ["snapshot-list", "s", "--tree"],
            ["snapshot-list", "s", "--parent", "--topological"],
            ["snapshot-list", "s", "--from", "one", "--descendants"],
            ["snapshot-info", "s", "one"], ["snapshot-info", "s", "--current"], ["snapshot-dumpxml", "s", "one"],
            ["snapshot-current", "s"], ["snapshot-current", "s", "--snapshotname", "one"],
            ["snapshot-parent", "s", "two"],
            ["snapshot-verify", "s"], ["snapshot-revert", "s", "one", "--dry-run"], ["snapshot-revert", "s", "one"],
            ["snapshot-delete", "s", "two", "--dry-run"], ["snapshot-delete", "s", "two"],
        ] {
            _ = try check(program, words)
        }
        for (words, status) in [
            (["snapshot-info", "s", "nosuch"], Int32(3)), (["snapshot-create-as", "s", "one"], 10),
            (["snapshot-parent", "s", "one"], 3), (["undefine", "s"], 4),
            (["snapshot-create-as", "s", "y", "--disk-only"], 6), (["snapshot-revert", "s", "nosuch"], 3),
        ] {
            _ = try check(program, words, status: status)
        }
        #expect(program.run("snapshot-list", "s", "--name").output == "one\n")
        #expect(program.run("snapshot-delete", "s", "one").output == "Domain snapshot one deleted\n")
    }

    @Test("images that went are in the trash, and the answer says where")
    func trash() throws {
        let program = try program()
        #expect(program.run("snapshot-create-as", "s", "one", "--disk-only").status == 0)
        let reverted = try check(program, ["snapshot-revert", "s", "one"])
        let gone = try #require(reverted["files"]?.array?.first { $0["action"]?.string == "unlink" })
        let id = try #require(gone["trash"]?.string)
        let listed = try check(program, ["trash-list", "--domain", "s"])
        #expect(listed.array?.first?["id"]?.string == id && listed.array?.first?["path"] == gone["path"])
        #expect(try check(program, ["trash-list", "--domain", "other"]).array?.isEmpty == true)
        #expect(program.run("trash-list").output.contains("snapshot 'one'"))
        _ = try check(program, ["trash-restore", "5"], status: 3)
        let deleted = program.run("snapshot-delete", "s", "one")
        #expect(deleted.output.contains("is in the trash: 'vmctl trash-restore "))
        _ = try check(program, ["trash-restore", id])
        #expect(try check(program, ["trash-empty"]).array?.count == 1)
        #expect(try check(program, ["trash-list"]).array?.isEmpty == true)
    }

    @Test("an edited document is stored under its name, another one, or not at all")
    func edit() throws {
        let program = try program()
        #expect(program.run("snapshot-create-as", "s", "one", "before").status == 0)
        func edit(_ change: String, _ more: String...) throws -> (status: Int32, value: JSONValue) {
            let words = ["snapshot-edit", "s", "one", "--output", "json"] + more
            let result = program.run(words, environment: ["VISUAL": "sed -i -e '\(change)'"])
            return (result.status, try JSONParser.parse(result.output))
        }
        #expect(try edit("s/nothing/x/").value["changed"]?.bool == false)
        #expect(try edit("s/before/after/").value["description"]?.string == "after")
        #expect(try edit("0,/one/s/one/other/").status == 2)
        #expect(try edit("0,/<name>one/s/<name>one/<name>copy/", "--clone").value["name"]?.string == "copy")
        #expect(program.run("snapshot-list", "s", "--name").output == "copy\none\n")
        #expect(try edit("s/<state>/<stat>/").status == 5)
        #expect(program.run("snapshot-info", "s", "one").output.contains("Current:        yes"))
    }

    @Test("words with commas are taken apart as virsh does")
    func specifications() throws {
        let program = try program()
        let result = program.run(
            "snapshot-create-as", "s", "x", "--print-xml", "--memspec", "snapshot=external,file=/a,,b", "--diskspec",
            "vda,snapshot=external,driver=qcow2,file=/c,,d", "--diskspec", "vdb,snapshot=no")
        #expect(
            result.output == """
                <domainsnapshot>
                  <name>x</name>
                  <memory snapshot='external' file='/a,b'/>
                  <disks>
                    <disk name='vda' snapshot='external' type='file'>
                      <driver type='qcow2'/>
                      <source file='/c,d'/>
                    </disk>
                    <disk name='vdb' snapshot='no'/>
                  </disks>
                </domainsnapshot>

                """)
        #expect(program.run("snapshot-create-as", "s", "x", "--diskspec", "vda,what=1").status == 2)
    }
}
