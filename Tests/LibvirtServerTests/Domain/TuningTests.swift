import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager

/// Typed parameters, asked for and set by libvirt's programs.
@Suite(.needs(.virsh, .pythonLibvirt, .qemu))
struct TuningTests {
    private static let disk =
        "<iothreads>1</iothreads><devices><disk type='file' device='disk'><source file='/a.img'/>"
        + "<target dev='vda' bus='virtio'/></disk><interface type='bridge'><source bridge='br9'/>"
        + "<mac address='52:54:00:ac:ce:55'/></interface></devices>"

    @Test(.needs(.root))
    func `Limits of memory are stored, and those that contradict each other are refused`() throws {
        let bench = try ServerBench()
        try bench.bench.define("web")
        #expect(try bench.virsh("memtune", "web", "--hard-limit", "200000", "--config").status == 0)
        #expect(try bench.manager.xml("web").contains("<hard_limit unit='KiB'>200000</hard_limit>"))
        let shown = try bench.virsh("memtune", "web", "--config").text
        #expect(shown.contains("hard_limit     : 200000") && shown.contains("soft_limit     : unlimited"))
        let refused = try bench.virsh("memtune", "web", "--swap-hard-limit", "100000", "--config")
        #expect(refused.text.contains("must be lower than or equal to swap_hard_limit"))
        #expect(try bench.virsh("memtune", "web", "--hard-limit", "-1", "--config").status == 0)
        #expect(try bench.manager.definition("web").memtune == MemoryTuning())
    }

    @Test(.needs(.controlGroups))
    func `A running machine is limited by its control group, which tells what the kernel has made of it`() throws {
        let bench = try LiveServerBench()
        try bench.live.start("web")
        let none = try bench.virsh("schedinfo", "web")
        #expect(none.text.contains("vcpu_period    : 100000"), "\(none.text)")
        let set = try bench.virsh(
            "schedinfo", "web", "--live", "--set", "cpu_shares=40", "--set", "emulator_quota=30000")
        #expect(set.status == 0, "\(set.text)")
        let shown = try bench.virsh("schedinfo", "web").text
        #expect(shown.contains("cpu_shares     : 40") && shown.contains("emulator_quota : 30000"), "\(shown)")
        #expect(try bench.virsh("dumpxml", "web").text.contains("<shares>40</shares>"))
        let moved = try bench.virsh("numatune", "web", "--live", "--nodeset", "0")
        #expect(moved.status == 0, "\(moved.text)")
        #expect(try bench.virsh("numatune", "web", "--live").text.contains("numa_nodeset   : 0"))
        let odd = try bench.virsh("numatune", "web", "--live", "--nodeset", "900")
        #expect(odd.status == 1)
        let mode = try bench.virsh("numatune", "web", "--live", "--mode", "interleave")
        #expect(mode.text.contains("can't change numatune mode for running domain"), "\(mode.text)")
    }

