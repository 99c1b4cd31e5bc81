public import VMCore
public import VMDomain
internal import VMJSON

/// What a processor can do, taken from a description in words: what comparing and combining processors work on. For x86
/// alone; elsewhere models don't break down into features.
public struct ProcessorSet: Sendable {
    /// `virCPUCompareResult`.
    public enum Relation: Int32, Sendable {
        case incompatible = 0
        case identical = 1
        /// The processor that was compared with can do more.
        case superset = 2
    }

    private let map: CPUMap
    private var bits = CPUBits()
    /// Who makes it.
    private var vendor: String?
    /// Whether a document says so, as opposed to its model.
    private var namesVendor = true

    // MARK: Where it comes from

    /// The host's processor, by the flags that its kernel tells.
    public init(_ host: HostCapabilities) {
        map = .table
        vendor = host.host.processor.vendor
        for name in host.features { add(name) }
    }

    /// The best processor that QEMU gives a guest here: the host's with KVM, all that can be emulated otherwise.
    ///
    /// - Throws: `unsupported` when QEMU doesn't say.
    public init(
        _ capabilities: Capabilities, _ accelerator: Accelerator
    ) throws(VMError) {
        let asked = accelerator == .tcg ? "max" : "host"
        guard let expansion = capabilities.expansion(of: asked, .static, accelerator) else {
            throw VMError(
                .unsupported,
                "Operation not supported: the processors of '\(capabilities.architecture)' can't be compared here",
                libvirt: LibvirtError(.operationUnsupported))
        }
        map = .table
        vendor = expansion.properties["vendor"]?.string.flatMap { map.vendors[$0] }
        for (name, value) in expansion.properties where value.bool == true { add(name) }
    }

    /// A processor as a document describes it.
    ///
    /// - Throws: `internal` for a model or feature that isn't known, as libvirt has it.
    public init(_ cpu: CPU) throws(VMError) {
        map = .table
        vendor = cpu.vendor
        namesVendor = vendor != nil
        if let name = cpu.model?.name {
            guard let model = map.model(name) else {
                throw VMError(
                    .notFound, "internal error: Unknown CPU model \(name)", libvirt: LibvirtError(.internalError))
            }
            bits = model.bits
            vendor = vendor ?? model.vendor
        }
        for feature in cpu.features {
            guard let name = feature.name else { continue }
            // What every system has switched on by itself is none of the processor's.
            if ProcessorModel.forgottenFeatures.contains(name) { continue }
            guard let known = map.feature(name) else {
                throw VMError(
                    .notFound, "internal error: Unknown CPU feature \(name)", libvirt: LibvirtError(.internalError))
            }
            switch feature.policy ?? .require {
            case .require, .force: bits.formUnion(known.bits)
            case .disable, .forbid: bits.subtract(known.bits)
            case .optional: break
            }
        }
    }

    private mutating func add(_ name: String) {
        if let feature = map.feature(name) { bits.formUnion(feature.bits) }
    }

    // MARK: Comparing

    /// How this processor stands to one that a document asks for.
    ///
    /// - Returns: the relation, and of an incompatible one why.
    public func relation(to cpu: CPU) throws(VMError) -> (relation: Relation, reason: String?) {
        // What says that it takes whatever there is.
        if cpu.model?.name == nil, cpu.features.isEmpty, cpu.mode != nil { return (.superset, nil) }
        let wanted = try ProcessorSet(cpu)
        if let maker = cpu.vendor, maker != vendor {
            return (.incompatible, "host CPU vendor does not match required CPU vendor \(maker)")
        }
        let forbidden = cpu.features.filter { $0.policy == .forbid }.compactMap(\.name).filter(has)
        if !forbidden.isEmpty {
            return (.incompatible, "host CPU provides forbidden features: \(forbidden.joined(separator: ", "))")
        }
        let missing = map.names(of: wanted.bits.subtracting(bits))
        if !missing.isEmpty {
            return (
                .incompatible, "host CPU does not provide required features: \(missing.joined(separator: ", "))"
            )
        }
        if bits.isSubset(of: wanted.bits) { return (.identical, nil) }
        return cpu.match == .strict
            ? (.incompatible, "host CPU does not match exactly: it has more features") : (.superset, nil)
    }

