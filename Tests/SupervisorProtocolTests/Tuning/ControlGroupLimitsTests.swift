import Foundation
import Testing
import VMCore
import VMDomain
import VMJSON
import VMXML

@testable import SupervisorProtocol

/// libvirt's parameters in the kernel's files, by folders that stand for groups of both versions.
struct ControlGroupLimitsTests {
    private final class Stand {
        let folder: String
        let group: ControlGroup

        init(unified: Bool, _ files: [String: String]) throws {
            folder = NSTemporaryDirectory() + "vmctl-limits-\(UUID(high: .random(in: 0...(.max)), low: 2))"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for (name, text) in files {
                try (text + "\n").write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
            }
            let place = ControlGroup.Folder(folder, isUnified: unified)
            group = ControlGroup(
                folders: Dictionary(uniqueKeysWithValues: ControlGroupController.allCases.map { ($0, place) }))
        }
        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func text(_ name: String) -> String {
            let text = (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? "?"
            return text.hasSuffix("\n") ? String(text.dropLast()) : text
        }
    }

    private static let unified = [
        "cpu.weight": "100", "cpu.max": "max 100000", "memory.max": "max", "memory.high": "max",
        "memory.swap.max": "max", "io.weight": "default 100", "io.max": "", "cpuset.mems": "",
    ]
    private static let legacy = [
        "cpu.shares": "1024", "cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "-1",
        "memory.limit_in_bytes": "9223372036854771712", "memory.soft_limit_in_bytes": "9223372036854771712",
        "memory.memsw.limit_in_bytes": "9223372036854771712", "blkio.bfq.weight": "100",
        "blkio.throttle.read_bps_device": "", "cpuset.mems": "0",
    ]

    @Test
    func `Each parameter is in its file of version 2, and read again`() throws {
        let stand = try Stand(unified: true, Self.unified)
        let group = stand.group
        try group.set(.scheduler, [.init("cpu_shares", .ullong(500)), .init("global_quota", .llong(20_000))])
        #expect(stand.text("cpu.weight") == "500" && stand.text("cpu.max") == "20000 100000")
        try group.set(.scheduler, [.init("global_period", .ullong(50_000))])
        #expect(stand.text("cpu.max") == "20000 50000")
        try group.set(
            .memory,
            [
                .init("hard_limit", .ullong(4096)), .init("soft_limit", .ullong(2048)),
                .init("swap_hard_limit", .ullong(8192)),
            ])
        #expect(stand.text("memory.max") == "4194304" && stand.text("memory.high") == "2097152")
        #expect(stand.text("memory.swap.max") == "8388608")
        try group.set(.blockIO, [.init("weight", .uint(300))])
        try group.set(.numa, [.init("numa_mode", .int(0)), .init("numa_nodeset", .string("0"))])
        #expect(stand.text("io.weight") == "300" && stand.text("cpuset.mems") == "0")

        let domain = Domain()
        let memory = group.figures(.memory, try domain.tuning(.memory))
        #expect(memory.map(\.value) == [.ullong(4096), .ullong(2048), .ullong(8192)])
        let scheduler = group.figures(.scheduler, try domain.tuning(.scheduler))
        #expect(scheduler["cpu_shares"] == .ullong(500) && scheduler["global_quota"] == .llong(20_000))
        #expect(scheduler["vcpu_period"] == .ullong(100_000))
        #expect(scheduler["vcpu_quota"] == .llong(TuningGroup.unlimitedQuota))
        #expect(group.figures(.blockIO, try domain.tuning(.blockIO))["weight"] == .uint(300))
        #expect(group.figures(.numa, try domain.tuning(.numa))["numa_nodeset"] == .string("0"))
    }

    @Test
    func `Each parameter is in its file of version 1, and read again`() throws {
        let stand = try Stand(unified: false, Self.legacy)
        let group = stand.group
        try group.set(
            .scheduler,
            [
                .init("cpu_shares", .ullong(2)), .init("global_period", .ullong(40_000)),
                .init("global_quota", .llong(9_000)),
            ])
        #expect(stand.text("cpu.shares") == "2" && stand.text("cpu.cfs_period_us") == "40000")
        #expect(stand.text("cpu.cfs_quota_us") == "9000")
        try group.set(.memory, [.init("hard_limit", .ullong(4096)), .init("swap_hard_limit", .ullong(4096))])
        #expect(stand.text("memory.limit_in_bytes") == "4194304")
        #expect(stand.text("memory.memsw.limit_in_bytes") == "4194304")
        try group.set(.blockIO, [.init("weight", .uint(20))])
        #expect(stand.text("blkio.bfq.weight") == "20")
        let memory = group.figures(.memory, try Domain().tuning(.memory))
        #expect(memory.map(\.value) == [.ullong(4096), .ullong(TuningGroup.unlimitedMemory), .ullong(4096)])
    }

