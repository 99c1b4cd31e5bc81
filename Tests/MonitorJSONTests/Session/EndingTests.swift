import Glibc
import MonitorJSON
import Testing
import VMCore
import VMJSON
import VMTestSupport

/// The ways a session and a QEMU come to their end, beside `quit` and signals.
@Suite(
    "Endings on real QEMU", .enabled(if: TemporaryQEMU.isThere, "needs qemu-system-x86_64"), .timeLimit(.minutes(40)))
struct EndingTests {
    private func soon() -> Deadline { .after(.seconds(30)) }

    @Test(
        "A machine that is kept after its shutdown stops, answers, and can be resumed or ended",
        arguments: TemporaryQEMU.builds)
    func keptMachine(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build, arguments: ["-machine", "pc,accel=tcg", "-m", "32", "-no-shutdown"])
        let monitor = try qemu.connect()
        let shutdown = try turnOff(monitor)
        #expect(shutdown?.isGuest == true && shutdown?.reason == "guest-shutdown")
        _ = try monitor.waitForEvent("STOP", deadline: soon())
        let status = try monitor.execute(QueryStatus(), deadline: soon())
        #expect(!status.isRunning && status.status == .shutdown)
        #expect(qemu.isRunning && monitor.closeReason == nil)
        try monitor.execute(SystemReset(), deadline: soon())
        try monitor.execute(Cont(), deadline: soon())
        qemu.signal(SIGKILL)
        while try monitor.nextEvent(deadline: soon()) != nil {}
        // It had been resumed, so this end was nobody's wish.
        #expect(monitor.closeReason?.isExpected == false)
    }

    /// Writes what a guest writes to turn itself off through ACPI; heeded as soon as the firmware has enabled the port.
    private func turnOff(_ monitor: BlockingMonitor) throws -> ShutdownEvent? {
        let patience = soon()
        while !patience.hasPassed {
            #expect(try monitor.execute(HumanMonitorCommand("o/w 0x604 0x2000"), deadline: soon()).isEmpty)
            while let event = try monitor.nextEvent(deadline: .now) {
                if let shutdown = event.as(ShutdownEvent.self) { return shutdown }
            }
            Poll.sleep(.milliseconds(10))
        }
        return nil
    }

    @Test(
        "The end of the session is not the end of the process: that is waited for by itself",
        arguments: TemporaryQEMU.builds)
    func sessionBeforeProcess(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        let monitor = try qemu.connect()
        // Nothing says that QEMU has nothing left to do once it has closed its monitor, so the client does not either.
        try monitor.execute(Quit(), deadline: soon())
        while try monitor.nextEvent(deadline: soon()) != nil {}
        #expect(monitor.closeReason?.isExpected == true)
        let patience = soon()
        while qemu.isRunning, !patience.hasPassed { Poll.sleep(.milliseconds(1)) }
        #expect(!qemu.isRunning)
    }

    @Test("What the human monitor refuses is text in an answer that succeeds", arguments: TemporaryQEMU.builds)
    func humanMonitor(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        let monitor = try qemu.connect()
        let text = try monitor.execute(HumanMonitorCommand("nonsense"), deadline: soon())
        #expect(text.contains("nonsense") && !text.contains("\r"))
        let version = try monitor.execute(HumanMonitorCommand("info version"), deadline: soon())
        #expect(version.contains("\(try #require(monitor.greeting).version.major)."))
    }

    @Test(
        "What QEMU was told to refuse as deprecated is like a command that is not there",
        arguments: TemporaryQEMU.builds)
    func deprecated(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(
            build, arguments: ["-M", "none", "-compat", "deprecated-input=reject,deprecated-output=hide"])
        let monitor = try qemu.connect()
        let schema = try monitor.execute(QuerySchema(), deadline: soon())
        let tolerant = try TemporaryQEMU(build)
        let whole = try tolerant.connect().execute(QuerySchema(), deadline: soon())
        let old = whole.commands.values.filter { $0.isDeprecated }.map(\.name).sorted()
        #expect(!old.isEmpty)
        for name in old {
            #expect(!schema.contains(command: name))
            let error = #expect(throws: VMError.self) { try monitor.execute(name, deadline: self.soon()) }
            #expect(error?.code == .unsupported, "\(name)")
        }
    }
}
