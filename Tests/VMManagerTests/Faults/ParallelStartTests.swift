import Foundation
import QEMULauncher
import TestBench
import Testing
import VMCore
import VMDomain
import VMXML

@testable import VMManager

/// Machines that are started at the same time, and what each of them gets.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"), .timeLimit(.minutes(2)))
struct ParallelStartTests {
    @Test("eight machines with automatic ports, started at once, all run, each at ports of its own")
    func ports() async throws {
        let bench = try DomainBench()
        let manager = bench.manager
        let names = (1...8).map { "vnc\($0)" }
        for name in names {
            try bench.define(
                name,
                "<graphics type='vnc' autoport='yes' websocket='-1' listen='127.0.0.1'/><video><model type='vga'/></video>"
            )
        }
        let failures = await withTaskGroup(of: String?.self) { group in
            for name in names {
                group.addTask {
                    do throws(VMError) {
                        try await manager.machine(name).start(paused: true)
                        return nil
                    } catch {
                        return "\(name): \(error)"
                    }
                }
            }
            var all: [String] = []
            for await failure in group { if let failure { all.append(failure) } }
            return all
        }
        #expect(failures == [])
        let displays = try names.map { try #require(try manager.domain($0).devices.graphics.first) }
        #expect(Set(displays.compactMap(\.port)).count == 8)
        #expect(Set(displays.compactMap(\.websocket)).count == 8)
        // When they run nothing is reserved any more.
        let reserved = try Folders.list(manager.paths.runtime + "/ports").filter {
            FileLock.isHeld(manager.paths.runtime + "/ports/" + $0)
        }
        #expect(reserved == [])
    }

    @Test("a port that a start has reserved isn't another one's, until that start is over")
    func reservations() throws {
        let bench = try Bench()
        let folder = bench.manager.paths.runtime
        var first: PortReservations? = PortReservations(runtime: folder)
        let second = PortReservations(runtime: folder)
        #expect(first?.take(5900) == true)
        #expect(!second.take(5900) && second.take(5901))
        first = nil
        #expect(second.take(5900))
    }

    @Test("a clock in a time zone: QEMU's local time is that zone's")
    func timeZone() throws {
        let bench = try DomainBench()
        let xml = """
            <domain type='qemu'><name>zone</name><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type></os><clock offset='timezone' timezone='Asia/Tokyo'/>
            <devices><emulator>\(Bench.qemu)</emulator></devices></domain>
            """
        _ = try bench.manager.define(Array(xml.utf8))
        let plan = try bench.manager.plan("zone")
        #expect(plan.environment.contains { $0.name == "TZ" && $0.value == "Asia/Tokyo" })
        let state = try bench.manager.start("zone", paused: true)
        let pid = try #require(state.qemu?.pid)
        #expect(ProcessTable.environment(of: pid).contains { $0.elementsEqual("TZ=Asia/Tokyo".utf8) })
    }

    @Test("the agent of a machine that is paused isn't waited for")
    func pausedAgent() throws {
        let bench = try DomainBench()
        try bench.define(
            "still", "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>")
        try bench.manager.start("still", paused: true)
        let error = #expect(throws: VMError.self) { try bench.manager.guestHostName("still", timeout: .seconds(60)) }
        #expect(error?.code == .wrongState && error?.message.contains("paused") == true)
    }
}
