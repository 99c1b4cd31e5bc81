internal import Glibc
package import VMCore
internal import VMDomain

/// libvirt's parameters as the kernel's files have them, and back.
extension ControlGroup {
    // MARK: Setting

    /// Sets those parameters of a group that are about the machine as a whole.
    package func set(_ group: TuningGroup, _ parameters: [TypedParameter]) throws(VMError) {
        switch group {
        case .memory: try setMemory(parameters)
        case .scheduler:
            if let shares = parameters.unsigned("cpu_shares") {
                // Nothing said is what the kernel begins with.
                let standard: UInt64 = isUnified(.cpu) == true ? 100 : 1024
                try write("\(shares == 0 ? standard : shares)", to: sharesFile, of: .cpu)
            }
            try set(ProcessorBandwidth(parameters, "global"))
        case .blockIO: try setBlockIO(parameters)
        case .numa:
            guard let nodes = parameters.text("numa_nodeset"), !nodes.isEmpty else { return }
            try write(nodes, to: "cpuset.mems", of: .cpuset)
        case .perfEvents, .bandwidth, .blockLimits: return
        }
    }

    private var sharesFile: String { isUnified(.cpu) == true ? "cpu.weight" : "cpu.shares" }

    /// How much processor time whatever is in the group may take.
    package func set(_ bandwidth: ProcessorBandwidth) throws(VMError) {
        guard !bandwidth.isEmpty else { return }
        var (period, quota) = processorTime ?? (100_000, -1)
        if let wanted = bandwidth.period { period = wanted == 0 ? 100_000 : wanted }
        if let wanted = bandwidth.quota { quota = wanted <= 0 || wanted >= TuningGroup.unlimitedQuota ? -1 : wanted }
        if isUnified(.cpu) == true {
            return try write("\(quota < 0 ? "max" : "\(quota)") \(period)", to: "cpu.max", of: .cpu)
        }
        // Without a quota any period is fine, so no step asks for more than the groups around it allow.
        try write("-1", to: "cpu.cfs_quota_us", of: .cpu)
        try write("\(period)", to: "cpu.cfs_period_us", of: .cpu)
        if quota >= 0 { try write("\(quota)", to: "cpu.cfs_quota_us", of: .cpu) }
    }

    // MARK: Memory

    private struct MemoryFile {
        var parameter: String
        var name: String
    }

    /// In version 2 the limit of swap is one of swap alone, as libvirt sets it.
    private var memoryFiles: [MemoryFile] {
        let names =
            isUnified(.memory) == true
            ? ["memory.max", "memory.high", "memory.swap.max"]
            : ["memory.limit_in_bytes", "memory.soft_limit_in_bytes", "memory.memsw.limit_in_bytes"]
        return zip(["hard_limit", "soft_limit", "swap_hard_limit"], names).map { .init(parameter: $0, name: $1) }
    }

    private func setMemory(_ parameters: [TypedParameter]) throws(VMError) {
        var files = memoryFiles
        // In version 1 memory with swap is never less than memory: what grows goes first.
        if isUnified(.memory) == false, let swap = parameters.unsigned("swap_hard_limit"),
            swap >= memoryLimit(files[2].name) ?? 0
        {
            files.reverse()
        }
        for file in files {
            guard let kibibytes = parameters.unsigned(file.parameter) else { continue }
            let (bytes, isOver) = kibibytes.multipliedReportingOverflow(by: 1024)
            let isUnlimited = isOver || kibibytes == 0 || kibibytes >= TuningGroup.unlimitedMemory
            let none = isUnified(.memory) == true ? "max" : "-1"
            try write(isUnlimited ? none : "\(bytes)", to: file.name, of: .memory)
        }
    }