    @Test(.needs(.root))
    func `Shares and quotas are stored with libvirt's ranges`() throws {
        let bench = try ServerBench()
        try bench.bench.define("web")
        #expect(
            try bench.virsh("schedinfo", "web", "--config", "--set", "cpu_shares=2048", "--set", "vcpu_quota=50000")
                .text.contains("vcpu_quota     : 50000"))
        #expect(try bench.manager.definition("web").cputune.shares == 2048)
        let refused = try bench.virsh("schedinfo", "web", "--config", "--set", "vcpu_period=5")
        #expect(refused.text.contains("value of 'vcpu_period' is out of range [1000, 1000000]"), "\(refused.text)")
    }

    @Test(.needs(.root))
    func `Weights and rates of block devices are one list each`() throws {
        let bench = try ServerBench()
        try bench.bench.define("web")
        #expect(
            try bench.virsh("blkiotune", "web", "--config", "--weight", "500", "--device-weights", "/dev/sda,300")
                .status == 0)
        #expect(try bench.virsh("blkiotune", "web", "--config", "--device-read-bytes-sec", "/dev/sda,99").status == 0)
        let device = try #require(try bench.manager.definition("web").blkiotune.devices.first)
        #expect(device.weight == 300 && device.readBytesSec == 99)
        #expect(try bench.virsh("blkiotune", "web", "--config").text.contains("device_weight  : /dev/sda,300"))
        let outcome = try bench.python(
            """
            d = c.lookupByName("web")
            def code(p):
                try: d.setBlkioParameters(p, 2); return 0
                except libvirt.libvirtError as e: return e.get_error_code()
            print(code({"device_weight": "nonsense"}), code({"device_weight": "/dev/sda,0"}))
            """)
        #expect(outcome.text == "8 0\n", "\(outcome.text)")
        #expect(try bench.manager.definition("web").blkiotune.devices.first?.weight == nil)
    }

    @Test
    func `NUMA nodes, network rates, counters and threads are stored`() throws {
        let bench = try ServerBench()
        try bench.bench.define("web", Self.disk)
        let card = "52:54:00:ac:ce:55"
        #expect(try bench.virsh("numatune", "web", "--config", "--mode", "interleave", "--nodeset", "0").status == 0)
        #expect(try bench.virsh("domiftune", "web", card, "--config", "--inbound", "100,200,300").status == 0)
        #expect(try bench.virsh("domiftune", "web", card, "--config").text.contains("inbound.peak   : 200"))
        #expect(try bench.virsh("perf", "web", "--config", "--enable", "cpu_cycles").status == 0)
        #expect(try bench.virsh("perf", "web", "--config").text.contains("cpu_cycles     : enabled"))
        let odd = try bench.virsh("perf", "web", "--config", "--enable", "nosuch")
        #expect(odd.text.contains("argument unsupported: parameter 'nosuch' not supported"), "\(odd.text)")
        #expect(try bench.virsh("iothreadset", "web", "1", "--config", "--poll-max-ns", "1000").status == 0)
        let domain = try bench.manager.definition("web")
        #expect(domain.numatune.memory?.mode == .interleave && domain.numatune.memory?.nodeset?.xml == "0")
        #expect(domain.devices.interfaces.first?.bandwidth?.inbound?.burst == 300)
        #expect(domain.perf.first?.name == .cpuCycles)
        #expect(domain.iothreadids.first?.poll?.max == 1000)
        #expect(try bench.virsh("domiftune", "web", card, "--config", "--inbound", "0").status == 0)
        #expect(try bench.manager.definition("web").devices.interfaces.first?.bandwidth == nil)
        let unknown = try bench.virsh("domiftune", "web", "nosuch")
        #expect(unknown.text.contains("'nosuch' is not a known interface"), "\(unknown.text)")
    }

    @Test
    func `Of a disk's limits those of one kind are set together, others stay`() throws {
        let bench = try ServerBench()
        try bench.bench.define("web", Self.disk)
        func tune(_ words: String...) throws -> ClientOutcome {
            try ServerBench.run(
                "/usr/bin/virsh", ["-c", bench.uri(bench.socket), "blkdeviotune", "web", "vda", "--config"] + words)
        }
        #expect(try tune("--total-bytes-sec", "1000", "--total-iops-sec", "7").status == 0)
        #expect(try tune("--read-bytes-sec", "500").status == 0)
        #expect(try tune("--group-name", "both").status == 0)
        let limits = try #require(try bench.manager.definition("web").devices.disks.first?.iotune)
        #expect(limits.totalBytesSec == nil && limits.readBytesSec == 500 && limits.totalIopsSec == 7)
        #expect(limits.groupName == "both")
        let refused = try tune("--total-bytes-sec", "1", "--read-bytes-sec", "1")
        #expect(refused.text.contains("total and read/write of bytes_sec cannot be set at the same time"))
        #expect(try tune().text.contains("group_name     : both"))
    }

    @Test
    func `A running machine's disk is limited by QEMU, and its I/O threads are tuned`() throws {
        let bench = try LiveServerBench()
        let image = try bench.live.image("a")
        try bench.live.start(
            "web",
            "<disk type='file' device='disk'><source file='\(image)'/><target dev='vda' bus='virtio'/></disk>")
        let outcome = try bench.virsh("blkdeviotune", "web", "vda", "--live", "--total-bytes-sec", "1048576")
        #expect(outcome.status == 0, "\(outcome.text)")
        let drives = try bench.live.run("web", "query-block").array ?? []
        #expect(drives.contains { $0["inserted"]?["bps"]?.int == 1_048_576 })
        #expect(try bench.virsh("blkdeviotune", "web", "vda").text.contains("total_bytes_sec: 1048576"))
        #expect(try bench.virsh("iothreadadd", "web", "4", "--live").status == 0)
        #expect(try bench.virsh("iothreadset", "web", "4", "--live", "--poll-max-ns", "1234").status == 0)
        let threads = try bench.live.run("web", "query-iothreads").array ?? []
        #expect(threads.contains { $0["poll-max-ns"]?.int == 1234 })
        let perf = try bench.virsh("perf", "web", "--live", "--enable", "cpu_cycles")
        #expect(perf.text.contains("Operation not supported"), "\(perf.text)")
    }

    @Test
    func `Users who were given no control groups are refused what needs one`() throws {
        for group in [TuningGroup.memory, .scheduler, .blockIO] {
            let error = #expect(throws: VMError.self) { try VMManager.refuseForUsers(group) }
            #expect(error?.message.contains("is not available in session mode") == true)
        }
        #expect(throws: Never.self) { try VMManager.refuseForUsers(.numa) }
    }
}
