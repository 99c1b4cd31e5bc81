import Foundation
import Testing
import VMJSON

@testable import VMCommands

@Suite(
    "Verbs of pools and volumes",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/qemu-img"), "needs qemu-img"))
struct StorageVerbTests {
    private func check(_ program: Program, _ words: [String], status: Int32 = 0) throws -> JSONValue {
        try program.checked(words, status: status)
    }

    @Test("every verb does what it says, and says it as its schema has it")
    func schemas() throws {
        let program = Program()
        let path = program.home + "/images"
        let file = try program.file(
            "pool.xml", "<pool type='dir'><name>other</name><target><path>others</path></target></pool>")
        let volume = try program.file(
            "vol.xml",
            "<volume><name>c</name><capacity unit='MiB'>1</capacity><target><format type='qcow2'/></target></volume>")
        let contents = try program.file("contents", String(repeating: "x", count: 5000))
        for words in [
            ["pool-define-as", "images", "dir", "--target", path], ["pool-define-as", "x", "dir", "--print-xml"],
            ["pool-build", "images"], ["pool-start", "images"], ["pool-list", "--details"], ["pool-list", "--all"],
            ["pool-list", "--type", "dir,fs", "--inactive"],
            ["pool-info", "images"], ["pool-dumpxml", "images"], ["pool-name", "images"], ["pool-uuid", "images"],
            ["pool-autostart", "images"], ["pool-capabilities"], ["pool-event", "--list"],
            ["pool-define", file],
            ["pool-start", "other", "--build"],
            ["pool-refresh", "images"],
            ["vol-create-as", "images", "a", "2M"], ["vol-create-as", "images", "z", "2M", "--print-xml"],
            ["vol-create", "images", volume], ["vol-create-from", "other", volume, "a", "--inputpool", "images"],
            ["vol-clone", "a", "b", "--pool", "images"], ["vol-clone", "a", "b", "--pool", "images", "--print-xml"],
            ["vol-import", contents, "images"], ["vol-import", "file://" + contents, "images", "i", "--format", "raw"],
            ["vol-list", "images"], ["vol-list", "images", "--details"], ["vol-info", path + "/a"],
            ["vol-dumpxml", "a", "--pool", "images"], ["vol-path", "a", "--pool", "images"],
            ["vol-key", "a", "--pool", "images"], ["vol-name", path + "/a"], ["vol-pool", path + "/a"],
            ["vol-upload", path + "/a", contents], ["vol-upload", path + "/a", contents, "--sparse", "--offset", "7"],
            ["vol-download", path + "/a", program.home + "/out"],
            ["vol-download", path + "/a", program.home + "/out", "--sparse", "--length", "100"],
            ["vol-resize", path + "/a", "3M"], ["vol-resize", path + "/a", "-1M", "--delta"],
            ["vol-wipe", path + "/a"],
            ["vol-delete", path + "/a"], ["pool-destroy", "other"], ["pool-create", file], ["pool-destroy", "images"],
            ["pool-undefine", "images"], ["pool-create-as", "t", "dir", "--target", path], ["pool-destroy", "t"],
        ] {
            _ = try check(program, words)
        }
        for (words, status) in [
            (["pool-info", "nosuch"], Int32(3)), (["vol-info", "/nosuch"], 3),
            (["find-storage-pool-sources", "dir"], 6),
            (["find-storage-pool-sources-as", "netfs"], 6), (["pool-start", "other"], 4),
            (["vol-create-as", "other", "c", "1M"], 10), (["pool-delete", "other"], 4),
        ] {
            let error = try check(program, words, status: status)
            #expect(error["error"]?["message"]?.string?.isEmpty == false)
        }
    }

    @Test("a pool is edited, and a text with faults is kept")
    func edit() throws {
        let program = Program()
        #expect(program.run("pool-define-as", "p", "dir", "--target", "/tmp/one").status == 0)
        func edit(_ script: String) -> Program.Result {
            program.run(["pool-edit", "p"], environment: ["VISUAL": "sed -i '\(script)'"])
        }
        #expect(edit("s/one/two/").output == "Pool p XML configuration edited.\n")
        #expect(program.run("pool-dumpxml", "p").output.contains("<path>/tmp/two</path>"))
        #expect(edit("s/two/two/").output == "Pool p XML configuration not changed.\n")
        let refused = edit("s/<target>/<tarket>/")
        #expect(refused.status != 0)
        #expect(refused.errors.contains("your text is in '"))
        #expect(edit("s/>p</>q</").status != 0)
    }

    @Test("words are completed")
    func completion() throws {
        let program = Program()
        #expect(program.run("pool-create-as", "images", "dir", "--target", program.home + "/i", "--build").status == 0)
        #expect(program.run("vol-create-as", "images", "disk", "1M").status == 0)
        #expect(program.run("__complete", "pool-destroy", "").output.contains("images\t"))
        #expect(!program.run("__complete", "pool-start", "").output.contains("images\t"))
        #expect(program.run("__complete", "vol-delete", "di").output.contains("disk\t"))
        #expect(program.run("__complete", "vol-crea").output.contains("vol-create-as\t"))
    }

    @Test("marked pools are started with the host")
    func autostart() throws {
        let program = Program()
        #expect(program.run("pool-define-as", "p", "dir", "--target", program.home + "/i").status == 0)
        #expect(program.run("pool-autostart", "p").status == 0)
        #expect(program.run("autostart", "--run").output == "Pool 'p' failed\n")
        #expect(program.run("pool-build", "p").status == 0)
        #expect(program.run("autostart", "--run").output == "Pool 'p' started\n")
        #expect(program.run("autostart", "--run").output == "Pool 'p' is active already\n")
        _ = try check(program, ["autostart", "--run"])
    }

    @Test("what somebody uses stays, and who that is is told")
    func users() throws {
        let program = Program()
        let path = program.home + "/images"
        func run(_ words: String...) -> Program.Result { program.run(words) }
        #expect(run("pool-create-as", "images", "dir", "--target", path, "--build").status == 0)
        #expect(run("vol-create-as", "images", "base", "1M", "--format", "qcow2").status == 0)
        let top = run(
            "vol-create-as", "images", "top", "1M", "--format", "qcow2", "--backing-vol", "base",
            "--backing-vol-format",
            "qcow2")
        #expect(top.status == 0, "\(top.errors)")
        for words in [
            ["vol-delete", path + "/base"], ["vol-wipe", path + "/base"],
            ["vol-upload", path + "/base", "/etc/passwd"],
            ["vol-resize", path + "/base", "512K", "--shrink"],
        ] {
            let refused = program.run(words)
            #expect(refused.status == 8, "\(words)")
            #expect(refused.errors.contains("volume 'top', which builds on it"), "\(refused.errors)")
        }
        #expect(run("vol-delete", path + "/top").status == 0)
        #expect(run("vol-delete", path + "/base").status == 0)
    }

    @Test("a domain's disk is a volume", .enabled(if: Program.hasQEMU, "needs qemu-system-x86_64"))
    func volumeDisk() throws {
        let program = Program()
        let path = program.home + "/images"
        func run(_ words: String...) -> Program.Result { program.run(words) }
        func disk(_ volume: String, _ target: String) -> String {
            "<disk type='volume' device='disk'><driver name='qemu' type='qcow2'/>"
                + "<source pool='images' volume='\(volume)'/><target dev='\(target)' bus='virtio'/></disk>"
        }
        let text = """
            <domain type='qemu'><name>web</name><memory unit='MiB'>32</memory><features><acpi/></features>
            <os><type arch='x86_64' machine='pc'>hvm</type></os><devices>\(disk("top", "vda"))</devices></domain>
            """
        #expect(run("define", try program.file("web.xml", text)).status == 0)
        #expect(run("pool-define-as", "images", "dir", "--target", path).status == 0)
        let early = run("start", "web")
        #expect(early.status == 4)
        #expect(early.errors.contains("is not active"))
        #expect(early.errors.contains("vmctl pool-start images"))
        #expect(run("pool-start", "images", "--build").status == 0)
        #expect(run("vol-create-as", "images", "base", "1M", "--format", "qcow2").status == 0)
        for name in ["top", "more"] {
            let made = run(
                "vol-create-as", "images", name, "1M", "--format", "qcow2", "--backing-vol", "base",
                "--backing-vol-format",
                "qcow2")
            #expect(made.status == 0, "\(made.errors)")
        }
        let started = run("start", "web")
        #expect(started.status == 0, "\(started.errors)")
        #expect(run("domblklist", "web").output.contains(path + "/top"))
        for words in [
            ["vol-delete", path + "/top"], ["vol-resize", path + "/top", "2M"], ["vol-wipe", path + "/base"],
        ] {
            let refused = program.run(words)
            #expect(refused.errors.contains("in use by running domain 'web'"), "\(words): \(refused.errors)")
        }
        let attached = run(
            "attach-device", "web", try program.file("disk.xml", disk("more", "vdb")), "--live", "--config")
        #expect(attached.status == 0, "\(attached.errors)")
        #expect(run("domblklist", "web").output.contains(path + "/more"))
        // The definition goes on naming the volumes.
        let stored = run("dumpxml", "web", "--inactive").output
        #expect(stored.contains("volume='top'") && stored.contains("volume='more'"), "\(stored)")
        #expect(run("destroy", "web").status == 0)
        #expect(run("vol-delete", path + "/base").errors.contains("domain 'web', whose disk builds on it"))
        #expect(run("vol-delete", path + "/more").status == 0)
    }
}
