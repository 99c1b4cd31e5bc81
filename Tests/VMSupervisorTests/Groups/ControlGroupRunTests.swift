import Foundation
import SupervisorProtocol
import TestBench
import TestNeeds
import Testing
import VMCore
import VMDomain
import VMManager

/// Machines in control groups of the kernel's: made before QEMU, changed while it runs, gone with it.
@Suite(.needs(.qemu, .controlGroups))
struct ControlGroupRunTests {
    private static let tuned =
        "<iothreads>1</iothreads><cputune><shares>77</shares><period>50000</period><quota>40000</quota>"
        + "<emulator_period>60000</emulator_period><emulator_quota>30000</emulator_quota></cputune>"

    private func define(_ bench: DomainBench, _ name: String, _ body: String = "") throws {
        let xml = """
            <domain type='qemu'><name>\(name)</name><memory unit='MiB'>32</memory><vcpu current='1'>2</vcpu>\(body)
            <os><type arch='x86_64' machine='pc'>hvm</type></os>
            <devices><emulator>\(Bench.qemu)</emulator></devices></domain>
            """
        let result = try bench.manager.define(Array(xml.utf8), file: "test.xml")
        #expect(result.warnings.isEmpty, "\(result.warnings)")
    }

    /// In which group of processor time a thread is, below the machine's.
    private func place(_ thread: Int32, _ group: ControlGroup) -> String? {
        let membership = ControlGroupMembership.of(thread)
        guard let name = group.folders[.cpu]?.path.split(separator: "/").last,
            let path = membership.legacy[.cpu] ?? membership.unified, let found = path.range(of: "/\(name)")
        else { return nil }
        return String(path[found.upperBound...])
    }

