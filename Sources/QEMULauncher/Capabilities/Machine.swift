internal import VMJSON

/// A machine type of a QEMU: an entry of `query-machines`.
public struct Machine: Sendable, Hashable {
    /// The name, for example `pc-q35-7.2`.
    public var name: String
    /// A second name that always means the newest version, for example `q35`.
    public var alias: String?
    /// Whether QEMU takes this one when none is named.
    public var isDefault: Bool
    public var maximumCPUs: Int
    public var hotpluggableCPUs: Bool
    /// Whether `-numa node,mem=` may be used.
    public var numaMemory: Bool
    /// The QOM type of the default CPU, for example `qemu64-x86_64-cpu`.
    public var defaultCPUType: String?
    /// The id that `memory-backend=` has to point to, for example `pc.ram`; nil where the machine takes no backend.
    public var defaultRAMID: String?
    public var isDeprecated: Bool
    /// Whether the machine has ACPI; nil where QEMU doesn't say.
    public var acpi: Bool?

    init?(_ entry: JSONValue) {
        guard let name = entry["name"]?.string else { return nil }
        self.name = name
        alias = entry["alias"]?.string
        isDefault = entry["is-default"]?.bool ?? false
        maximumCPUs = entry["cpu-max"]?.int ?? 0
        hotpluggableCPUs = entry["hotpluggable-cpus"]?.bool ?? false
        numaMemory = entry["numa-mem-supported"]?.bool ?? false
        defaultCPUType = entry["default-cpu-type"]?.string
        defaultRAMID = entry["default-ram-id"]?.string
        isDeprecated = entry["deprecated"]?.bool ?? false
        acpi = entry["acpi"]?.bool
    }

    /// The name without its version: `pc-q35-7.2` is of the family `q35`, `pc-i440fx-7.2` and `pc-1.3` of `pc`,
    /// `virt-8.2` of `virt`.
    public static func family(of name: String) -> String {
        if name == "q35" || name.hasPrefix("pc-q35-") { return "q35" }
        if name == "pc" || name.hasPrefix("pc-i440fx-") { return "pc" }
        guard let dash = name.lastIndex(of: "-") else { return name }
        let version = name[name.index(after: dash)...]
        guard let first = version.first, first.isNumber, version.allSatisfy({ $0.isNumber || $0 == "." }) else {
            return name
        }
        let rest = String(name[..<dash])
        return rest == "pc" ? "pc" : rest
    }
}

extension Capabilities {
    /// All machine types in the order of their names. An accelerator that isn't usable has none.
    public func machines(_ accelerator: Accelerator) -> [Machine] {
        let reader = CapabilitiesReader(image: image)
        return image.entries(.machines, prefix: accelerator.rawValue + " ")
            .compactMap { reader.json($0.value).flatMap(Machine.init) }
    }

    /// The machine type with that name or alias.
    public func machine(_ name: String, _ accelerator: Accelerator) -> Machine? {
        let reader = CapabilitiesReader(image: image)
        let canonical = image.value(.machines, "\(accelerator.rawValue)@\(name)")
            .map { String(decoding: $0, as: UTF8.self) }
        return reader.json(image.value(.machines, "\(accelerator.rawValue) \(canonical ?? name)")).flatMap(Machine.init)
    }

    /// The machine of a document that names none: the one that everybody means on that architecture, rather than the
    /// board that QEMU happens to begin with (or none, on ARM).
    public func usualMachine(_ architecture: String?, _ accelerator: Accelerator) -> Machine? {
        let name: String? =
            switch architecture ?? self.architecture {
            case "aarch64", "armv7l", "armv6l", "riscv32", "riscv64", "loongarch64": "virt"
            case "i686", "x86_64": "pc"
            case "ppc64", "ppc64le": "pseries"
            case "ppc": "g3beige"
            case "s390x": "s390-ccw-virtio"
            case "sparc": "SS-5"
            case "sparc64": "sun4u"
            case "alpha": "clipper"
            case "mips", "mipsel", "mips64", "mips64el": "malta"
            case "m68k": "mcf5208evb"
            case "microblaze", "microblazeel": "petalogix-s3adsp1800"
            case "sh4", "sh4eb": "shix"
            case "xtensa", "xtensaeb": "sim"
            default: nil
            }
        return name.flatMap { machine($0, accelerator) } ?? defaultMachine(accelerator)
    }

    /// The machine type that QEMU takes when none is named.
    public func defaultMachine(_ accelerator: Accelerator) -> Machine? {
        let canonical = image.value(.machines, "\(accelerator.rawValue)@").map { String(decoding: $0, as: UTF8.self) }
        return canonical.flatMap { machine($0, accelerator) }
    }
}