    /// A limit in KiB; nil when there is no such file.
    private func memoryLimit(_ file: String) -> UInt64? {
        guard let text = read(file, of: .memory) else { return nil }
        guard let bytes = UInt64(text) else { return TuningGroup.unlimitedMemory }
        // Version 1 counts pages, and has no word for none.
        let most = UInt64(Int64.max) & ~0xffff
        return bytes >= most ? TuningGroup.unlimitedMemory : bytes >> 10
    }

    // MARK: Block devices

    private func setBlockIO(_ parameters: [TypedParameter]) throws(VMError) {
        if case .uint(let weight) = parameters["weight"] {
            try write("\(weight == 0 ? (weightFile == "blkio.weight" ? 500 : 100) : weight)", to: weightFile, of: .io)
        }
        for kind in Self.deviceLimits {
            guard let text = parameters.text(kind.parameter), !text.isEmpty else { continue }
            for (path, value) in try Self.devices(text, kind.parameter) {
                let device = try Self.number(of: path)
                try write(line(kind, device, value), to: kind.key == nil ? deviceWeightFile : file(kind), of: .io)
            }
        }
    }

    private struct DeviceLimit {
        var parameter: String
        /// Version 2's word; nil for the weight, which has a file of its own.
        var key: String?
        var legacyFile = ""
    }

    private static let deviceLimits = [
        DeviceLimit(parameter: "device_weight"),
        DeviceLimit(parameter: "device_read_iops_sec", key: "riops", legacyFile: "blkio.throttle.read_iops_device"),
        DeviceLimit(parameter: "device_write_iops_sec", key: "wiops", legacyFile: "blkio.throttle.write_iops_device"),
        DeviceLimit(parameter: "device_read_bytes_sec", key: "rbps", legacyFile: "blkio.throttle.read_bps_device"),
        DeviceLimit(parameter: "device_write_bytes_sec", key: "wbps", legacyFile: "blkio.throttle.write_bps_device"),
    ]

    /// Which scheduler of block devices weighs them decides the file.
    private var weightFile: String {
        if isUnified(.io) == true { return has("io.bfq.weight", of: .io) ? "io.bfq.weight" : "io.weight" }
        return has("blkio.bfq.weight", of: .io) ? "blkio.bfq.weight" : "blkio.weight"
    }

    private var deviceWeightFile: String { isUnified(.io) == true ? weightFile : weightFile + "_device" }

    private func file(_ kind: DeviceLimit) -> String { isUnified(.io) == true ? "io.max" : kind.legacyFile }

    private func line(_ kind: DeviceLimit, _ device: String, _ value: UInt64) -> String {
        guard isUnified(.io) == true else { return "\(device) \(value)" }
        if let key = kind.key { return "\(device) \(key)=\(value == 0 ? "max" : "\(value)")" }
        return "\(device) \(value == 0 ? "default" : "\(value)")"
    }

    /// `/dev/sda,500,/dev/sdb,200`.
    private static func devices(_ text: String, _ name: String) throws(VMError) -> [(path: String, value: UInt64)] {
        let words = text.split(separator: ",", omittingEmptySubsequences: false)
        var found: [(path: String, value: UInt64)] = []
        for index in stride(from: 0, to: words.count, by: 2) {
            guard index + 1 < words.count, let value = UInt64(words[index + 1]) else {
                throw VMError(.invalidArgument, "invalid argument: unable to parse blkio device '\(name)' '\(text)'")
            }
            found.append((String(words[index]), value))
        }
        return found
    }

