public import VMJSON

/// A CPU model of a QEMU: an entry of `query-cpu-definitions`.
public struct CPUModel: Sendable, Hashable {
    public var name: String
    /// The QOM type, for example `Haswell-x86_64-cpu`.
    public var typeName: String
    /// Whether the model is the same on every host and with every machine type.
    public var isStatic: Bool
    /// Whether a guest with it can be migrated.
    public var isMigrationSafe: Bool
    public var isDeprecated: Bool
    /// The versioned model this one stands for.
    public var aliasOf: String?
    /// What keeps the model from running with this accelerator on this host; nil where QEMU doesn't say, empty when
    /// nothing does.
    public var unavailableFeatures: [String]?

    init?(_ entry: JSONValue) {
        guard let name = entry["name"]?.string else { return nil }
        self.name = name
        typeName = entry["typename"]?.string ?? ""
        isStatic = entry["static"]?.bool ?? false
        isMigrationSafe = entry["migration-safe"]?.bool ?? false
        isDeprecated = entry["deprecated"]?.bool ?? false
        aliasOf = entry["alias-of"]?.string
        unavailableFeatures = entry["unavailable-features"]?.array?.compactMap(\.string)
    }
}

/// What a CPU model amounts to: a reply of `query-cpu-model-expansion`.
public struct CPUModelExpansion: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        /// A static base model and the differences to it.
        case `static`
        /// All properties.
        case full
    }

    /// The model the properties are relative to.
    public var model: String
    /// Property to value.
    public var properties: JSONObject
    /// Properties that should be off in new machines (s390x).
    public var deprecatedProperties: [String]

    init?(_ reply: JSONValue) {
        guard let name = reply["model"]?["name"]?.string else { return nil }
        model = name
        properties = reply["model"]?["props"]?.object ?? [:]
        deprecatedProperties = (reply["deprecated-props"]?.array ?? []).compactMap(\.string)
    }

    /// The key under which the reply to these arguments is kept.
    static func key(_ kind: Kind, _ model: String, _ properties: JSONObject) -> String {
        let sorted = JSONObject(properties.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 })
        return "\(kind.rawValue) \(model) \(sorted)"
    }
}

extension Capabilities {
    /// All CPU models in the order of their names.
    public func cpuModels(_ accelerator: Accelerator) -> [CPUModel] {
        let reader = CapabilitiesReader(image: image)
        return image.entries(.cpus, prefix: accelerator.rawValue + " ")
            .compactMap { reader.json($0.value).flatMap(CPUModel.init) }
    }

    /// Whether the QEMU says which CPU models it has; without reading them all.
    func listsCPUModels(_ accelerator: Accelerator) -> Bool {
        image.contains(.cpus, prefix: accelerator.rawValue + " ")
    }

    /// The CPU model of that name.
    public func cpuModel(_ name: String, _ accelerator: Accelerator) -> CPUModel? {
        let key = "\(accelerator.rawValue) \(name)"
        return CapabilitiesReader(image: image).json(image.value(.cpus, key)).flatMap(CPUModel.init)
    }

    /// The expansion of a model, of those that were asked for: `host` with a hardware accelerator, `max` with TCG.
    public func expansion(
        of model: String, _ kind: CPUModelExpansion.Kind, properties: JSONObject = [:], _ accelerator: Accelerator
    ) -> CPUModelExpansion? {
        let key = accelerator.rawValue + " " + CPUModelExpansion.key(kind, model, properties)
        return CapabilitiesReader(image: image).json(image.value(.expansions, key)).flatMap(CPUModelExpansion.init)
    }

    /// The CPU model that a machine type has when none is named, `host` included; nil when QEMU doesn't say.
    public func defaultCPUModel(machine name: String, _ accelerator: Accelerator) -> String? {
        guard let type = machine(name, accelerator)?.defaultCPUType else { return nil }
        // Where QEMU lists no models, none of its names is one that it takes.
        guard listsCPUModels(accelerator) else { return nil }
        let suffix = "-cpu"
        guard type.hasSuffix(suffix) else { return type }
        let model = type.dropLast(suffix.count)
        // The types of x86, s390x, ARM and so on end in the target's name; those of PowerPC carry the version instead.
        for ending in ["-\(target)", "-arm", "-powerpc64", "-powerpc", "-riscv64", "-loongarch", "-sparc"]
        where model.hasSuffix(ending) {
            return String(model.dropLast(ending.count))
        }
        return cpuModels(accelerator).first { $0.typeName == type }?.name ?? String(model)
    }
}