    @Test
    func `Nothing said is what the kernel begins with`() throws {
        let stand = try Stand(unified: true, Self.unified)
        try stand.group.set(
            .scheduler,
            [
                .init("cpu_shares", .ullong(0)), .init("global_period", .ullong(0)), .init("global_quota", .llong(-1)),
            ])
        #expect(stand.text("cpu.weight") == "100" && stand.text("cpu.max") == "max 100000")
        try stand.group.set(.memory, [.init("hard_limit", .ullong(TuningGroup.unlimitedMemory))])
        #expect(stand.text("memory.max") == "max")
        let old = try Stand(unified: false, Self.legacy)
        try old.group.set(.scheduler, [.init("cpu_shares", .ullong(0)), .init("global_quota", .llong(.max))])
        #expect(old.text("cpu.shares") == "1024" && old.text("cpu.cfs_quota_us") == "-1")
    }

    @Test
    func `What names no block device, or is no list, is refused`() throws {
        let stand = try Stand(unified: true, Self.unified)
        for (text, words) in [
            ("/dev/nosuch-device,5", "is not accessible"), ("/dev/null,5", "must be a block device"),
            ("/dev/sda", "unable to parse"), ("/dev/sda,x", "unable to parse"), (",", "unable to parse"),
        ] {
            #expect {
                try stand.group.set(.blockIO, [.init("device_read_bytes_sec", .string(text))])
            } throws: {
                "\($0)".contains(words)
            }
        }
        #expect(stand.text("io.max") == "")
    }

    private static let blockDevice = ["/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/loop0"]
        .first { Files.isBlockDevice($0) }

    @Test(.enabled(if: blockDevice != nil, "needs a block device"))
    func `A block device goes by its number`() throws {
        let path = try #require(Self.blockDevice)
        var status = stat()
        #expect(stat(path, &status) == 0)
        let sys = try FileManager.default.contentsOfDirectory(atPath: "/sys/dev/block")
        let stand = try Stand(unified: true, Self.unified)
        try stand.group.set(.blockIO, [.init("device_read_iops_sec", .string("\(path),70"))])
        let words = stand.text("io.max").split(separator: " ").map(String.init)
        #expect(words.count == 2 && words.last == "riops=70" && sys.contains(words.first ?? ""))
        try stand.group.set(.blockIO, [.init("device_read_iops_sec", .string("\(path),0"))])
        #expect(stand.text("io.max").hasSuffix(" riops=max"))
        try stand.group.set(.blockIO, [.init("device_weight", .string("\(path),200"))])
        #expect(stand.text("io.weight").hasSuffix(" 200"))
    }

    @Test
    func `Of a document what says something is to be limited, as it is kept in a plan`() throws {
        func limits(_ body: String) throws -> ResourceLimits {
            let xml = "<domain type='qemu'><name>a</name>\(body)</domain>"
            return ResourceLimits(try Domain.read(Array(xml.utf8), file: "a", options: .strict).checked())
        }
        #expect(try limits("").isEmpty)
        #expect(try limits("<cputune><quota>-1</quota></cputune>").isEmpty)
        #expect(try limits("<numatune><memory mode='preferred' nodeset='0'/></numatune>").isEmpty)
        let all = try limits(
            "<memtune><hard_limit unit='MiB'>1</hard_limit></memtune><numatune><memory mode='strict' nodeset='0-1'/>"
                + "</numatune><cputune><shares>9</shares><quota>5000</quota></cputune>"
                + "<blkiotune><device><path>/dev/a</path><read_iops_sec>3</read_iops_sec></device></blkiotune>")
        #expect(all.controllers == [.cpu, .cpuset, .memory, .io])
        #expect(all[.memory] == [.init("hard_limit", .ullong(1024))])
        #expect(all[.scheduler] == [.init("cpu_shares", .ullong(9)), .init("vcpu_quota", .llong(5000))])
        #expect(all[.blockIO] == [.init("device_read_iops_sec", .string("/dev/a,3"))])
        #expect(all[.numa] == [.init("numa_nodeset", .string("0-1"))])
        #expect(ControlGroup.limitsThreads(all[.scheduler]))
        #expect(try ResourceLimits(json: JSONParser.parse(Array(all.json.description.utf8))) == all)
    }

    @Test
    func `A group is recorded and found again; what is odd in its file is nothing`() throws {
        let stand = try Stand(unified: true, [:])
        let folder = RuntimeFolder(base: stand.folder, uuid: UUID(high: 1, low: 2))
        try folder.make()
        #expect(ControlGroup(recordedIn: folder) == nil)
        try stand.group.record(in: folder)
        #expect(ControlGroup(recordedIn: folder) == stand.group)
        for odd in ["", "[]", "{\"cpu\":{\"path\":\"relative\",\"unified\":true}}", "{\"cpu\":3}"] {
            try odd.write(toFile: folder.controlGroup, atomically: false, encoding: .utf8)
            #expect(ControlGroup(recordedIn: folder) == nil, "\(odd)")
        }
    }
}
