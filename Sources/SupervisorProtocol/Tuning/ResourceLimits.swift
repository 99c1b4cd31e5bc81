package import VMCore
package import VMDomain
package import VMJSON

/// What a document says of the host's resources that only a control group can limit or share out: libvirt's parameters,
/// group by group, without those that say nothing.
package struct ResourceLimits: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        package var group: TuningGroup
        package var parameters: [TypedParameter]
    }

    package var entries: [Entry] = []

    package init() {}

    package init(_ domain: Domain) {
        for group in [TuningGroup.memory, .scheduler, .blockIO, .numa] {
            if group == .numa, !domain.bindsMemory { continue }
            let parameters = ((try? domain.tuning(group)) ?? []).filter(\.isLimit)
            if !parameters.isEmpty { entries.append(.init(group: group, parameters: parameters)) }
        }
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// The controllers that they need.
    package var controllers: Set<ControlGroupController> { Set(entries.compactMap(\.group.controller)) }

    package subscript(group: TuningGroup) -> [TypedParameter] {
        entries.first { $0.group == group }?.parameters ?? []
    }

    package var json: JSONValue {
        .array(
            entries.map { entry in
                .object(entry.group.json(entry.parameters))
            })
    }

    package init(json: JSONValue?) throws(VMError) {
        for entry in json?.array ?? [] {
            let fields = RequestFields(entry.object ?? [:], what: "the supervisor's plan")
            entries.append(.init(group: try TuningGroup(fields), parameters: try [TypedParameter](fields)))
        }
    }
}

extension ResourceLimits {
    /// The parameters of a machine that is in no group of its own, where one could be had.
    package static func none(
        _ group: TuningGroup, _ stored: [TypedParameter], _ place: ControlGroupPlace
    ) -> [TypedParameter] {
        var isLegacy = false
        if case .below(let folders) = place { isLegacy = folders.values.contains { !$0.isUnified } }
        return stored.map { parameter in
            switch parameter.value {
            case .ullong where group == .memory: TypedParameter(parameter.name, .ullong(TuningGroup.unlimitedMemory))
            case .ullong where parameter.name == "cpu_shares":
                TypedParameter(parameter.name, .ullong(isLegacy ? 1024 : 100))
            case .ullong: TypedParameter(parameter.name, .ullong(100_000))
            case .llong: TypedParameter(parameter.name, .llong(TuningGroup.unlimitedQuota))
            default: parameter
            }
        }
    }
}

extension TuningGroup {
    /// What of a control group carries it; nil for what QEMU does by itself.
    package var controller: ControlGroupController? {
        switch self {
        case .memory: .memory
        case .blockIO: .io
        case .scheduler: .cpu
        case .numa: .cpuset
        case .perfEvents, .bandwidth, .blockLimits: nil
        }
    }

    /// `VIR_DOMAIN_MEMORY_PARAM_UNLIMITED`, in KiB; what is above it is no limit either.
    public static let unlimitedMemory: UInt64 = 9_007_199_254_740_991
    /// Microseconds of processor time in a period; what is above it is no limit.
    package static let unlimitedQuota: Int64 = 17_592_186_044_415
}

extension TypedParameter {
    /// Whether it says something that a control group has to be told.
    fileprivate var isLimit: Bool {
        switch value {
        case .ullong(let number): number != 0 && number < TuningGroup.unlimitedMemory
        case .llong(let number): number > 0
        case .uint(let number): number != 0
        case .string(let text): !text.isEmpty
        // The mode says how the nodes are used.
        case .int, .double, .boolean: false
        }
    }
}

extension Domain {
    /// Whether memory may come from the named nodes alone.
    package var bindsMemory: Bool {
        guard let memory = numatune.memory, memory.nodeset != nil, memory.placement != .auto else { return false }
        return memory.mode == nil || memory.mode == .strict || memory.mode == .restrictive
    }
}
