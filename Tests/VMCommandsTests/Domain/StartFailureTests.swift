import Foundation
import Testing
import VMJSON

@testable import VMCommands

@Suite("A start that fails says why, and leaves nothing behind", .enabled(if: Program.hasQEMU, "needs QEMU"))
struct StartFailureTests {
    private let program = Program()

    /// Defines a domain, fails to start it, and checks what is told and what is left.
    private func start(
        _ name: String, devices: String = "", machine: String = "pc", arguments: [String] = [], status: Int32? = nil,
        says words: [String]
    ) throws {
        let defined = program.run("define", try program.domain(name, devices: devices, machine: machine))
        if defined.status == 0 {
            let result = program.run(["start", name] + arguments)
            #expect(result.status != 0)
            if let status { #expect(result.status == status, "\(result.errors)") }
            #expect(result.errors.hasPrefix("error: Failed to start domain '\(name)'\n"))
            for word in words { #expect(result.errors.contains(word), "\(result.errors)") }
        } else {
            // Some of it can be told as early as that.
            for word in words { #expect(defined.errors.contains(word), "\(defined.errors)") }
            return
        }
        #expect(program.run("domstate", name).output == "shut off\n")
        #expect(program.run("list", "--name").output.isEmpty)
        #expect(program.run("list", "--all", "--name").output.contains(name))
    }

    private func disk(_ path: String, format: String = "raw", readonly: Bool = false) -> String {
        """
        <disk type='file' device='disk'><driver name='qemu' type='\(format)'/><source file='\(path)'/>
        <target dev='vda' bus='virtio'/>\(readonly ? "<readonly/>" : "")</disk>
        """
    }

    @Test("a disk that isn't there")
    func missingDisk() throws {
        try start("d", devices: disk("/nonexistent/disk.img"), says: ["/nonexistent/disk.img"])
    }

    @Test("a disk whose format is another than the declared one")
    func wrongFormat() throws {
        let path = try program.file("not.qcow2", String(repeating: "x", count: 65536))
        try start("f", devices: disk(path, format: "qcow2"), says: [path])
    }

    @Test("a disk that another running machine uses, which is named")
    func busyDisk() throws {
        let path = try program.file("shared.img", String(repeating: "\0", count: 1 << 20))
        let first = program.run("define", try program.domain("owner", devices: disk(path)))
        try #require(first.status == 0, "\(first.errors)")
        let owner = program.run("start", "owner")
        try #require(owner.status == 0, "\(owner.errors)")
        _ = program.run("define", try program.domain("second", devices: disk(path)))
        let second = program.run("start", "second")
        #expect(second.status != 0)
        #expect(second.errors.contains(path) && second.errors.contains("'owner'"), "\(second.errors)")
        #expect(program.run("domstate", "owner").output == "running\n")
    }

    @Test("an emulator that isn't there")
    func missingEmulator() throws {
        try start("e", devices: "<emulator>/nonexistent/qemu</emulator>", says: ["/nonexistent/qemu"])
    }

    @Test("a machine type that this QEMU doesn't know")
    func unknownMachine() throws {
        try start("m", machine: "pc-q53", says: ["pc-q53"])
    }

    @Test("a QEMU that ends at once, with its own words")
    func endsAtOnce() throws {
        let path = try program.file(
            "args.xml",
            """
            <domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
              <name>args</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>
              <os><type arch='x86_64' machine='pc'>hvm</type></os>
              <qemu:commandline><qemu:arg value='-nosuchoption'/></qemu:commandline>
            </domain>
            """)
        let defined = program.run("define", path)
        try #require(defined.status == 0, "\(defined.errors)")
        let result = program.run("start", "args")
        #expect(result.status == 11)
        #expect(result.errors.contains("-nosuchoption: invalid option"), "\(result.errors)")
        #expect(program.run("domstate", "args", "--reason").output == "shut off (failed)\n")
    }

    @Test("a VNC port that is taken")
    func vncPort() throws {
        // A listener of our own takes the port; the kernel picks one that is free.
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic -> UInt16 in
                _ = bind(listener, generic, length)
                _ = listen(listener, 1)
                _ = getsockname(listener, generic, &length)
                return UInt16(bigEndian: pointer.pointee.sin_port)
            }
        }
        try start(
            "v", devices: "<graphics type='vnc' port='\(port)' autoport='no' listen='127.0.0.1'/>", says: ["\(port)"])
    }

    @Test("a machine that runs already")
    func alreadyRunning() throws {
        _ = program.run("define", try program.domain("twice"))
        #expect(program.run("start", "twice").status == 0)
        let again = program.run("start", "twice")
        #expect(again.status == 4)
        #expect(again.errors.contains("Domain is already active"))
        #expect(program.run("destroy", "twice").status == 0)
    }

    @Test("of two starts at once one wins and the other says so")
    func race() async throws {
        _ = program.run("define", try program.domain("race"))
        let program = program
        let results = await withTaskGroup(of: Program.Result.self) { group in
            for _ in 0..<4 { group.addTask { program.run("start", "race") } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.filter { $0.status == 0 }.count == 1)
        for loser in results where loser.status != 0 {
            #expect(loser.status == 4, "\(loser.errors)")
            #expect(loser.errors.contains("already active"), "\(loser.errors)")
        }
        #expect(program.run("list", "--name").output == "race\n")
    }

    @Test("a home whose path is longer than a socket's may be")
    func longPath() throws {
        let home = program.home + "/" + String(repeating: "long-folder-name-", count: 12)
        let document = try program.domain("deep")
        let environment = ["VMCTL_HOME": home]
        #expect(program.run(["define", document], environment: environment).status == 0)
        let result = program.run(["start", "deep"], environment: environment)
        #expect(result.status == 0, "\(result.errors)")
        #expect(program.run(["status", "deep", "--output", "json"], environment: environment).json["answer_ms"] != nil)
        #expect(program.run(["destroy", "deep"], environment: environment).status == 0)
    }

    @Test("a runtime folder that can't be made")
    func runtimeFolder() throws {
        _ = program.run("define", try program.domain("norun"))
        _ = try program.file("run", "a file where the folder should be")
        let result = program.run("start", "norun")
        #expect(result.status != 0)
        #expect(result.errors.contains(program.home + "/run"), "\(result.errors)")
    }

    @Test("a name that is another machine's id takes none of its calls")
    func nameLikeID() throws {
        _ = program.run("define", try program.domain("first"))
        #expect(program.run("start", "first").status == 0)
        let id = program.run("domid", "first").output.trimmingCharacters(in: .newlines)
        _ = program.run("define", try program.domain(id))
        #expect(program.run("domname", id).output == "first\n")
        #expect(program.run("domstate", id).output == "running\n")
        #expect(program.run("destroy", id).status == 0)
        #expect(program.run("domstate", "first").output == "shut off\n")
        // The number is free now, and the name counts.
        #expect(program.run("domname", id).output == id + "\n")
    }

    @Test("a QEMU that is killed has crashed, and the signal is told")
    func killed() throws {
        _ = program.run("define", try program.domain("victim"))
        #expect(program.run("start", "victim").status == 0)
        let pid = try #require(program.run("status", "victim", "--output", "json").json["qemu_pid"]?.int)
        kill(pid_t(pid), SIGKILL)
        #expect(program.run("wait", "victim", "--for", "shutoff", "--timeout", "5").status == 0)
        #expect(program.run("domstate", "victim", "--reason").output == "shut off (crashed)\n")
        #expect(program.run("status", "victim").output.contains("SIGKILL"))
    }

    @Test("a supervisor that is killed is replaced, and the machine runs on")
    func supervisorKilled() throws {
        _ = program.run("define", try program.domain("orphan"))
        #expect(program.run("start", "orphan").status == 0)
        let before = program.run("status", "orphan", "--output", "json").json
        let supervisor = try #require(before["supervisor_pid"]?.int)
        kill(pid_t(supervisor), SIGKILL)
        // Nobody does anything about it.
        var after = before
        for _ in 0..<1000 where after["supervisor_pid"] == before["supervisor_pid"] {
            Thread.sleep(forTimeInterval: 0.01)
            after = program.run("status", "orphan", "--output", "json").json
        }
        #expect(after["state"] == "running")
        #expect(after["qemu_pid"] == before["qemu_pid"])
        #expect(after["supervisor_pid"] != before["supervisor_pid"])
        #expect(program.run("suspend", "orphan").status == 0)
        #expect(program.run("destroy", "orphan").status == 0)
    }
}