    private func has(_ name: String) -> Bool { map.feature(name).map { $0.bits.isSubset(of: bits) } ?? false }

    // MARK: Combining

    /// What both can do.
    public func common(with other: ProcessorSet) throws(VMError) -> ProcessorSet {
        if let vendor, let theirs = other.vendor, vendor != theirs {
            throw VMError(.unsupported, "operation failed: CPU vendors do not match", libvirt: .init(.operationFailed))
        }
        var result = self
        result.bits.subtract(bits.subtracting(other.bits))
        result.vendor = vendor == nil || other.vendor == nil ? nil : vendor
        result.namesVendor = namesVendor && other.namesVendor
        return result
    }

    /// The same, whoever made the processor.
    public func limited(to other: ProcessorSet) -> ProcessorSet {
        var result = self
        result.bits.subtract(bits.subtracting(other.bits))
        return result
    }

    /// As a document has it: the nearest model and what differs from it.
    ///
    /// - Parameters:
    ///   - preferred: the model that is taken if it is known.
    ///   - expands: names all features.
    /// - Throws: `not-found` when there is no model.
    public func description(preferring preferred: String? = nil, expands: Bool = false) throws(VMError) -> CPU {
        let models = map.models.filter { model in
            model.vendor == nil || vendor == nil || model.vendor == vendor
        }
        var best: (model: CPUMap.Model, distance: Int)?
        for model in models.reversed() where ProcessorModels.isPlain(model.name) {
            if model.name == preferred {
                best = (model, 0)
                break
            }
            let lacking = map.names(of: model.bits.subtracting(bits)).count
            let distance = map.names(of: bits.subtracting(model.bits)).count + 2 * lacking
            if best == nil || distance < best?.distance ?? 0 { best = (model, distance) }
        }
        guard let model = best?.model else { throw VMError(.notFound, "no CPU model fits") }
        var cpu = CPU()
        cpu.mode = .custom
        cpu.match = .exact
        cpu.model = CPU.Model()
        cpu.model?.fallback = .forbid
        cpu.model?.name = model.name
        cpu.vendor = namesVendor ? vendor : nil
        let enabled = map.names(of: expands ? bits : bits.subtracting(model.bits))
        let disabled = map.names(of: model.bits.subtracting(bits))
        cpu.features = enabled.map { CPU.Feature($0, .require) } + disabled.map { CPU.Feature($0, .disable) }
        return cpu
    }
}

/// The names of processors that documents may have.
public enum ProcessorModels {
    /// - Returns: nil when every name is taken that QEMU knows.
    /// - Throws: `invalid-argument` when there is no such architecture, `unsupported` when its processors have no names.
    public static func names(architecture: String) throws(VMError) -> [String]? {
        switch architecture {
        case "x86_64", "i686": return CPUMap.table.models.map(\.name).filter(isPlain)
        case "ppc64", "ppc64le":
            return ["POWER6", "POWER7", "POWER8", "POWER9", "POWER10", "POWERPC_e5500", "POWERPC_e6500"]
        case "aarch64", "armv7l", "armv6l", "armv7b", "s390", "s390x", "riscv32", "riscv64", "loongarch64": return nil
        case let other where withoutModels.contains(other):
            throw VMError(
                .unsupported, "'\(other)' architecture is not supported by CPU driver",
                libvirt: LibvirtError(.noSupport))
        default:
            throw VMError(.invalidArgument, "invalid argument: cannot find architecture \(architecture)")
        }
    }

    private static let withoutModels: Set<String> = [
        "alpha", "cris", "ia64", "lm32", "m68k", "microblaze", "microblazeel", "mips", "mipsel", "mips64", "mips64el",
        "openrisc", "parisc", "parisc64", "ppc", "ppcemb", "sh4", "sh4eb", "sparc", "sparc64", "unicore32", "xtensa",
        "xtensaeb",
    ]

    /// Whether it is a model's own name, and not that of one of its versions such as `EPYC-v3`.
    static func isPlain(_ name: String) -> Bool {
        guard let last = name.split(separator: "-").last, last.first == "v" else { return true }
        return !last.dropFirst().allSatisfy(\.isNumber) || last.count == 1
    }
}
