internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager

/// How much of the host a domain may have, as virsh asks for it and sets it.
extension Verb {
    /// `schedinfo NAME [--set PARAMETER=VALUE…]`.
    static var schedinfo: Verb {
        Verb(
            "schedinfo", group: .devices, "show/set scheduler parameters",
            details: "A period and a quota are microseconds; a quota of -1 is none.",
            parameters: [.domain()] + .scope + [
                .timeout, .rest("set", "parameter=value", "parameter=value", required: false),
            ],
            exclusive: .scope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let known = try manager.tuning(key, .scheduler, scope: invocation.scope(standard: .current))
            var parameters: [TypedParameter] = []
            for word in invocation.all("set") {
                let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                guard parts.count == 2 else {
                    throw VMError(.usage, "Invalid syntax for --set, expecting name=value", remedy: "not '\(word)'")
                }
                parameters.append(try known.value(parts[1], of: parts[0]))
            }
            try invocation.tune(manager, key, .scheduler, parameters)
            let now = try manager.tuning(key, .scheduler, scope: invocation.scope(standard: .current))
            return Report(
                .raw("Scheduler      : posix\n" + now.lines { $0.text }), value: .object(now.json), names: [key])
        }
    }

    /// `memtune NAME [--hard-limit SIZE] …`.
    static var memtune: Verb {
        Verb(
            "memtune", group: .devices, "get or set memory parameters",
            details: "Without a limit it prints those that there are, in KiB. A limit of -1 is none.",
            parameters: [
                .domain(), .option("hard-limit", "number", "max memory, as scaled integer (default KiB)"),
                .option("soft-limit", "number", "memory during contention, as scaled integer (default KiB)"),
                .option("swap-hard-limit", "number", "max memory plus swap, as scaled integer (default KiB)"),
            ] + .scope + [.timeout],
            exclusive: .scope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            var parameters: [TypedParameter] = []
            for name in ["hard-limit", "soft-limit", "swap-hard-limit"] where invocation.has(name) {
                let isNone = invocation.value(name) == "-1"
                let size = isNone ? TuningGroup.unlimitedMemory : try invocation.size(name, unit: 1024) >> 10
                parameters.append(.init(name.underscored, .ullong(size)))
            }
            return try invocation.tuned(.memory, parameters) { value in
                value == .ullong(TuningGroup.unlimitedMemory) ? "unlimited" : value.text
            }
        }
    }

    /// `blkiotune NAME [--weight N] …`.
    static var blkiotune: Verb {
        Verb(
            "blkiotune", group: .devices, "get or set blkio parameters",
            details: "Of block devices of the host; 'blkdeviotune' limits one disk of the guest.",
            parameters: [
                .domain(), .option("weight", "number", "I/O weight"),
                .option("device-weights", "string", "I/O weights of devices, as /path/to/device,weight,..."),
                .option("device-read-iops-sec", "string", "read operations per second, as /path/to/device,number,..."),
                .option(
                    "device-write-iops-sec", "string", "write operations per second, as /path/to/device,number,..."),
                .option("device-read-bytes-sec", "string", "bytes read per second, as /path/to/device,number,..."),
                .option("device-write-bytes-sec", "string", "bytes written per second, as /path/to/device,number,..."),
            ] + .scope + [.timeout],
            exclusive: .scope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            var parameters: [TypedParameter] = []
            if let weight = try invocation.number("weight") {
                parameters.append(.init("weight", .uint(UInt32(clamping: weight))))
            }
            if let weights = invocation.value("device-weights") {
                parameters.append(.init("device_weight", .string(weights)))
            }
            for what in ["read-iops", "write-iops", "read-bytes", "write-bytes"] {
                let name = "device-\(what)-sec"
                guard let text = invocation.value(name) else { continue }
                parameters.append(.init(name.underscored, .string(text)))
            }
            return try invocation.tuned(.blockIO, parameters) { $0.text }
        }
    }

    /// `numatune NAME [--mode MODE] [--nodeset NODES]`.
    static var numatune: Verb {
        let modes = NUMATuning.Mode.allCases.map(\.rawValue)
        return Verb(
            "numatune", group: .devices, "get or set numa parameters",
            details: "A running machine's memory can be moved to other nodes where the mode is strict or restrictive.",
            parameters: [
                .domain(), .option("mode", "string", "NUMA mode", completion: .words(modes)),
                .option("nodeset", "string", "NUMA nodes of the host"),
            ] + .scope + [.timeout],
            exclusive: .scope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            var parameters: [TypedParameter] = []
            if let word = invocation.value("mode") {
                // virsh takes the number, too.
                let number = modes.firstIndex(of: word) ?? Int(word)
                guard let number, modes.indices.contains(number) else {
                    throw VMError(
                        .usage, "Invalid mode: \(word)", remedy: Remedy("it can be " + modes.joined(separator: ", ")))
                }
                parameters.append(.init("numa_mode", .int(Int32(clamping: number))))
            }
            if let nodes = invocation.value("nodeset") { parameters.append(.init("numa_nodeset", .string(nodes))) }
            return try invocation.tuned(.numa, parameters) { value in
                if case .int(let number) = value, modes.indices.contains(Int(number)) { return modes[Int(number)] }
                return value.text
            }
        }
    }
}

extension Invocation {
    /// Sets what is named, or tells what there is.
    fileprivate func tuned(
        _ group: TuningGroup, _ parameters: [TypedParameter], _ shown: (TypedParameter.Value) -> String
    ) throws(VMError) -> Report {
        let (manager, key) = try managerAndDomain()
        guard parameters.isEmpty else {
            try tune(manager, key, group, parameters)
            return .silent(key)
        }
        let now = try manager.tuning(key, group, scope: scope(standard: .current))
        return Report(.raw(now.lines(shown)), value: .object(now.json), names: [key])
    }

    fileprivate func tune(
        _ manager: VMManager, _ key: String, _ group: TuningGroup, _ parameters: [TypedParameter]
    ) throws(VMError) {
        guard !parameters.isEmpty else { return }
        try manager.tune(
            key, group, parameters, scope: scope(standard: .current), timeout: try patience())
    }
}

extension [TypedParameter] {
    /// As virsh prints them.
    fileprivate func lines(_ shown: (TypedParameter.Value) -> String) -> String {
        map { $0.name.padded(to: 15) + ": " + shown($0.value) + "\n" }.joined()
    }

    /// A text as the value of one of these parameters.
    fileprivate func value(_ text: String, of name: String) throws(VMError) -> TypedParameter {
        let value: TypedParameter.Value?
        switch self[name] {
        case .ullong: value = UInt64(text).map { .ullong($0) }
        case .llong: value = Int64(text).map { .llong($0) }
        default:
            throw VMError(
                .usage, "invalid scheduler option: \(name)",
                remedy: Remedy("it can be " + map(\.name).joined(separator: ", ")))
        }
        guard let value else { throw VMError(.usage, "Invalid value for field '\(name)': '\(text)'") }
        return TypedParameter(name, value)
    }
}

extension String {
    /// An option's name as that of a parameter.
    fileprivate var underscored: String { split(separator: "-").joined(separator: "_") }
}