    /// A block device's number, as the kernel's files name it.
    private static func number(of path: String) throws(VMError) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw .system("Path '\(path)' is not accessible", errno: errno, as: .notFound)
        }
        guard status.st_mode & S_IFMT == S_IFBLK else {
            throw VMError(.invalidArgument, "invalid argument: Path '\(path)' must be a block device")
        }
        let number = UInt64(status.st_rdev)
        let major = (number >> 8) & 0xfff | (number >> 32) & ~0xfff & 0xffff_ffff
        let minor = number & 0xff | (number >> 12) & ~0xff & 0xffff_ffff
        return "\(major):\(minor)"
    }

    // MARK: Telling

    /// The parameters of a group as the kernel has them; what it doesn't tell stays as the document has it.
    package func figures(_ group: TuningGroup, _ stored: [TypedParameter]) -> [TypedParameter] {
        stored.map { TypedParameter($0.name, figure(group, $0) ?? $0.value) }
    }

    private func figure(_ group: TuningGroup, _ parameter: TypedParameter) -> TypedParameter.Value? {
        switch group {
        case .memory:
            guard let file = memoryFiles.first(where: { $0.parameter == parameter.name }) else { return nil }
            return .ullong(memoryLimit(file.name) ?? TuningGroup.unlimitedMemory)
        case .scheduler: return schedulerFigure(parameter.name)
        case .blockIO:
            guard parameter.name == "weight" else { return nil }
            // Version 2 says `default 100`, and the devices' own in further lines.
            let line = read(weightFile, of: .io)?.split(separator: "\n").first?.split(separator: " ").last
            return line.flatMap { UInt32($0) }.map { .uint($0) }
        case .numa:
            guard parameter.name == "numa_nodeset", let text = read("cpuset.mems", of: .cpuset), !text.isEmpty else {
                return nil
            }
            return .string(text)
        case .perfEvents, .bandwidth, .blockLimits: return nil
        }
    }

    private func schedulerFigure(_ name: String) -> TypedParameter.Value? {
        if name == "cpu_shares" { return read(sharesFile, of: .cpu).flatMap { UInt64($0) }.map { .ullong($0) } }
        let words = name.split(separator: "_")
        guard words.count == 2, let scope = words.first, let what = words.last else { return nil }
        let group: ControlGroup?
        switch scope {
        case "global": group = self
        case "emulator": group = inner("emulator")
        // All of a kind have the same.
        default: group = threadGroups("\(scope)").first.map { inner($0) }
        }
        let (period, quota) = group?.processorTime ?? (100_000, -1)
        return what == "period" ? .ullong(period) : .llong(quota < 0 ? TuningGroup.unlimitedQuota : quota)
    }

    /// The groups of threads of a kind.
    private func threadGroups(_ kind: String) -> [String] {
        let names = folders[.cpu].flatMap { try? Folders.list($0.path) } ?? []
        return names.filter { $0.hasPrefix(kind) && UInt32($0.dropFirst(kind.count)) != nil }.sorted()
    }

    /// A period, and how much of it may be used: -1 for all.
    private var processorTime: (period: UInt64, quota: Int64)? {
        if isUnified(.cpu) == true {
            let words = read("cpu.max", of: .cpu)?.split(separator: " ") ?? []
            guard words.count == 2, let period = UInt64(words[1]) else { return nil }
            return (period, Int64(words[0]) ?? -1)
        }
        guard let period = read("cpu.cfs_period_us", of: .cpu).flatMap({ UInt64($0) }),
            let quota = read("cpu.cfs_quota_us", of: .cpu).flatMap({ Int64($0) })
        else { return nil }
        return (period, quota)
    }
}

/// How much processor time something may take: microseconds of each period.
package struct ProcessorBandwidth: Sendable, Hashable {
    package var period: UInt64?
    package var quota: Int64?

    /// - Parameter kind: `vcpu`, `emulator`, `global` or `iothread`.
    package init(_ parameters: [TypedParameter], _ kind: String) {
        period = parameters.unsigned(kind + "_period")
        if case .llong(let number) = parameters[kind + "_quota"] { quota = number }
    }

    package var isEmpty: Bool { period == nil && quota == nil }
}

extension [TypedParameter] {
    fileprivate func unsigned(_ name: String) -> UInt64? {
        if case .ullong(let number) = self[name] { number } else { nil }
    }

    fileprivate func text(_ name: String) -> String? {
        if case .string(let text) = self[name] { text } else { nil }
    }
}
