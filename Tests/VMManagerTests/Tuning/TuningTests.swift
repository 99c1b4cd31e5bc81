import Foundation
import QEMULauncher
import TestBench
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager

/// Threads, policies, single processors and firmware variables of running machines.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"))
struct TuningTests {
    private let both = ChangeScope(live: true, config: true)

    private func code(_ body: () throws -> Void) -> VMError.Code? {
        do { try body() } catch { return (error as? VMError)?.code }
        return nil
    }

    @Test(
        "threads for I/O come, are set and bound, and go; the next start has what was stored",
        arguments: LiveBench.emulators)
    func ioThreads(emulator: String) throws {
        let bench = try LiveBench()
        let image = try bench.image("a")
        try bench.start("io", emulator: emulator)
        let manager = bench.manager
        try manager.addIOThread("io", 2, scope: both)
        func threads() throws -> [JSONValue] { try bench.run("io", "query-iothreads").array ?? [] }
        #expect(try threads().map { $0["id"] } == ["iothread2"])
        #expect(code { try manager.addIOThread("io", 2, scope: both) } == .exists)
        #expect(code { try manager.addIOThread("io", 0) } == .invalidArgument)
        var settings = IOThreadSettings()
        (settings.pollMax, settings.threadPoolMin, settings.threadPoolMax) = (5000, 65, 70)
        try manager.setIOThread("io", 2, settings, scope: both)
        #expect(try threads().first?["poll-max-ns"] == 5000)
        #expect(
            try bench.run("io", "qom-get", ["path": "/objects/iothread2", "property": "thread-pool-max"]) == 70)
        #expect(code { try manager.setIOThread("io", 3, settings) } == .notFound)
        try manager.pin("io", .iothread(2), to: CPUSet([0]), scope: both)
        #expect(try manager.pins("io").iothreads.map(\.processors.xml) == ["0"])

        // One that serves a disk stays.
        let disk = try bench.device(
            "<disk type='file' device='disk'><driver name='qemu' type='raw' iothread='2'/><source file='\(image)'/>"
                + "<target dev='vdb' bus='virtio'/></disk>")
        _ = try manager.attachDevice("io", disk, scope: both)
        #expect(code { try manager.removeIOThread("io", 2, scope: .live) } == .busy)
        #expect(code { try manager.removeIOThread("io", 9) } == .notFound)
        try manager.addIOThread("io", 1, scope: .live)
        try manager.removeIOThread("io", 1, scope: .live)
        #expect(try threads().map { $0["id"] } == ["iothread2"])

