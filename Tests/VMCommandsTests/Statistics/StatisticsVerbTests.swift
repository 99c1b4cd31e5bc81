import Foundation
import Testing
import VMCore
import VMJSON

@testable import VMCommands

@Suite("Figures of running machines", .enabled(if: Program.hasQEMU, "needs QEMU"))
struct StatisticsVerbTests {
    private let program = Program()

    /// A small machine with two processors, a disk, an empty drive, a card and an I/O thread, stopped at its start.
    private func start(_ name: String) throws {
        let disk = program.home + "/\(name).img"
        _ = FileManager.default.createFile(atPath: disk, contents: Data(count: 1 << 20))
        let xml = try program.file(
            "\(name).xml",
            """
            <domain type='qemu'><name>\(name)</name><memory unit='MiB'>32</memory><vcpu>2</vcpu>
            <iothreads>1</iothreads><os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
            <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
            <disk type='file'><driver name='qemu' type='raw'/><source file='\(disk)'/><target dev='vda' bus='virtio'/></disk>
            <disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>
            <interface type='user'><mac address='52:54:00:11:22:33'/><model type='virtio'/></interface>
            <memballoon model='virtio'><stats period='2'/></memballoon></devices></domain>
            """)
        let defined = program.run("define", xml)
        try #require(defined.status == 0, "\(defined.errors)")
        let started = program.run("start", name)
        try #require(started.status == 0, "\(started.errors)")
    }