    @Test
    func `A machine and its threads are limited as their document says, and the group goes with them`() throws {
        let bench = try DomainBench()
        try define(bench, "web", Self.tuned)
        let qemu = try #require(try bench.manager.start("web").qemu)
        let runtime = try bench.manager.find("web").runtime
        let group = try #require(ControlGroup(recordedIn: runtime))
        #expect(group.exists)
        let counts = try bench.manager.runningStatistics(of: "web", [.vcpu, .iothread])
        let vcpu = Int32(clamping: try #require(counts.vcpus.first?.thread?.id))
        #expect(place(vcpu, group) == "/vcpu0" && place(qemu.pid, group) == "/emulator")
        #expect(ProcessTable.threads(of: qemu.pid).allSatisfy { place($0, group) != nil })
        let now = try bench.manager.tuning("web", .scheduler)
        #expect(now["cpu_shares"] == .ullong(77) && now["vcpu_quota"] == .llong(40_000))
        #expect(now["vcpu_period"] == .ullong(50_000) && now["emulator_quota"] == .llong(30_000))
        #expect(now["global_quota"] == .llong(TuningGroup.unlimitedQuota))
        // A processor that comes is limited as the others are.
        try bench.manager.setProcessors("web", count: 2, scope: .live)
        let more = try bench.manager.runningStatistics(of: "web", .vcpu).vcpus.compactMap { $0.thread?.id }
        #expect(Set(more.map { place(Int32(clamping: $0), group) }) == ["/vcpu0", "/vcpu1"])
        _ = try bench.manager.destroy("web")
        #expect(!group.exists && !Files.exists(runtime.controlGroup))
    }

    @Test
    func `A running machine gets its group when the first limit is set, and what is refused leaves nothing changed`()
        throws
    {
        let bench = try DomainBench()
        try define(bench, "web")
        let qemu = try #require(try bench.manager.start("web").qemu)
        let runtime = try bench.manager.find("web").runtime
        #expect(ControlGroup(recordedIn: runtime) == nil)
        #expect(try bench.manager.tuning("web", .scheduler)["vcpu_period"] == .ullong(100_000))
        try bench.manager.tune("web", .scheduler, [.init("cpu_shares", .ullong(55))], scope: .live)
        let group = try #require(ControlGroup(recordedIn: runtime))
        #expect(ProcessTable.threads(of: qemu.pid).allSatisfy { place($0, group) == "" })
        #expect(try bench.manager.tuning("web", .scheduler)["cpu_shares"] == .ullong(55))
        #expect(try bench.manager.xml("web").contains("<shares>55</shares>"))
        #expect {
            try bench.manager.tune(
                "web", .scheduler, [.init("cpu_shares", .ullong(60)), .init("vcpu_quota", .llong(5))], scope: .live)
        } throws: { "\($0)".contains("out of range") }
        #expect {
            try bench.manager.tune("web", .numa, [.init("numa_nodeset", .string("4000"))], scope: .live)
        } throws: { _ in true }
        #expect(!(try bench.manager.xml("web").contains("4000")))
        #expect(try bench.manager.tuning("web", .scheduler)["cpu_shares"] == .ullong(55))
        try bench.manager.tune("web", .numa, [.init("numa_nodeset", .string("0"))], scope: .live)
        #expect(try bench.manager.tuning("web", .numa)["numa_nodeset"] == .string("0"))
        #expect {
            try bench.manager.tune("web", .numa, [.init("numa_mode", .int(2))], scope: .live)
        } throws: { "\($0)".contains("can't change numatune mode for running domain") }
        try bench.manager.tune("web", .scheduler, [.init("emulator_quota", .llong(20_000))], scope: .live)
        #expect(place(qemu.pid, group) == "/emulator")
        let all = try #require(ControlGroup(recordedIn: runtime))
        _ = try bench.manager.destroy("web")
        #expect(!all.exists && !group.exists)
    }

    @Test
    func `A supervisor that takes over knows the group, and removes it in the end`() throws {
        let bench = try DomainBench()
        try define(bench, "web", Self.tuned)
        let before = try bench.manager.start("web")
        let group = try #require(ControlGroup(recordedIn: try bench.manager.find("web").runtime))
        kill(try #require(before.supervisor?.pid), SIGKILL)
        try eventually("another one looks after it") {
            let now = try bench.manager.status("web").supervisor
            return now != nil && now != before.supervisor
        }
        try bench.manager.tune("web", .scheduler, [.init("cpu_shares", .ullong(99))], scope: .live)
        #expect(group.read("cpu.shares", of: .cpu) ?? group.read("cpu.weight", of: .cpu) == "99")
        _ = try bench.manager.destroy("web")
        #expect(!group.exists)
    }

    @Test
    func `When everything is killed at once, whoever looks after the machine next removes the group`() throws {
        let bench = try DomainBench()
        try define(bench, "web", Self.tuned)
        let state = try bench.manager.start("web")
        let group = try #require(ControlGroup(recordedIn: try bench.manager.find("web").runtime))
        killForGood(supervisor: try #require(state.supervisor?.pid))
        kill(try #require(state.qemu?.pid), SIGKILL)
        #expect(group.exists)
        // QEMU may take a moment to end.
        try eventually("the group is gone") {
            _ = try bench.manager.mend("web")
            return !group.exists
        }
    }

    @Test(arguments: ["group.recorded", "group.made"])
    func `A supervisor that is killed while it makes the group leaves none for good`(_ point: String) throws {
        let bench = try LiveBench()
        let xml = """
            <domain type='qemu'><name>web</name><memory unit='MiB'>32</memory>\(Self.tuned)
            <os><type arch='x86_64' machine='pc'>hvm</type></os>
            <devices><emulator>\(Bench.qemu)</emulator></devices></domain>
            """
        _ = try bench.manager.define(Array(xml.utf8), file: "test.xml")
        #expect(throws: VMError.self) { try bench.failing(at: point).start("web") }
        let runtime = try bench.manager.find("web").runtime
        let left = ControlGroup(recordedIn: runtime)
        _ = try bench.manager.start("web")
        let group = try #require(ControlGroup(recordedIn: runtime))
        #expect(left == nil || left == group)
        _ = try bench.manager.destroy("web")
        #expect(!group.exists)
    }

    /// A folder stands for a group of version 2.
    @Test
    func `In a group of version 2 that was named, everything is in the kernel's files before QEMU is there`() throws {
        let bench = try DomainBench()
        var manager = bench.manager
        let parent = bench.folder + "/groups"
        let uuid = "11112222-3333-4444-5555-666677778888"
        let own = "\(parent)/vmctl-\(uuid)"
        try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
        func file(_ path: String, _ text: String) throws {
            try text.write(toFile: path, atomically: false, encoding: .utf8)
        }
        try file(parent + "/cgroup.controllers", "cpu memory\n")
        try file(parent + "/cgroup.subtree_control", "cpu memory\n")
        try file(parent + "/cgroup.procs", "")
        try file(parent + "/cgroup.type", "domain\n")
        for (name, text) in [
            ("cgroup.procs", ""), ("cpu.weight", "100\n"), ("cpu.max", "max 100000\n"), ("memory.max", "max\n"),
            ("memory.high", "max\n"), ("memory.swap.max", "max\n"),
        ] { try file("\(own)/\(name)", text) }
        manager.controlGroupParent = parent
        let xml = """
            <domain type='qemu'><name>web</name><uuid>\(uuid)</uuid><memory unit='MiB'>32</memory>
            <memtune><hard_limit unit='MiB'>500</hard_limit><swap_hard_limit unit='MiB'>600</swap_hard_limit></memtune>
            <blkiotune><weight>500</weight></blkiotune><cputune><shares>9</shares><global_quota>5000</global_quota></cputune>
            <os><type arch='x86_64' machine='pc'>hvm</type></os>
            <devices><emulator>\(Bench.qemu)</emulator></devices></domain>
            """
        let result = try manager.define(Array(xml.utf8), file: "test.xml")
        // Of what this group can't do there is a word, with its place.
        #expect(result.warnings.count == 1)
        #expect(result.warnings.first?.message.contains("<blkiotune> has no effect") == true)
        #expect(result.warnings.first?.place != nil)
        _ = try manager.start("web")
        func text(_ name: String) -> String {
            (try? String(contentsOfFile: "\(own)/\(name)", encoding: .utf8)) ?? "?"
        }
        #expect(text("memory.max") == "524288000" && text("memory.swap.max") == "629145600")
        #expect(text("cpu.weight") == "9" && text("cpu.max") == "5000 100000" && text("cgroup.procs") == "0")
        try manager.tune("web", .memory, [.init("soft_limit", .ullong(1024))], scope: .live)
        #expect(text("memory.high") == "1048576")
        #expect(try manager.tuning("web", .memory)["hard_limit"] == .ullong(512_000))
        #expect {
            try manager.tune("web", .blockIO, [.init("weight", .uint(100))], scope: .live)
        } throws: { "\($0)".contains("blkio cgroup isn't mounted") }
        _ = try manager.destroy("web")
    }
}
