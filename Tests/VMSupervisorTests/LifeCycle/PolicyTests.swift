import Foundation
import MonitorJSON
import QEMULauncher
import TestBench
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager

/// What the guest does, and what becomes of the machine: guests of a few bytes on real QEMU.
@Suite(.enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64")) struct PolicyTests {
    /// Boot sectors, in 16-bit code for a PC with PIIX4 power management at port 0x600.
    enum Guest: String {
        /// Writes "soft off" into the power management's control register.
        case powersOff = "BA0406B80020EFF4EBFD"
        /// Pulses the CPU's reset line by the keyboard controller.
        case resets = "B0FEE664F4EBFD"
        /// Tells pvpanic that the kernel has crashed.
        case panics = "BA0505B001EEF4EBFD"
        /// Enables the power button, waits for it, then powers off.
        case obeysButton = "BA0206B80001EFBA0006EDA9000174F7BA0406B80020EFF4EBFD"

        var sector: Data {
            var bytes: [UInt8] = []
            var rest = Substring(rawValue)
            while rest.count >= 2 {
                bytes.append(UInt8(rest.prefix(2), radix: 16) ?? 0)
                rest = rest.dropFirst(2)
            }
            return Data(bytes + [UInt8](repeating: 0, count: 510 - bytes.count) + [0x55, 0xaa])
        }
    }

    private func machine(_ guest: Guest, _ policies: String = "") throws -> Bench {
        let image = "/tmp/vmctl-guest-\(UUID())"
        try guest.sector.write(to: URL(fileURLWithPath: image))
        let bench = try Bench { domain in
            Bench.pc(
                domain,
                ["-drive", "file=\(image),format=raw,if=floppy", "-boot", "a", "-device", "pvpanic"])
        }
        bench.files = [image]
        try bench.define("guest", policies)
        return bench
    }

    private func expect(_ bench: Bench, _ state: DomainState, _ reason: StateReason) throws {
        try eventually("\(state) (\(reason))") {
            let now = try bench.manager.status("guest")
            return now.state == state && now.reason == reason
        }
        let now = try bench.manager.status("guest")
        #expect(now.state == state)
        #expect(now.reason == reason)
    }

    private func journal(_ bench: Bench) throws -> String {
        try bench.manager.journalText("guest")
    }

    /// What `info registers` of QEMU's human monitor says.
    private func registers(_ bench: Bench) throws -> String {
        try bench.manager.monitor("guest").execute(
            "human-monitor-command", ["command-line": "info registers"], deadline: .after(.seconds(10))
        ).string ?? ""
    }

    @Test("a guest that powers off: shut off (shutdown)")
    func powerOff() throws {
        let bench = try machine(.powersOff)
        let qemu = try #require(bench.manager.start("guest").qemu)
        try expect(bench, .shutOff, .shutdown)
        #expect(!qemu.isAlive)
    }

    @Test("on_poweroff preserve keeps the machine, in shutdown")
    func powerOffPreserve() throws {
        let bench = try machine(.powersOff, "<on_poweroff>preserve</on_poweroff>")
        try bench.manager.start("guest")
        try expect(bench, .inShutdown, .user)
        #expect(try bench.manager.destroy("guest").reason == .destroyed)
    }

    @Test("on_poweroff restart begins anew in the same QEMU")
    func powerOffRestart() throws {
        let bench = try machine(.powersOff, "<on_poweroff>restart</on_poweroff>")
        let qemu = try bench.manager.start("guest").qemu
        try eventually("two restarts") { try journal(bench).components(separatedBy: "\"SHUTDOWN\"").count > 2 }
        let state = try bench.manager.status("guest")
        #expect(state.state == .running)
        #expect(state.qemu == qemu)
    }

    @Test("a guest that resets runs on; on_reboot destroy ends it")
    func resets() throws {
        let bench = try machine(.resets)
        try bench.manager.start("guest")
        try eventually("a reset") { try journal(bench).contains("\"RESET\"") }
        #expect(try bench.manager.status("guest").state == .running)
        let other = try machine(.resets, "<on_reboot>destroy</on_reboot>")
        try other.manager.start("guest")
        try expect(other, .shutOff, .shutdown)
    }

    @Test("our own reset doesn't end a machine with on_reboot destroy")
    func ownReset() throws {
        let bench = try machine(.obeysButton, "<on_reboot>destroy</on_reboot>")
        let qemu = try bench.manager.start("guest").qemu
        // A BIOS that is reset in the middle of its start resets the machine once more by itself.
        try eventually("the boot sector runs") { try registers(bench).contains("EIP=00007c") }
        try bench.manager.reset("guest")
        try eventually("a reset") { try journal(bench).contains("\"RESET\"") }
        let state = try bench.manager.status("guest")
        let told = try journal(bench)
        #expect(state.state == .running, "\(told)")
        #expect(state.qemu == qemu)
    }

    @Test("a guest that crashes: shut off (crashed), or crashed when it is preserved")
    func panics() throws {
        let bench = try machine(.panics)
        try bench.manager.start("guest")
        try expect(bench, .shutOff, .crashed)
        let kept = try machine(.panics, "<on_crash>preserve</on_crash>")
        try kept.manager.start("guest")
        try expect(kept, .crashed, .panicked)
        try kept.manager.destroy("guest")
    }

    @Test("on_crash restart begins anew; coredump-destroy leaves a dump")
    func panicRestart() throws {
        let bench = try machine(.panics, "<on_crash>restart</on_crash>")
        try bench.manager.start("guest")
        try eventually("two crashes") {
            try journal(bench).components(separatedBy: "\"GUEST_PANICKED\"").count > 2
        }
        let dumping = try machine(.panics, "<on_crash>coredump-destroy</on_crash>")
        try dumping.manager.start("guest")
        try expect(dumping, .shutOff, .crashed)
        let dumps = try Folders.list(dumping.manager.paths.state + "/dump")
        #expect(dumps.count == 1)
        #expect(dumps.first?.hasPrefix("guest-") == true)
    }

    /// Presses the button until the guest, which has to boot first, has seen it.
    private func press(_ bench: Bench, _ button: (VMManager) throws -> Void, until isDone: () throws -> Bool) throws {
        let deadline = Deadline.after(.seconds(20))
        while try !isDone(), !deadline.hasPassed {
            try? button(bench.manager)
            Poll.sleep(.milliseconds(100))
        }
        #expect(try isDone())
    }

    @Test("shutdown presses the button, and the guest powers off")
    func button() throws {
        let bench = try machine(.obeysButton)
        try bench.manager.start("guest")
        try press(bench, { try $0.shutdown("guest", wait: .milliseconds(300)) }) {
            try bench.manager.status("guest").state == .shutOff
        }
        #expect(try bench.manager.status("guest").reason == .shutdown)
    }

    @Test("a guest that doesn't listen to the button: shutdown --wait says so and the machine runs on")
    func deafGuest() throws {
        let bench = try machine(.resets)
        try bench.manager.start("guest")
        let error = #expect(throws: VMError.self) { try bench.manager.shutdown("guest", wait: .milliseconds(50)) }
        #expect(error?.code == .timeout)
        #expect(try bench.manager.status("guest").state == .running)
    }

    @Test("reboot presses the button and lets the same QEMU begin anew")
    func reboot() throws {
        let bench = try machine(.obeysButton)
        let qemu = try bench.manager.start("guest").qemu
        try press(bench, { try $0.reboot("guest") }) { try journal(bench).contains("\"SHUTDOWN\"") }
        try eventually("it runs again") { try journal(bench).contains("\"RESUME\"") }
        let state = try bench.manager.status("guest")
        #expect(state.state == .running)
        #expect(state.qemu == qemu)
    }
}
