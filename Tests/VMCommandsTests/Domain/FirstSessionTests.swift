import Foundation
import Testing
import VMJSON

@testable import VMCommands

@Suite(
    "A first session with a real guest",
    .enabled(if: Program.hasQEMU && Program.hasGuest, "needs QEMU and the guest of scripts/build-guest"))
struct FirstSessionTests {
    /// Types into the console until the guest has answered with `words`.
    private func ask(_ program: Program, _ command: String, until words: String) -> Bool {
        for _ in 0..<60 {
            if program.run("-q", "console", "cdrom", input: command + "\n").output.contains(words) { return true }
            Thread.sleep(forTimeInterval: 0.2)
        }
        return false
    }

    @Test("define, start, ask, eject, change, suspend, resume, shut down, undefine")
    func wholeLife() throws {
        let program = Program()
        #expect(
            program.run("define", "examples/domains/cdrom.xml").output
                == "Domain 'cdrom' defined from examples/domains/cdrom.xml\n")
        #expect(program.run("list", "--all").output.contains(" -    cdrom   shut off\n"))
        #expect(program.run("domstate", "cdrom").output == "shut off\n")

        let started = program.run("start", "cdrom")
        try #require(started.status == 0, "\(started.errors)")
        #expect(started.output == "Domain 'cdrom' started\n")
        #expect(program.run("domstate", "cdrom", "--reason").output == "running (booted)\n")
        let status = program.run("status", "cdrom", "--output", "json").json
        #expect(status["state"] == "running")
        #expect(status["qemu_pid"]?.int ?? 0 > 0)
        #expect(status["qemu_version"]?.string?.isEmpty == false)
        #expect(status["answer_ms"] != nil)
        let id = try #require(status["id"]?.int)
        #expect(program.run("domname", "\(id)").output == "cdrom\n")

        #expect(ask(program, "up", until: "vmctl guest: up"))
        #expect(ask(program, "cdrom", until: "vmctl guest: cdrom holds VMCTL_CD"))
        let ejected = program.run("eject", "cdrom")
        #expect(ejected.output == "Successfully ejected media.\n", "\(ejected.errors)")
        #expect(ask(program, "cdrom", until: "vmctl guest: cdrom empty"))
        #expect(program.run("eject", "cdrom").status != 0)
        let inserted = program.run("change-media", "cdrom", "hdc", "build/guest/other.iso", "--insert")
        #expect(inserted.output == "Successfully inserted media.\n", "\(inserted.errors)")
        #expect(ask(program, "cdrom", until: "vmctl guest: cdrom holds VMCTL_OTHER"))
        #expect(program.run("dumpxml", "cdrom").output.contains("build/guest/other.iso"))

        #expect(program.run("suspend", "cdrom").output == "Domain 'cdrom' suspended\n")
        #expect(program.run("domstate", "cdrom", "--reason").output == "paused (user)\n")
        #expect(program.run("wait", "cdrom", "--for", "paused", "--timeout", "1").status == 0)
        #expect(program.run("resume", "cdrom").output == "Domain 'cdrom' resumed\n")

        let off = program.run("shutdown", "cdrom", "--wait", "--timeout", "60")
        #expect(off.output == "Domain 'cdrom' has shut down\n", "\(off.errors)")
        #expect(program.run("domstate", "cdrom", "--reason").output == "shut off (shutdown)\n")
        // What stays of it (the media) is told after that.
        let undefined = program.run("undefine", "cdrom").output.split(separator: "\n")
        #expect(undefined.first == "Domain 'cdrom' has been undefined")
        #expect(undefined.dropFirst().allSatisfy { $0.hasPrefix("kept: ") })
        #expect(program.run("list", "--all", "--name").output.isEmpty)
    }

    @Test(
        "every example runs as it stands",
        arguments: ["minimal", "direct-kernel", "cdrom", "disk-network", "desktop", "policies"])
    func examples(_ name: String) throws {
        let program = Program()
        let defined = program.run("define", "examples/domains/\(name).xml")
        try #require(defined.status == 0, "\(defined.errors)")
        let started = program.run("start", name)
        try #require(started.status == 0, "\(started.errors)")
        #expect(program.run("domstate", name).output == "running\n")
        #expect(program.run("destroy", name).output == "Domain '\(name)' destroyed\n")
        #expect(program.run("domstate", name, "--reason").output == "shut off (destroyed)\n")
    }
}