    /// The figures as `domstats` prints them, by name.
    private func figures(_ words: String...) -> [String: String] {
        var found: [String: String] = [:]
        for line in program.run(["domstats"] + words).output.split(separator: "\n") where line.hasPrefix("  ") {
            let parts = line.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            found[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
        return found
    }

    @Test("domstats by libvirt's names; the groups that are asked for alone")
    func domstats() throws {
        try start("figures")
        let all = figures("figures")
        #expect(all["state.state"] == "1" && all["state.reason"] == "1")
        #expect(Int(all["cpu.time"] ?? "") ?? 0 > 0)
        #expect(all["balloon.current"] == "32768" && all["balloon.maximum"] == "32768")
        #expect(Int(all["balloon.rss"] ?? "") ?? 0 > 1000)
        #expect(all["vcpu.current"] == "2" && all["vcpu.maximum"] == "2" && all["vcpu.1.state"] == "1")
        #expect(all["net.count"] == "1")
        #expect(all["block.count"] == "2" && all["block.0.name"] == "vda" && all["block.1.name"] == "hdc")
        #expect(all["block.0.capacity"] == "1048576" && all["block.0.rd.reqs"] != nil)
        #expect(all["block.0.path"]?.hasSuffix("/figures.img") == true && all["block.1.path"] == nil)
        #expect(all["iothread.count"] == "1" && all["iothread.1.poll-max-ns"] == "32768")
        #expect(all["stale.age"] == nil)
        #expect(Set(figures("figures", "--state").keys) == ["state.state", "state.reason"])
        let json = program.run("domstats", "figures", "--block", "--output", "json").json
        #expect(json[0]?["statistics"]?["block.count"] == 2)
        #expect(program.run("domstats", "--list-paused").output == "")
        #expect(program.run("domstats", "--list-inactive").output == "")
        _ = program.run("destroy", "figures")
        #expect(figures("figures") == ["state.state": "5", "state.reason": "2"])
        #expect(program.run("domstats").output == "")
    }

    @Test("A stopped QEMU: the figures it gave last, marked with their age; the others' are fresh")
    func frozen() throws {
        try start("frozen")
        try start("fresh")
        let before = figures("frozen")
        let pid = try #require(program.run("status", "frozen", "--output", "json").json["qemu_pid"]?.int)
        kill(Int32(pid), SIGSTOP)
        defer { kill(Int32(pid), SIGCONT) }
        // On a busy host another one may be late as well.
        var asked = program.run("domstats")
        for _ in 0..<50 where asked.errors.contains("'fresh'") { asked = program.run("domstats") }
        #expect(asked.status == 0)
        #expect(asked.errors.contains("the figures of 'frozen' are ") && !asked.errors.contains("'fresh'"))
        let after = figures("frozen")
        #expect(after["block.0.rd.reqs"] == before["block.0.rd.reqs"] && after["block.0.rd.reqs"] != nil)
        #expect(after["vcpu.current"] == "2")
        #expect(Int(after["stale.age"] ?? "") ?? -1 >= 0)
        #expect(figures("fresh")["stale.age"] == nil)
        #expect(program.run("domstats", "--enforce").status != 0)
        let top = program.run("top", "--once", "--delay", "0.2", "--output", "json").json.array ?? []
        #expect(top.first { $0["name"] == "frozen" }?["stale_seconds"] != nil)
        #expect(top.first { $0["name"] == "fresh" }?["cpu_percent"] != nil)
    }

    @Test("The verbs of one kind of figures")
    func kinds() throws {
        try start("kinds")
        #expect(program.run("domblkstat", "kinds", "vda").output.hasPrefix("vda rd_req "))
        #expect(program.run("domblkstat", "kinds", "vda", "--human").output.hasPrefix("Device: vda\n number of read"))
        #expect(program.run("domblkstat", "kinds", "vdz").errors.contains("it has: vda, hdc"))
        #expect(
            program.run("domblkinfo", "kinds", "vda").output.hasPrefix("Capacity:       1048576\nAllocation:     "))
        let list = program.run("domblklist", "kinds", "--details").output
        #expect(list.contains(" file   disk     vda      ") && list.contains(" file   cdrom    hdc      -\n"))
        #expect(
            program.run("domiflist", "kinds").output.contains(
                " -           user   -        virtio   52:54:00:11:22:33\n"))
        #expect(program.run("domifstat", "kinds", "52:54:00:11:22:33").errors.contains("nobody counts"))
        #expect(program.run("domifstat", "kinds", "nosuch").errors.contains("'nosuch' is not a known interface"))
        #expect(program.run("dommemstat", "kinds").output.hasPrefix("actual 32768\n"))
        #expect(program.run("domblkerror", "kinds").output == "No errors found\n")
        #expect(program.run("cpu-stats", "kinds", "--total").output.hasPrefix("Total:\n\tcpu_time             "))
        #expect(program.run("vcpuinfo", "kinds").output.hasPrefix("VCPU:           0\nCPU:            "))
        #expect(
            program.run("vcpucount", "kinds").output == """
                maximum      config         2
                maximum      live           2
                current      config         2
                current      live           2

                """)
        #expect(program.run("vcpucount", "kinds", "--maximum", "--live").output == "2\n")
        _ = program.run("destroy", "kinds")
        #expect(program.run("domblkstat", "kinds").errors.contains("domain is not running"))
        #expect(program.run("domblkinfo", "kinds", "vda").output.hasPrefix("Capacity:       1048576\n"))
    }

    @Test("Processors of the host: asked of the kernel, set in it, and stored")
    func pins() throws {
        try start("pinned")
        #expect(program.run("vcpupin", "pinned", "1", "0").status == 0)
        #expect(program.run("emulatorpin", "pinned", "0", "--live", "--config").status == 0)
        let pins = program.run("vcpupin", "pinned", "--output", "json").json
        #expect(pins[1]?["affinity"] == "0")
        #expect(program.run("emulatorpin", "pinned").output.hasSuffix("       *: 0\n"))
        #expect(program.run("dumpxml", "pinned").output.contains("<vcpupin vcpu='1' cpuset='0'/>"))
        let stored = program.run("dumpxml", "pinned", "--inactive").output
        #expect(stored.contains("<emulatorpin cpuset='0'/>") && !stored.contains("<vcpupin"))
        #expect(program.run("vcpupin", "pinned", "7", "0").errors.contains("vcpu 7 is out of range"))
        #expect(program.run("vcpupin", "pinned", "0", "5000").status != 0)
        #expect(program.run("vcpupin", "pinned", "0", "x").status == 2)
        #expect(program.run("iothreadinfo", "pinned").output.contains(" 1             0"))
    }

    @Test("What <cputune> binds is bound when the machine starts; processors that aren't there are told before")
    func pinnedStart() throws {
        func define(_ name: String, _ processor: Int) throws {
            let xml = try program.file(
                "\(name).xml",
                """
                <domain type='qemu'><name>\(name)</name><memory unit='MiB'>32</memory><vcpu>2</vcpu><iothreads>1</iothreads>
                <cputune><vcpupin vcpu='1' cpuset='\(processor)'/><emulatorpin cpuset='\(processor)'/>
                <iothreadpin iothread='1' cpuset='\(processor)'/></cputune>
                <os><type arch='x86_64' machine='pc'>hvm</type></os>
                <devices><emulator>/usr/bin/qemu-system-x86_64</emulator></devices></domain>
                """)
            let defined = program.run("define", xml)
            try #require(defined.status == 0, "\(defined.errors)")
        }
        try define("bound", 0)
        let started = program.run("start", "bound")
        try #require(started.status == 0, "\(started.errors)")
        let pins = program.run("vcpupin", "bound", "--output", "json").json
        let host = ProcessInfo.processInfo.processorCount
        #expect(pins[1]?["affinity"] == "0")
        if host > 1 { #expect(pins[0]?["affinity"] == .string("0-\(host - 1)")) }
        #expect(program.run("emulatorpin", "bound").output.hasSuffix("       *: 0\n"))
        #expect(program.run("iothreadinfo", "bound").output.contains(" 1             0\n"))
        try define("nowhere", 4000)
        let refused = program.run("start", "nowhere")
        #expect(refused.status != 0 && refused.errors.contains("which this host doesn't have"))
        #expect(program.run("domstate", "nowhere").output == "shut off\n")
    }
}
