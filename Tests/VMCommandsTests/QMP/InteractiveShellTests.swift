import Foundation
import MonitorJSON
import Testing
import VMJSON
import VMTestSupport

@Suite(
    "The monitor's shell on a terminal", .enabled(if: TemporaryQEMU.isThere, "needs qemu-system-x86_64"),
    .timeLimit(.minutes(40)))
struct InteractiveShellTests {
    private func machine(_ build: TemporaryQEMU.Build) throws -> TemporaryQEMU {
        let qemu = try TemporaryQEMU(
            build,
            arguments: [
                "-machine", "pc,accel=tcg", "-m", "32", "-S", "-blockdev",
                "driver=null-co,node-name=medium,size=1048576,read-zeroes=on", "-device", "ide-cd,id=cd0,drive=medium",
                "-netdev", "user,id=net0",
            ])
        try qemu.waitUntilReady()
        return qemu
    }

    @Test(
        "Completion, events, help, types, secrets, and the history of the run before", arguments: TemporaryQEMU.builds)
    func session(build: TemporaryQEMU.Build) throws {
        let qemu = try machine(build)
        let program = Program()
        let transcript = qemu.folder + "/transcript"
        let shell = try Terminal(program, "qmp", qemu.socketPath)
        #expect(shell.wait(for: "/help says what can be done"))
        #expect(shell.wait(for: "qmp.sock> "))

        // A command, an argument, an id, all by Tab.
        shell.type("/transcript \(transcript)\r")
        #expect(shell.wait(for: "recording into"))
        shell.type("blockdev-open-t\t")
        #expect(shell.wait(for: "blockdev-open-tray "))
        shell.type("i\tc\t")
        #expect(shell.wait(for: "id=cd0 "))
        shell.type("\r")
        #expect(shell.wait(for: "{}"))
        #expect(shell.wait(for: "* DEVICE_TRAY_MOVED"))

        // A device type.
        shell.type("device_add driver=e100\t")
        // QEMU is given a second to name its types, which takes longer on a busy host: then Tab is pressed again.
        let isNamed = (0..<10).contains { _ in
            if shell.wait(for: "e1000", seconds: 2) { return true }
            shell.type("\t")
            return false
        }
        #expect(isNamed)
        shell.type("\u{15}device_add driver=e1000 id=net1 netdev=net0\r")
        #expect(shell.wait(for: "{}"))

        // A word of an enumeration.
        shell.type("blockdev-add driver=null-c\t")
        #expect(shell.wait(for: "driver=null-co "))
        shell.type("node-name=n1 size=1048576\r")
        #expect(shell.wait(for: "{}"))
        shell.type("query-named-block-nodes flat=true\r")
        #expect(shell.wait(for: "\"node-name\":\"n1\""))

        // An event comes while a line is being typed: the line comes back below it, whole.
        shell.type("cont\r")
        #expect(shell.wait(for: "* RESUME"))
        shell.type("human-monitor-command command-line=stop\r")
        #expect(shell.wait(for: "* STOP"))
        shell.type("/help ejec")
        shell.type("t\r")
        #expect(shell.wait(for: "[force]: boolean"))

        shell.type("ejct\r")
        #expect(shell.wait(for: "did you mean 'eject'?"))
        shell.type("info name\r")
        #expect(shell.wait(for: "qmp.sock> "))
        shell.type("object-add qom-type=secret id=s data=geheim\r")
        #expect(shell.wait(for: "{}"))
        shell.type("/quit\r")
        #expect(shell.end() == 0)
        let said = try String(contentsOfFile: transcript, encoding: .utf8)
        #expect(said.contains("> blockdev-open-tray id=cd0") && said.contains("data=•••"))
        #expect(!said.contains("geheim"))

        // The next run knows the lines of this one, without the secret.
        let again = try Terminal(program, "qmp", qemu.socketPath)
        #expect(again.wait(for: "qmp.sock> "))
        again.type("\u{1b}[A\u{1b}[A")
        #expect(again.wait(for: "object-add qom-type=secret id=s data=•••"))
        again.type("\u{15}\u{04}")
        #expect(again.end() == 0)
        #expect(!again.shown.contains("geheim"))
        if ProcessInfo.processInfo.environment["VMCTL_SHOW"] != nil { print(shell.screen.joined(separator: "\n")) }
    }

    @Test("An event from elsewhere moves the line that is being typed, and takes nothing of it")
    func tearing() throws {
        let fake = try FakeQEMU(
            FakeStep.opening + [
                .expect("query-qmp-schema"), .refuse(.init(.commandNotFound, "none")), .expect("query-status"),
                .reply([:]), .delay(.milliseconds(700)), .event(.init("POWERDOWN")), .expect("query-name"), .reply([:]),
                .awaitEnd,
            ], patience: .seconds(20))
        let shell = try Terminal(Program(), "qmp", "\(fake.address)")
        #expect(shell.wait(for: "> "))
        shell.type("query-status\r")
        #expect(shell.wait(for: "{}"))
        shell.type("query-na")
        #expect(shell.wait(for: "* POWERDOWN"))
        #expect(shell.wait(for: "> query-na"))
        shell.type("me\r")
        #expect(shell.wait(for: "{}"))
        // While a command runs the key would be the terminal's.
        #expect(shell.wait(for: "> "))
        shell.type("\u{04}")
        #expect(shell.end() == 0)
        #expect(fake.finish() == [])
        #expect(shell.screen.contains { $0.hasSuffix("> query-name") })
    }
}
