import Foundation
import Testing
import VMJSON

@Suite("The last failure is remembered", .enabled(if: Program.hasQEMU, "needs QEMU"))
struct WhyTests {
    private let program = Program()

    private func pid(_ name: String, _ process: String) throws -> Int32 {
        let state = program.run("status", name, "--output", "json").json
        struct Missing: Error {}
        guard let pid = state[process + "_pid"]?.int else { throw Missing() }
        return Int32(pid)
    }

    private func failure(_ name: String) -> JSONValue? {
        program.run("why", name, "--output", "json").json["failure"]
    }

    private func eventually(_ isSo: () -> Bool) -> Bool {
        let limit = Date() + 20
        while !isSo(), Date() < limit { usleep(20_000) }
        return isSo()
    }

    @Test("none is said to be none")
    func none() throws {
        _ = program.run("define", try program.domain("n"))
        #expect(program.run("why", "n").output == "Domain 'n' has had no failure\n")
        #expect(failure("n") == JSONValue.null)
        #expect(program.run("why", "nobody").status == 3)
    }

    @Test("a start that never came to QEMU")
    func missing() throws {
        let disk = "<disk type='file'><source file='/nowhere/a.img'/><target dev='vda' bus='virtio'/></disk>"
        _ = program.run("define", try program.domain("m", devices: disk))
        #expect(program.run("start", "m").status != 0)
        let found = try #require(failure("m"))
        #expect(found["kind"]?.string == "start")
        #expect(found["causes"]?.array?.first?.string?.contains("/nowhere/a.img") == true)
        #expect(found["commandLine"]?.string?.contains("qemu-system-x86_64") == true)
        #expect(found["exit"] == .null)
    }

    @Test("a QEMU that refuses its command line, in its own words, with its status")
    func refused() throws {
        let file = try program.file(
            "r.xml",
            """
            <domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>r</name>
            <memory unit='MiB'>32</memory><os><type arch='x86_64' machine='pc'>hvm</type></os>
            <qemu:commandline><qemu:arg value='-no-such-option'/></qemu:commandline></domain>
            """)
        #expect(program.run("define", file).status == 0)
        #expect(program.run("start", "r").status != 0)
        let found = try #require(failure("r"))
        #expect(found["exit"]?.string == "exit status 1")
        #expect(found["stderr"]?.array?.contains { $0.string?.contains("no-such-option") == true } == true)
        #expect(found["commandLine"]?.string?.contains("-no-such-option") == true)
        let text = program.run("why", "r").output
        #expect(text.hasPrefix("Domain 'r' failed to start at 2"))
        #expect(text.contains("QEMU's standard error:\n"))
        // A later start that works doesn't wipe it out; undefine does.
        #expect(program.run("undefine", "r").status == 0)
    }

    @Test("a crash, with its signal")
    func crash() throws {
        _ = program.run("define", try program.domain("c"))
        try #require(program.run("start", "c").status == 0)
        kill(try pid("c", "qemu"), SIGSEGV)
        #expect(eventually { program.run("domstate", "c").output == "shut off\n" })
        // A reader sees that QEMU is gone before its supervisor does.
        #expect(eventually { failure("c") != .null })
        let found = try #require(failure("c"))
        #expect(found["kind"]?.string == "crash")
        #expect(found["exit"]?.string == "signal 11 (SIGSEGV)")
        #expect(found["log"]?.array?.isEmpty == false)
    }

    @Test("QEMU and its supervisor killed at once")
    func allKilled() throws {
        _ = program.run("define", try program.domain("k"))
        try #require(program.run("start", "k").status == 0)
        let (supervisor, qemu) = (try pid("k", "supervisor"), try pid("k", "qemu"))
        kill(supervisor, SIGSTOP)
        kill(qemu, SIGKILL)
        kill(supervisor, SIGKILL)
        #expect(eventually { program.run("domstate", "k").output == "shut off\n" })
        let found = try #require(failure("k"))
        #expect(found["kind"]?.string == "crash")
        #expect(found["causes"]?.array?.isEmpty == false)
        #expect(found["commandLine"]?.string?.contains("guest=k") == true)
    }

    @Test("vmctl and the supervisor killed while QEMU starts")
    func killedWhileStarting() throws {
        let emulator = try program.file(
            "qemu",
            "#!/bin/sh\ncase \"$*\" in *guest=h,*) exec sleep 60;; esac\nexec /usr/bin/qemu-system-x86_64 \"$@\"\n")
        chmod(emulator, 0o755)
        let defined = program.run(
            "define", try program.domain("h", devices: "<emulator>\(emulator)</emulator>"))
        try #require(defined.status == 0, "\(defined.errors)")
        let start = Process()
        start.executableURL = URL(fileURLWithPath: Program.executable)
        start.arguments = ["start", "h"]
        start.environment = ProcessInfo.processInfo.environment.merging(["VMCTL_HOME": program.home]) { $1 }
        start.standardError = FileHandle.nullDevice
        try start.run()
        #expect(eventually { (try? pid("h", "supervisor")) != nil })
        let supervisor = try pid("h", "supervisor")
        kill(start.processIdentifier, SIGKILL)
        kill(supervisor, SIGKILL)
        start.waitUntilExit()
        #expect(eventually { program.run("domstate", "h").output == "shut off\n" })
        let found = try #require(failure("h"))
        #expect(found["kind"]?.string == "start", "\(found)")
        #expect(found["causes"]?.array?.first?.string?.contains("supervisor was killed") == true, "\(found)")
        #expect(found["commandLine"]?.string?.contains("guest=h") == true)
    }

    @Test("a machine that ended as it should has had no failure")
    func orderly() throws {
        _ = program.run("define", try program.domain("o"))
        try #require(program.run("start", "o").status == 0)
        #expect(program.run("why", "o").output.contains("no failure"))
        _ = program.run("destroy", "o")
        #expect(program.run("why", "o").output.contains("no failure"))
    }
}
