import Foundation
import Testing
import VMCore
import VMJSON

@Suite("What is in the way of a start, told without starting", .enabled(if: Program.hasQEMU, "needs QEMU"))
struct CheckTests {
    private let program = Program()

    private func disk(_ path: String, _ format: String = "raw") -> String {
        "<disk type='file' device='disk'><driver name='qemu' type='\(format)'/><source file='\(path)'/>"
            + "<target dev='vda' bus='virtio'/></disk>"
    }

    /// The messages for a document with these devices.
    private func causes(_ devices: String, os: String = "", edit: (String) -> String = { $0 }) throws -> [String] {
        let file = try program.domain("c", devices: devices, os: os)
        try edit(String(contentsOfFile: file, encoding: .utf8)).write(toFile: file, atomically: true, encoding: .utf8)
        let result = program.run("check", file, "--output", "json")
        let found = (result.json["causes"]?.array ?? []).compactMap { $0["message"]?.string }
        #expect(result.status == (found.isEmpty ? 0 : 1), "\(result.output)\(result.errors)")
        #expect(result.json["ok"]?.bool == found.isEmpty)
        return found
    }

    private func image(_ name: String, _ words: String...) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/qemu-img")
        process.arguments = ["create", "-q", "-f", "qcow2"] + words + [program.home + "/" + name, "1M"]
        try? process.run()
        process.waitUntilExit()
    }

    @Test("nothing in the way")
    func fine() throws {
        image("ok.qcow2")
        #expect(try causes(disk(program.home + "/ok.qcow2", "qcow2")) == [])
        #expect(program.run("check", program.home + "/c.xml").output == "Domain 'c' can be started\n")
        // The guest's first write would destroy it, unless the document insists.
        #expect(try causes(disk(program.home + "/ok.qcow2", "raw")).contains { $0.contains("is declared raw") })
        #expect(program.run("list", "--all", "--name").output == "\n" || program.run("list", "--name").output.isEmpty)
    }

    @Test("all causes are told at once")
    func together() throws {
        let found = try causes(
            disk("/nowhere/a.img"), os: "<kernel>/nowhere/vmlinuz</kernel>",
            edit: { $0.replacingOccurrences(of: "<memory unit='MiB'>32", with: "<memory unit='TiB'>900") })
        #expect(found.contains { $0.contains("'/nowhere/a.img'") })
        #expect(found.contains { $0.contains("'/nowhere/vmlinuz'") })
        #expect(found.contains { $0.contains("is more than this host has") })
    }

    @Test("a backing file that is missing, one without a declared format, and a chain that bites its tail")
    func backing() throws {
        image("base.qcow2")
        image("top.qcow2", "-b", "base.qcow2", "-F", "qcow2")
        let top = disk(program.home + "/top.qcow2", "qcow2")
        #expect(try causes(top) == [])
        image("other.qcow2", "-u", "-b", "top.qcow2", "-F", "qcow2")
        try FileManager.default.removeItem(atPath: program.home + "/base.qcow2")
        #expect(try causes(top).first?.hasPrefix("Cannot access backing file of '\(program.home)/top.qcow2'") == true)
        try FileManager.default.moveItem(
            atPath: program.home + "/other.qcow2", toPath: program.home + "/base.qcow2")
        #expect(try causes(top).contains { $0.contains("comes back to") })
        // QEMU would look for this one in the folder in which it runs.
        image("elsewhere.qcow2", "-u", "-b", "file:base.qcow2", "-F", "qcow2")
        #expect(
            try causes(disk(program.home + "/elsewhere.qcow2", "qcow2")).first?.hasSuffix("it is not an absolute path")
                == true)
        // What an old qemu-img would have written: the extension that names the format is blotted out.
        let path = program.home + "/top.qcow2"
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let mark: [UInt8] = [0xe2, 0x79, 0x2a, 0xca]
        let place = try #require((0..<512).first { Array(bytes[$0..<($0 + 4)]) == mark })
        bytes.replaceSubrange(place..<place + 4, with: [1, 2, 3, 4])
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(try causes(top).contains { $0.contains("is not declared") })
    }

    @Test("the format, the firmware, the folder that is shared")
    func files() throws {
        let path = try program.file("x.qcow2", String(repeating: "x", count: 4096))
        #expect(try causes(disk(path, "qcow2")) == ["image '\(path)' is not in qcow2 format"])
        #expect(try causes(disk(path, "vdi")) == ["image '\(path)' is not in vdi format"])
        let flat = try program.file("flat.vmdk", "# Disk DescriptorFile\nversion=1\nRW 1 FLAT \"flat-flat.vmdk\" 0\n")
        #expect(try causes(disk(flat, "vmdk")) == [])
        let odd = try program.file("odd.vmdk", "# Disk DescriptorFile\nversion=1\nRW 1 FLAT \"f\" 0\n")
        #expect(try causes(disk(odd, "vmdk")).contains { $0.contains("'f'") })
        let loader = "<loader readonly='yes' type='rom'>/nowhere/bios.bin</loader>"
        #expect(try causes("", os: loader).contains { $0.contains("firmware image '/nowhere/bios.bin'") })
        let share =
            "<filesystem type='mount' accessmode='mapped'><source dir='/nowhere/s'/><target dir='s'/></filesystem>"
        #expect(try causes(share).contains { $0.contains("shared folder '/nowhere/s'") })
    }

    @Test("what stands in a file's place is told with what to do", arguments: ["kernel", "initrd", "loader"])
    func oddFiles(element: String) throws {
        let pipe = program.home + "/pipe"
        mkfifo(pipe, 0o600)
        let kernel = element == "initrd" ? "<kernel>/etc/hostname</kernel>" : ""
        let mark = element == "loader" ? " type='rom' readonly='yes'" : ""
        let file = try program.domain("c", devices: "", os: "\(kernel)<\(element)\(mark)>\(pipe)</\(element)>")
        let found = program.run("check", file, "--output", "json").json["causes"]?.array ?? []
        let cause = found.first { $0["message"]?.string?.contains("'\(pipe)': it is a FIFO") == true }
        #expect(cause?["remedy"] != nil, "\(found)")
    }

    @Test("a list says once of a definition that it can't be used")
    func brokenDefinition() throws {
        let file = try program.domain("c", devices: "")
        #expect(program.run("define", file).status == 0)
        let path = try #require(
            FileManager.default.enumerator(atPath: program.home)?.compactMap { $0 as? String }
                .first { $0.hasSuffix("domains/c.xml") })
        try Data("<domain>".utf8).write(to: URL(fileURLWithPath: program.home + "/" + path))
        let errors = program.run("list", "--all").errors
        #expect(errors.components(separatedBy: "can't be used").count == 2, "\(errors)")
        #expect(errors.hasPrefix("warning: the definition of domain 'c' can't be used: "))
    }

    @Test("ports, and the process that has them")
    func ports() throws {
        let listener = try Socket.listen(at: .tcp(host: "127.0.0.1", port: 0))
        let port = Socket.port(of: listener.raw)
        let vnc = try causes("<graphics type='vnc' port='\(port)' autoport='no'/>")
        #expect(vnc.first?.hasPrefix("VNC port \(port) on 127.0.0.1 is taken by process \(getpid()) (") == true)
        let serial =
            "<serial type='tcp'><source mode='bind' host='127.0.0.1' service='\(port)'/><protocol type='raw'/></serial>"
        #expect(try causes(serial).first?.hasPrefix("port \(port) on 127.0.0.1 is taken") == true)
    }

    @Test("an image in use, and the domain that has it")
    func locked() throws {
        let path = try program.file("shared.img", String(repeating: "\0", count: 1 << 20))
        _ = program.run("define", try program.domain("owner", devices: disk(path)))
        try #require(program.run("start", "owner").status == 0)
        let found = try causes(disk(path))
        #expect(found.first?.hasPrefix("image '\(path)' is in use by domain 'owner' (process ") == true)
    }

    @Test("an emulator, a machine, a CPU model and a device that aren't there")
    func emulator() throws {
        let file = try causes("<emulator>/nowhere/qemu</emulator>")
        #expect(file.contains { $0.contains("'/nowhere/qemu'") })
        let machine = try causes("", edit: { $0.replacingOccurrences(of: "machine='pc'", with: "machine='q53'") })
        #expect(machine.contains { $0.contains("'q53'") })
        let cpu = "<cpu mode='custom' match='exact'><model>Haswel</model></cpu>"
        let model = try causes("", edit: { $0.replacingOccurrences(of: "<devices>", with: cpu + "<devices>") })
        #expect(model.count == 1)
        #expect(model.first?.hasSuffix("/c.xml:6:36: Unknown CPU model 'Haswel'; did you mean 'Haswell'?") == true)
        let many = try causes("", edit: { $0.replacingOccurrences(of: "<vcpu>1<", with: "<vcpu>999<") })
        #expect(many.contains { $0.contains("takes 255 CPUs at most, not 999") })
    }

    @Test("huge pages that the host doesn't have")
    func hugePages() throws {
        let backing = "<memoryBacking><hugepages><page size='3' unit='MiB'/></hugepages></memoryBacking>"
        let found = try causes("", edit: { $0.replacingOccurrences(of: "<vcpu>", with: backing + "<vcpu>") })
        #expect(found.contains { $0.contains("huge pages") } || found.contains { $0.contains("hugetlbfs") }, "\(found)")
    }

    @Test(
        "a folder that is closed is named, with its mode and owner",
        .enabled(if: getuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv"), "needs root"))
    func closedFolder() throws {
        let closed = program.home + "/closed"
        try FileManager.default.createDirectory(
            atPath: closed, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        _ = try program.file("closed/a.img", "x")
        let file = try program.domain("c", devices: disk(closed + "/a.img"))
        let process = Process()
        let home = NSTemporaryDirectory() + "vmctl-test-nobody-\(getpid())"
        try FileManager.default.createDirectory(
            atPath: home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o777])
        defer { try? FileManager.default.removeItem(atPath: home) }
        chmod(home, 0o777)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
        process.arguments = ["--reuid", "65534", "--clear-groups", Program.executable, "check", file]
        process.environment = ["VMCTL_HOME": home + "/h", "PATH": "/usr/bin:/bin"]
        let output = Foundation.Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        // Where the program itself can't be reached by another user there is nothing to see.
        guard !text.isEmpty else { return }
        #expect(text.contains("the folder '\(closed)' is closed to you: mode 0700, owner root"), "\(text)")
    }
}
