internal import Glibc
internal import VMCore

/// The host's processors, as far as the kernel tells.
public struct HostProcessor: Sendable, Hashable {
    public var architecture: String
    /// `Intel`, `AMD`, `Hygon`, or what the processor calls its maker.
    public var vendor: String?
    public var microcode: UInt64?
    public var family: Int?
    public var model: Int?
    public var stepping: Int?
    public var physicalAddressBits: Int?
    public var sockets: Int
    public var dies: Int
    public var cores: Int
    public var threads: Int
    /// The kernel's names of what the processor can do.
    public var flags: [String]

    init(_ system: SystemFolder) {
        let fields = system.fields("/proc/cpuinfo")
        architecture = Self.machineName
        vendor = fields["vendor_id"].map { Self.vendors[$0] ?? $0 }
        microcode = fields["microcode"].flatMap { UInt64($0.dropFirst(2), radix: 16) }
        family = fields["cpu family"].flatMap { Int($0) }
        model = fields["model"].flatMap { Int($0) }
        stepping = fields["stepping"].flatMap { Int($0) }
        physicalAddressBits = fields["address sizes"]?.split(separator: " ").first.flatMap { Int($0) }
        flags = (fields["flags"] ?? fields["Features"] ?? "").split(separator: " ").map(String.init)
        let all = HostNode.processors(system, system.numbers(in: "/sys/devices/system/cpu", after: "cpu"))
        sockets = max(1, Set(all.map(\.socket)).count)
        dies = max(1, Set(all.map { [$0.socket, $0.die] }).count / sockets)
        let coreCount = Set(all.map { [$0.socket, $0.die, $0.core] }).count
        cores = max(1, coreCount / (sockets * dies))
        threads = max(1, all.count / max(1, coreCount))
    }

    private static let vendors = ["GenuineIntel": "Intel", "AuthenticAMD": "AMD", "HygonGenuine": "Hygon"]

    package static var machineName: String {
        var name = utsname()
        guard uname(&name) == 0 else { return "x86_64" }
        return withUnsafeBytes(of: name.machine) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// The flags as domain documents spell them: those that are properties of this QEMU's CPUs.
    public func features(known capabilities: Capabilities) -> [String] {
        let properties = capabilities.properties(of: "max-\(capabilities.target)-cpu")
        var spelling: [String: String] = [:]
        for (name, type) in properties where type == "bool" {
            let key = Self.plain(name)
            // The same feature goes by several names; libvirt uses the one with a dot, else the first.
            if spelling[key] == nil || name.contains(".") { spelling[key] = name }
        }
        return flags.compactMap { flag in
            spelling[Self.plain(Self.renamed[flag] ?? flag)].map { Self.documentNames[$0] ?? $0 }
        }
    }

    /// Features that domain documents spell unlike QEMU.
    private static let documentNames = [
        "fxsr-opt": "fxsr_opt", "lahf-lm": "lahf_lm", "cmp-legacy": "cmp_legacy", "tsc-adjust": "tsc_adjust",
        "pclmulqdq": "pclmuldq", "nodeid-msr": "nodeid_msr", "perfctr-core": "perfctr_core",
        "perfctr-nb": "perfctr_nb",
    ]

    private static let renamed = ["tsc_deadline_timer": "tsc-deadline", "cr8_legacy": "cr8legacy"]

    private static func plain(_ name: String) -> String { name.filter { $0.isLetter || $0.isNumber } }
}

/// A NUMA node of the host.
public struct HostNode: Sendable, Hashable {
    /// A logical processor and its place.
    public struct Processor: Sendable, Hashable {
        public var id: Int
        public var socket: Int
        public var die: Int
        public var core: Int
        /// The processors that share its core, `0-1`.
        public var siblings: String
    }

    /// Pages of one size.
    public struct Pages: Sendable, Hashable {
        public var sizeKiB: UInt64
        public var count: UInt64
    }

    public var id: Int
    public var memoryKiB: UInt64
    public var pages: [Pages]
    /// To each node, this one included.
    public var distances: [Int]
    public var processors: [Processor]

    static func all(_ system: SystemFolder) -> [HostNode] {
        let ids = system.numbers(in: "/sys/devices/system/node", after: "node")
        return (ids.isEmpty ? [0] : ids).map { HostNode($0, system, isReal: !ids.isEmpty) }
    }

    private init(_ id: Int, _ system: SystemFolder, isReal: Bool) {
        let folder = "/sys/devices/system/node/node\(id)"
        let memory =
            isReal
            ? system.fields(folder + "/meminfo").kibibytes("Node \(id) MemTotal")
            : system.fields("/proc/meminfo").kibibytes("MemTotal")
        self.id = id
        memoryKiB = memory ?? 0
        let huge = system.hugePageSizes.map { size in
            let count = system.number("\(folder)/hugepages/hugepages-\(size)kB/nr_hugepages")
            return Pages(sizeKiB: size, count: UInt64(clamping: count ?? 0))
        }
        let taken = huge.reduce(0) { $0 &+ $1.sizeKiB &* $1.count }
        pages = [Pages(sizeKiB: 4, count: (memoryKiB - min(memoryKiB, taken)) / 4)] + huge
        distances = system.words(folder + "/distance").compactMap { Int($0) }
        let ids = system.numbers(in: isReal ? folder : "/sys/devices/system/cpu", after: "cpu")
        processors = Self.processors(system, ids)
    }

    static func processors(_ system: SystemFolder, _ ids: [Int]) -> [Processor] {
        ids.compactMap { id in
            let folder = "/sys/devices/system/cpu/cpu\(id)/topology"
            guard let core = system.number(folder + "/core_id") else { return nil }
            return Processor(
                id: id, socket: system.number(folder + "/physical_package_id") ?? 0,
                die: max(0, system.number(folder + "/die_id") ?? 0), core: core,
                siblings: system.text(folder + "/thread_siblings_list") ?? String(id))
        }
    }
}
