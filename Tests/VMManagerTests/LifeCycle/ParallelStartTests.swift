import Foundation
import QEMULauncher
import TestBench
import Testing
import VMCore
import VMDomain
import VMTestSupport
import VMXML

@testable import VMManager

/// Machines that are started at the same time, and what each of them gets.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"), .timeLimit(.minutes(40)))
struct ParallelStartTests {
    /// Starts all of them at the same time.
    private func start(_ names: [String], _ manager: VMManager) async -> [String] {
        await withTaskGroup(of: String?.self) { group in
            for name in names {
                group.addTask {
                    do throws(VMError) {
                        try await manager.machine(name).start(paused: true, timeout: .seconds(200))
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
    }

    @Test(
        "machines with automatic ports and helper programs, started at once, all run, each at ports of its own",
        arguments: [8, 50])
    func ports(count: Int) async throws {
        let bench = try DomainBench()
        let manager = bench.manager
        let names = (1...count).map { "vnc\($0)" }
        let hasPasst = DomainBench.has("passt")
        let helped =
            (DomainBench.has("swtpm") && DomainBench.has("swtpm_setup")
                ? "<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>" : "")
            + (DomainBench.has("virtiofsd") && getuid() == 0
                ? "<filesystem type='mount'><driver type='virtiofs'/><binary><sandbox mode='chroot'/></binary>"
                    + "<source dir='\(bench.folder)'/><target dir='share'/></filesystem>" : "")
        for name in names {
            let port = try FreePort.take()
            let forward = "<portForward proto='tcp' address='127.0.0.1'><range start='\(port)' to='22'/></portForward>"
            try bench.define(
                name,
                helped + "<graphics type='vnc' autoport='yes' websocket='-1' listen='127.0.0.1'/>"
                    + "<graphics type='spice' autoport='yes' listen='127.0.0.1'/><video><model type='vga'/></video>"
                    + (hasPasst ? "<interface type='user'><backend type='passt'/>\(forward)</interface>" : ""))
        }
        #expect(await start(names, manager) == [])
        #expect(try manager.list().count == count)
        let domains = try names.map { try manager.domain($0) }
        let ports = domains.flatMap(\.devices.graphics).flatMap { [$0.port, $0.websocket].compactMap(\.self) }
        #expect(ports.count == 3 * count && Set(ports).count == 3 * count)
        // When they run nothing is reserved any more.
        let reserved = try Folders.list(manager.paths.runtime + "/ports").filter {
            FileLock.isHeld(manager.paths.runtime + "/ports/" + $0)
        }
        #expect(reserved == [])
    }

    @Test("starts of several users, who know nothing of each other's reservations, get ports of their own")
    func usersAtOnce() async throws {
        let benches = try (0..<4).map { _ in try DomainBench() }
        for bench in benches {
            for name in ["a", "b"] { try bench.define(name, "<graphics type='vnc' autoport='yes'/>") }
        }
        let managers = benches.map(\.manager)
        let failures = await withTaskGroup(of: [String].self) { group in
            for manager in managers { group.addTask { await start(["a", "b"], manager) } }
            var all: [String] = []
            for await some in group { all += some }
            return all
        }
        #expect(failures == [])
        var ports: [Int] = []
        for manager in managers {
            for name in ["a", "b"] { ports += try manager.domain(name).devices.graphics.compactMap(\.port) }
        }
        #expect(ports.count == 8 && Set(ports).count == 8, "\(ports)")
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