        try manager.destroy("io")
        try manager.start("io", paused: true)
        #expect(try threads().first?["poll-max-ns"] == 5000)
        #expect(try manager.pins("io").iothreads.map(\.processors.xml) == ["0"])
        #expect(try manager.xml("io").contains("<iothread id='2' thread_pool_min='65' thread_pool_max='70'>"))
    }

    @Test(
        "a supervisor that is killed while a thread is added: the next one adds it, once",
        arguments: ["change.journal", "change.step.0", "change.done", "change.published"])
    func killedChange(point: String) throws {
        let bench = try LiveBench()
        try bench.start("killed", failpoint: point)
        let supervisor = try #require(try bench.manager.status("killed").supervisor)
        try bench.manager.addIOThread("killed", 1, scope: .live)
        #expect(!supervisor.isAlive)
        #expect(try bench.manager.xml("killed").contains("<iothread id='1'/>"))
        #expect(code { try bench.manager.addIOThread("killed", 1, scope: .live) } == .exists)
        #expect(try bench.run("killed", "query-iothreads").array?.count == 1)
    }

    @Test("processors by their numbers", arguments: LiveBench.emulators)
    func processors(emulator: String) throws {
        let bench = try LiveBench()
        try bench.start("cpus", emulator: emulator)
        let manager = bench.manager
        try manager.setProcessors("cpus", numbers: [2], enabled: true, scope: both)
        #expect(try bench.run("cpus", "query-cpus-fast").array?.compactMap { $0["cpu-index"]?.int } == [0, 2])
        for inactive in [false, true] {
            let xml = try manager.xml("cpus", inactive: inactive)
            #expect(xml.contains("<vcpu id='1' enabled='no' hotpluggable='yes'/>"))
            #expect(xml.contains("<vcpu id='2' enabled='yes' hotpluggable='yes' order='2'/>"))
        }
        #expect(code { try manager.setProcessors("cpus", numbers: [3], enabled: true) } == .notFound)
        #expect(code { try manager.setProcessors("cpus", numbers: [0], enabled: false) } == .unsupported)
        try manager.setProcessors("cpus", numbers: [2], enabled: false, scope: .config)
        #expect(try manager.xml("cpus", inactive: true).contains("<vcpu id='2' enabled='no' hotpluggable='yes'/>"))
        #expect(try manager.xml("cpus", inactive: true).contains("current='1'"))
        // The next start has those that the definition says, plugged in so that they can leave again.
        try manager.setProcessors("cpus", numbers: [2], enabled: true, scope: .config)
        try manager.destroy("cpus")
        _ = try manager.start("cpus")
        let processors = try bench.run("cpus", "query-cpus-fast").array ?? []
        #expect(processors.compactMap { $0["cpu-index"]?.int } == [0, 2])
        #expect(processors.compactMap { $0["qom-path"]?.string }.contains { $0.hasSuffix("/vcpu2") })
    }

    /// What the guest would write to its power management, or to its keyboard controller.
    private func guestWrites(_ line: String, _ bench: LiveBench, until isSo: () throws -> Bool) throws {
        try eventually("the machine obeys '\(line)'", within: .seconds(30)) {
            _ = try? bench.run("policy", "human-monitor-command", ["command-line": .string(line)])
            Poll.sleep(.milliseconds(20))
            return try isSo()
        }
    }

    @Test("what becomes of a machine can be decided while it runs, and a new supervisor keeps to it")
    func lifecycleActions() throws {
        let bench = try LiveBench()
        try bench.start("policy")
        let manager = bench.manager
        func journal() throws -> String {
            try manager.journalText("policy")
        }
        try manager.setLifecycleAction("policy", .poweroff(.restart), scope: .live)
        kill(try #require(try manager.status("policy").supervisor?.pid), SIGKILL)
        try guestWrites("o/w 0x604 0x2000", bench) { try journal().contains("\"RESET\"") }
        #expect(try manager.status("policy").state == .running)
        #expect(code { try manager.setLifecycleAction("policy", .reboot(.destroy), scope: .live) } == .invalidXML)
        try manager.setLifecycleAction("policy", .poweroff(.destroy), scope: both)
        try manager.setLifecycleAction("policy", .reboot(.destroy), scope: both)
        #expect(try manager.xml("policy", inactive: true).contains("<on_reboot>destroy</on_reboot>"))
        try guestWrites("o/b 0x64 0xfe", bench) { try !manager.status("policy").state.isActive }
    }

    private static let firmware = "/usr/share/OVMF/OVMF_VARS_4M.ms.fd"

    @Test(
        "firmware variables are made from their template, kept, and made anew when asked for",
        .enabled(if: access(firmware, R_OK) == 0, "needs the package ovmf"))
    func firmwareVariables() throws {
        let bench = try DomainBench()
        let xml = """
            <domain type='qemu'><name>efi</name><memory unit='MiB'>64</memory>
            <os firmware='efi'><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features></domain>
            """
        _ = try bench.manager.define(Array(xml.utf8), file: "efi.xml")
        try bench.manager.start("efi", paused: true)
        let path = try #require(try bench.manager.definition("efi").os.nvram?.file)
        let template = try Files.read(Self.firmware, limit: 64 << 20)
        #expect(try Files.read(path, limit: 64 << 20).count == template.count)
        try bench.manager.destroy("efi")
        var changed = template
        changed[changed.count - 1] ^= 0xff
        try Files.write(changed, to: path)
        try bench.manager.start("efi", paused: true)
        try bench.manager.destroy("efi")
        #expect(try Files.read(path, limit: 64 << 20) == changed)
        try bench.manager.start("efi", paused: true, resetNVRAM: true)
        try bench.manager.destroy("efi")
        #expect(try Files.read(path, limit: 64 << 20) == template)
    }
}
