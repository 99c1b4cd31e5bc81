import Foundation
import TestNeeds
import Testing
import VMJSON

@Suite("Threads, processors, policies and events on the command line", .enabled(if: Program.hasQEMU, "needs QEMU"))
struct TuningVerbTests {
    private let program = Program()

    private func start(_ name: String) throws {
        let image = try program.file("\(name).img", "")
        truncate(image, 4 << 20)
        let xml = """
            <domain type='qemu'><name>\(name)</name><memory unit='MiB'>32</memory><vcpu current='1'>3</vcpu>
            <os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
            <devices><disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='\(image)'/>
            <target dev='vda' bus='virtio'/></disk></devices></domain>
            """
        _ = program.run("define", try program.file("\(name).xml", xml))
        #expect(program.run("start", name, "--paused").status == 0)
    }

    @Test("iothreadadd, -set, -pin, -info, -del; setvcpu; set-lifecycle-action; domblkthreshold")
    func settings() throws {
        try start("t")
        #expect(program.run("iothreadadd", "t", "1").status == 0)
        #expect(program.run("iothreadadd", "t", "1").errors.contains("an IOThread is already using iothread_id '1'"))
        #expect(program.run("iothreadadd", "t", "0").status == 2)
        #expect(program.run("iothreadset", "t", "1", "--poll-max-ns", "7").status == 0)
        #expect(program.run("iothreadset", "t", "1").errors.contains("Not enough arguments passed, nothing to set"))
        #expect(program.run("iothreadpin", "t", "1", "0").status == 0)
        #expect(program.run("iothreadinfo", "t").output.contains(" 1             0"))
        #expect(program.run("iothreaddel", "t", "1").status == 0)
        #expect(
            program.run("iothreaddel", "t", "1").errors.contains("cannot find IOThread '1' in iothreadids list"))
        #expect(program.run("setvcpu", "t", "2", "--enable").status == 0)
        #expect(program.run("vcpucount", "t", "--active", "--live").output.hasPrefix("2\n"))
        #expect(program.run("setvcpu", "t", "2").errors.contains("one of --enable, --disable is required"))
        #expect(program.run("set-lifecycle-action", "t", "poweroff", "restart").status == 0)
        #expect(program.run("dumpxml", "t").output.contains("<on_poweroff>restart</on_poweroff>"))
        let wrong = program.run("set-lifecycle-action", "t", "reboot", "coredump-restart")
        #expect(wrong.status == 2 && wrong.errors.contains("Invalid lifecycle action 'coredump-restart'"))
        #expect(program.run("domblkthreshold", "t", "vda", "1M").status == 0)
        let nodes = program.run("qemu-monitor-command", "t", "query-named-block-nodes").output
        #expect(nodes.contains("\"write_threshold\":1048576") || nodes.contains("\"write_threshold\": 1048576"))
        #expect(program.run("domblkthreshold", "t", "vdz", "1M").status == 3)
    }

    @Test("passwords are shown to those who ask for them, and parts of a document to those who name them")
    func printedXML() throws {
        let file = try program.file(
            "p.xml",
            """
            <domain type='qemu'><name>p</name><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type></os>
            <devices><graphics type='vnc' port='-1' passwd='geheim'/></devices></domain>
            """)
        #expect(program.run("define", file).status == 0)
        let plain = program.run("dumpxml", "p")
        #expect(plain.output.contains("passwd='*****'") && !plain.output.contains("geheim"))
        #expect(program.run("dumpxml", "p", "--security-info").output.contains("passwd='geheim'"))
        #expect(program.run("dumpxml", "p", "--xpath", "/domain/name").output == "<name>p</name>\n")
        #expect(
            program.run("dumpxml", "p", "--xpath", "//graphics/@port|/domain/memory/text()", "--wrap").output
                == "<nodes>\n32768\n port=\"-1\"\n</nodes>\n")
        #expect(program.run("dumpxml", "p", "--xpath", "///").status == 2)
        #expect(program.run("dumpxml", "p", "--xpath", "count(//disk)").status == 2)
        #expect(program.run("dumpxml", "p", "--wrap").status == 2)
        let again = program.run("define", try program.file("again.xml", plain.output))
        #expect(again.errors.contains("what stands for a password"))
    }

    @Test("what comes to nothing here is said; how often a guest tells of its memory is set")
    func ignoredSettings() throws {
        let file = try program.file(
            "i.xml",
            """
            <domain type='qemu'><name>i</name><memory unit='MiB'>32</memory>
            <memtune><hard_limit unit='MiB'>512</hard_limit></memtune>
            <cputune><shares>2048</shares><emulatorsched scheduler='batch'/></cputune>
            <os><type arch='x86_64' machine='pc'>hvm</type></os>
            <devices><memballoon model='virtio'><stats period='5'/></memballoon></devices></domain>
            """)
        // Where no control group can be had.
        let without = ["VMCTL_CONTROL_GROUP": "/nowhere"]
        let defined = program.run(["define", file], environment: without)
        #expect(
            defined.errors.contains(
                "i.xml:2:10: <hard_limit> has no effect: the memory of machines is limited by control groups"))
        #expect(
            defined.errors.contains(
                "i.xml:3:10: <shares> has no effect: processor time is shared out by control groups"))
        #expect(program.run(["check", "i"], environment: without).errors.contains("has no effect"))
        #expect(program.run(["start", "i", "--paused"], environment: without).status == 0)
        let refused = program.run(["schedinfo", "i"], environment: without)
        #expect(refused.status == 4 && refused.errors.contains("cgroup CPU controller is not mounted"))
        func period() -> String {
            program.run(
                "qmp", "i", "-c", "qom-get path=/machine/peripheral/balloon0 property=guest-stats-polling-interval"
            ).output
        }
        #expect(period() == "{\"return\":5}\n")
        #expect(program.run("dommemstat", "i", "--period", "7", "--live").status == 0)
        #expect(period() == "{\"return\":7}\n")
        #expect(program.run("dumpxml", "i", "--xpath", "//stats").output == "<stats period=\"7\"/>\n")
        #expect(program.run("dommemstat", "i", "--period", "0", "--config").status == 0)
        #expect(program.run("dumpxml", "i", "--inactive", "--xpath", "//stats").output == "")
        let pid = program.run("status", "i", "--output", "json").json["qemu_pid"]?.int ?? 0
        #expect(sched_getscheduler(pid_t(pid)) == 3)
    }

    @Test("schedinfo, memtune, blkiotune and numatune tell and set what is stored", .needs(.root))
    func storedTuning() throws {
        try start("s")
        let stored = program.run("schedinfo", "s", "--config", "--set", "cpu_shares=2048", "--set", "vcpu_quota=-1")
        #expect(stored.output.hasPrefix("Scheduler      : posix\ncpu_shares     : 2048\n"), "\(stored.errors)")
        #expect(
            program.run("schedinfo", "s", "--config", "--set", "nosuch=1").errors.contains("invalid scheduler option"))
        #expect(program.run("schedinfo", "s", "--config", "--set", "cpu_shares").status == 2)
        #expect(program.run("schedinfo", "s", "--config", "--set", "vcpu_period=5").errors.contains("out of range"))
        #expect(program.run("memtune", "s", "--config", "--hard-limit", "1G").status == 0)
        #expect(
            program.run("memtune", "s", "--config").output
                == "hard_limit     : 1048576\nsoft_limit     : unlimited\nswap_hard_limit: unlimited\n")
        #expect(program.run("memtune", "s", "--config", "--hard-limit", "-1").status == 0)
        #expect(program.run("memtune", "s", "--config").output.hasPrefix("hard_limit     : unlimited\n"))
        #expect(program.run("blkiotune", "s", "--config", "--device-read-bytes-sec", "/dev/sda,7").status == 0)
        #expect(program.run("blkiotune", "s", "--config").output.contains("device_read_bytes_sec: /dev/sda,7\n"))
        #expect(program.run("numatune", "s", "--config", "--mode", "2", "--nodeset", "0").status == 0)
        #expect(
            program.run("numatune", "s", "--config").output == "numa_mode      : interleave\nnuma_nodeset   : 0\n")
        #expect(program.run("numatune", "s", "--config", "--mode", "odd").status == 2)
        #expect(program.run("numatune", "s", "--output", "json", "--config").json["numa_mode"] == 2)
    }

    @Test("schedinfo limits a running machine, with what the kernel says of it", .needs(.controlGroups))
    func liveTuning() throws {
        try start("l")
        let set = program.run("schedinfo", "l", "--live", "--set", "vcpu_quota=50000")
        #expect(set.status == 0 && set.output.contains("vcpu_quota     : 50000\n"), "\(set.errors)")
        #expect(program.run("dumpxml", "l", "--xpath", "//cputune/quota").output == "<quota>50000</quota>\n")
        #expect(program.run("numatune", "l", "--live", "--nodeset", "0").status == 0)
        _ = program.run("destroy", "l")
    }

    @Test("qemu-monitor-event waits for QEMU's events, by name or expression")
    func monitorEvents() throws {
        try start("e")
        let program = program
        let waiting = Background {
            program.run("qemu-monitor-event", "--event", "^re.*", "--regex", "--no-case", "--timeout", "30")
        }
        Thread.sleep(forTimeInterval: 0.3)
        for verb in ["resume", "suspend", "resume"] { #expect(program.run(verb, "e").status == 0) }
        let result = waiting.result()
        let first = try #require(result.output.split(separator: "\n").first)
        #expect(first.hasPrefix("event RESUME at ") && first.hasSuffix(" for domain 'e': {}"))
        #expect(result.output.hasSuffix("events received: 1\n\n"))
        let none = program.run("qemu-monitor-event", "--event", "re", "--loop", "--timeout", "0.1")
        #expect(none.output == "event loop timed out\nevents received: 0\n\n")
        #expect(program.run("qemu-monitor-event", "--event", "(", "--regex").status == 2)
    }

    @Test("maxvcpus, sysinfo and domxml-to-native")
    func host() throws {
        let most = try #require(Int(program.run("maxvcpus").output.split(separator: "\n").first ?? ""))
        #expect(most >= 16)
        let system = program.run("sysinfo")
        let hasTables = FileManager.default.fileExists(atPath: "/sys/class/dmi/id/sys_vendor")
        #expect(hasTables ? system.output.hasPrefix("<sysinfo type='smbios'>\n") : system.status == 6)
        let file = Program.project + "/examples/domains/minimal.xml"
        let native = program.run("domxml-to-native", "qemu-argv", file)
        #expect(native.status == 0 && native.output == program.run("argv", file).output)
        #expect(program.run("domxml-to-native", "xen-xl", file).status == 2)
        #expect(program.run("list", "--all", "--with-snapshot").status == 0)
    }
}

/// Runs something on a thread of its own.
private final class Background: @unchecked Sendable {
    // SAFETY: written before the semaphore is raised, read after.
    private var value: Program.Result?
    private let done = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () -> Program.Result) {
        Thread.detachNewThread {
            self.value = body()
            self.done.signal()
        }
    }

    func result() -> Program.Result {
        done.wait()
        return value ?? Program.Result(status: -1, output: "", errors: "")
    }
}
