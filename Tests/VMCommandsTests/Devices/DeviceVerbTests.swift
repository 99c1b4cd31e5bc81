import Foundation
import Testing
import VMJSON

@Suite("Devices, settings and saved states on the command line", .enabled(if: Program.hasQEMU, "needs QEMU"))
struct DeviceVerbTests {
    private let program = Program()

    private func start(_ name: String) throws {
        let devices =
            "<interface type='user'><mac address='52:54:00:11:22:33'/></interface><video><model type='vga'/></video>"
        // Without ACPI nothing can be plugged into the machine.
        let xml = """
            <domain type='qemu'><name>\(name)</name><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
            <devices>\(devices)</devices></domain>
            """
        _ = program.run("define", try program.file("\(name).xml", xml))
        #expect(program.run("start", name).status == 0)
    }

    private func image(_ name: String) throws -> String {
        let path = try program.file(name, "")
        truncate(path, 4 << 20)
        return path
    }

    @Test("the short forms for disks: what virsh says, and the address in both descriptions")
    func disks() throws {
        try start("d")
        let path = try image("a.img")
        let attached = program.run("attach-disk", "d", path, "vdb", "--persistent")
        #expect(attached.output == "Disk attached successfully\n")
        let again = program.run("attach-disk", "d", path, "vdb")
        #expect(again.status == 10)
        #expect(
            again.errors.hasPrefix(
                "error: Failed to attach disk\n"
                    + "error: XML error: target 'vdb' duplicated for disk sources '\(path)' and '\(path)'\n"))
        func address(_ words: String...) -> Substring? {
            program.run(words).output.components(separatedBy: "dev='vdb'").last?
                .split(separator: "\n").first { $0.contains("<address") }
        }
        #expect(address("dumpxml", "d") != nil)
        #expect(address("dumpxml", "d") == address("dumpxml", "d", "--inactive"))
        #expect(program.run("attach-disk", "d", "/nowhere/b", "vdc").status != 0)
        #expect(
            program.run("detach-disk", "d", "vdz").errors.hasPrefix(
                "error: No disk found whose source path or target is vdz\n"))
        let held = program.run("detach-disk", "d", "vdb", "--timeout", "0.3")
        #expect(held.status == 7)
        #expect(held.errors.contains("error: the guest has not released device 'virtio-disk1'\n"))
        let printed = program.run(
            "attach-disk", "d", "/a", "sdb", "--targetbus", "usb", "--mode", "readonly", "--print-xml")
        #expect(
            printed.output == """
                <disk type='file'>
                  <source file='/a'/>
                  <target dev='sdb' bus='usb'/>
                  <readonly/>
                </disk>

                """)
    }

    @Test("devices from files and by their names; interfaces and their links")
    func devices() throws {
        try start("e")
        let rng = try program.file("rng.xml", "<rng model='virtio'><backend model='builtin'/></rng>")
        #expect(program.run("attach-device", "e", rng).output == "Device attached successfully\n")
        #expect(program.run("dumpxml", "e").output.contains("<alias name='rng0'/>"))
        let bad = try program.file("bad.xml", "<rng modle='virtio'><backend model='builtin'/></rng>")
        let refused = program.run("attach-device", "e", bad)
        #expect(refused.status == 5)
        #expect(refused.errors.contains("did you mean 'model'?"))
        #expect(program.run("attach-device", "e", "/nowhere/x").errors.contains("Failed to open file '/nowhere/x'"))
        #expect(
            program.run("attach-interface", "e", "user", "--model", "virtio").output
                == "Interface attached successfully\n")
        #expect(program.run("detach-interface", "e", "user").status != 0)
        let link = program.run("domif-setlink", "e", "52:54:00:11:22:33", "down")
        #expect(link.output == "Device updated successfully\n")
        #expect(
            program.run("domif-getlink", "e", "52:54:00:11:22:33").output == "52:54:00:11:22:33 down\n")
        #expect(program.run("domif-setlink", "e", "52:54:00:11:22:33", "bad").status == 2)
        #expect(program.run("detach-device-alias", "e", "nope").errors.contains("no device found with alias nope"))
    }

    @Test("sizes, limits, keys and pictures")
    func settings() throws {
        try start("s")
        #expect(program.run("setmem", "s", "16MiB").status == 0)
        #expect(program.run("setmem", "s", "abc").errors.contains("Scaled numeric value 'abc' for <size> option"))
        #expect(program.run("setmem", "s", "1G").errors.contains("cannot set memory higher than max memory"))
        #expect(program.run("setvcpus", "s", "9").errors.contains("for the live domain: 9 > 1"))
        #expect(program.run("setvcpus", "s", "2", "--maximum", "--config").status == 0)
        let path = try image("a.img")
        #expect(program.run("attach-disk", "s", path, "vdb").status == 0)
        #expect(program.run("blkdeviotune", "s", "vdb", "--total-bytes-sec", "1M").output == "")
        #expect(
            program.run("blkdeviotune", "s", "vdb").output.hasPrefix(
                "total_bytes_sec: 1048576\nread_bytes_sec : 0\n"))
        #expect(program.run("blockresize", "s", "vdb", "8MiB").output == "Block device 'vdb' is resized\n")
        let smaller = program.run("blockresize", "s", "vdb", "20")
        #expect(smaller.status != 0 && smaller.errors.contains("20 KiB") && smaller.errors.contains("--shrink"))
        #expect(program.run("blockresize", "s", "vdb", "4MiB", "--shrink").status == 0)
        #expect(program.run("send-key", "s", "KEY_LEFTCTRL", "KEY_C").status == 0)
        #expect(program.run("send-key", "s", "--codeset", "usb", "4").status == 0)
        #expect(program.run("send-key", "s", "KEY_CC").errors.contains("invalid keycode: 'KEY_CC'"))
        #expect(program.run("inject-nmi", "s").status == 0)
        let picture = program.home + "/s.png"
        #expect(
            program.run("screenshot", "s", picture).output
                == "Screenshot saved to \(picture), with type of image/png\n")
    }

    @Test("save, restore, managed save, and the XML in the file")
    func saving() throws {
        try start("v")
        let file = program.home + "/v.save"
        #expect(program.run("domjobinfo", "v").output == "Job type:         None        \n\n")
        #expect(program.run("domjobabort", "v").errors.contains("no job is active on the domain"))
        let saved = program.run("save", "v", file, "--verbose")
        #expect(saved.output == "Domain 'v' saved to \(file)\n")
        #expect(saved.errors.contains("Save: [100 %]"))
        #expect(program.run("domstate", "v", "--reason").output == "shut off (saved)\n")
        #expect(program.run("domjobinfo", "v", "--completed").output.hasPrefix("Job type:         Completed   \n"))
        let xml = program.run("save-image-dumpxml", file).output
        #expect(xml.contains("<name>v</name>"))
        let changed = try program.file("c.xml", xml.replacingOccurrences(of: "<uuid>", with: "<title>t</title><uuid>"))
        #expect(
            program.run("save-image-define", file, changed, "--paused").output == "State file \(file) updated.\n")
        let editor = try program.file("edit", "#!/bin/sh\nsed -i s/\\>t\\</\\>u\\</ \"$1\"\n")
        chmod(editor, 0o700)
        let edited = program.run(["save-image-edit", file], environment: ["EDITOR": editor, "VISUAL": ""])
        #expect(edited.output == "State file \(file) edited.\n")
        #expect(program.run("restore", file).output == "Domain restored from \(file)\n")
        #expect(program.run("domstate", "v").output == "paused\n")
        #expect(program.run("dumpxml", "v").output.contains("<title>u</title>"))
        #expect(program.run("managedsave", "v", "--running").output == "Domain 'v' state saved by vmctl\n")
        #expect(program.run("managedsave-dumpxml", "v").output.contains("<title>u</title>"))
        #expect(program.run("start", "v").status == 0)
        #expect(program.run("domstate", "v", "--reason").output == "running (restored)\n")
        #expect(
            program.run("managedsave-remove", "v").output == "Domain 'v' has no manage save image; removal skipped\n")
        let core = program.home + "/core"
        #expect(program.run("dump", "v", core, "--memory-only").output == "Domain 'v' dumped to \(core)\n")
        #expect(program.run("restore", "/nowhere/x").errors.contains("Failed to open file '/nowhere/x'"))
    }
}
