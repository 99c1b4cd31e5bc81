import Foundation
import Testing
import VMJSON

@testable import VMCommands

@Suite(
    "Verbs of checkpoints and backups",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/qemu-img"), "needs qemu-img"),
    .enabled(if: Program.hasQEMU, "needs qemu-system-x86_64"))
struct BackupVerbTests {
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

    @Test("every verb does what it says, and says it as its schema has it")
    func schemas() throws {
        let program = try program()
        defer { _ = program.run("destroy", "s") }
        let document = try program.file(
            "checkpoint.xml", "<domaincheckpoint><name>two</name><description>second</description></domaincheckpoint>")
        let pull = try program.file(
            "pull.xml",
            "<domainbackup mode='pull'><incremental>one</incremental><server transport='unix' "
                + "socket='\(program.home)/s'/></domainbackup>")
        let third = try program.file("third.xml", "<domaincheckpoint><name>three</name></domaincheckpoint>")
        #expect(program.run("start", "s").status == 0)
        for words in [
            ["checkpoint-create-as", "s", "one", "first"], ["checkpoint-create-as", "s", "x", "--print-xml"],
            ["checkpoint-create", "s", document], ["checkpoint-list", "s"], ["checkpoint-list", "s", "--tree"],
            ["checkpoint-list", "s", "--parent", "--topological"],
            ["checkpoint-list", "s", "--from", "one", "--descendants"], ["checkpoint-list", "s", "--leaves", "--name"],
            ["checkpoint-info", "s", "one"], ["checkpoint-dumpxml", "s", "one", "--size", "--no-domain"],
            ["checkpoint-parent", "s", "two"], ["backup-begin", "s", "--backupxml", pull, "--checkpointxml", third],
            ["backup-dumpxml", "s"], ["domjobinfo", "s"], ["domjobabort", "s"], ["domjobinfo", "s", "--completed"],
            ["backup", "s", program.home + "/bk"], ["backup", "s", program.home + "/bk", "--incremental"],
            ["backup-list", program.home + "/bk"],
            ["backup-restore", program.home + "/bk", program.home + "/again", "--name", "t"],
            ["checkpoint-delete", "s", "two"], ["checkpoint-delete", "s", "one", "--children"],
        ] {
            _ = try program.checked(words)
        }
        for (words, status) in [
            (["checkpoint-info", "s", "nosuch"], Int32(3)), (["checkpoint-delete", "s", "nosuch"], 3),
            (["backup-dumpxml", "s"], 3),
        ] {
            #expect(program.run(words).status == status, "\(words)")
        }
    }

    @Test("a document is edited, and its name is not")
    func edit() throws {
        let program = try program()
        #expect(program.run("checkpoint-create-as", "s", "one").status == 0)
        let editor = try program.file(
            "editor", "#!/bin/sh\nsed -i 's#<name>one</name>#&<description>d</description>#' \"$1\"\n")
        chmod(editor, 0o700)
        _ = try program.checked(["checkpoint-edit", "s", "one"], environment: ["EDITOR": editor])
        #expect(program.run("checkpoint-dumpxml", "s", "one").output.contains("<description>d</description>"))
        let renamer = try program.file("renamer", "#!/bin/sh\nsed -i 's#<name>one</name>#<name>two</name>#' \"$1\"\n")
        chmod(renamer, 0o700)
        #expect(program.run(["checkpoint-edit", "s", "one"], environment: ["EDITOR": renamer]).status != 0)
    }
}
