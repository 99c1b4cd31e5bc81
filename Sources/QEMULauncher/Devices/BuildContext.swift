internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// What every builder of options is handed: the planned domain and the values that were handed to the planner.
struct BuildContext: Sendable {
    let domain: Domain
    let capabilities: Capabilities
    let host: HostFacts
    let traits: MachineTraits
    let accelerator: Accelerator
    /// What QEMU says of the machine type; nil when it knows none of that name.
    let machine: Machine?
    let boot: BootIndexes
    let nodes: BlockNodeNumbers

    /// - Parameter nodes: the numbers of the block nodes, where they aren't those of a start.
    init(domain: Domain, capabilities: Capabilities, host: HostFacts, nodes: BlockNodeNumbers? = nil) {
        self.domain = domain
        self.capabilities = capabilities
        self.host = host
        let name = domain.os.type?.machine ?? ""
        traits = MachineTraits(architecture: domain.os.type?.arch ?? capabilities.architecture, machine: name)
        accelerator =
            switch domain.type {
            case .kvm: .kvm
            case .hvf: .hvf
            default: .tcg
            }
        machine =
            capabilities.machine(name, accelerator)
            ?? capabilities.accelerators.lazy.compactMap { capabilities.machine(name, $0) }.first
        boot = BootIndexes(domain)
        self.nodes = nodes ?? BlockNodeNumbers(domain)
    }

    /// A device with its place in the machine: bus, address, ACPI index and option ROM after the properties given, and
    /// before it, on s390, the zPCI device that makes a PCI function visible.
    func device(
        _ properties: JSONObject, at address: DeviceAddress?, acpi: DeviceACPI? = nil, rom: DeviceROM? = nil,
        from origin: XMLOrigin
    ) throws(VMError) -> [QEMUOption] {
        var properties = properties
        try place(&properties, at: address, acpi: acpi)
        if let rom { put(rom, into: &properties) }
        let device = QEMUOption(.device, properties, from: origin)
        return zpci(address, for: device.id, from: origin) + [device]
    }

    /// The zPCI device of a PCI function on s390.
    func zpci(_ address: DeviceAddress?, for target: String?, from origin: XMLOrigin) -> [QEMUOption] {
        guard let target, let zpci = address?.zpci, let uid = zpci.uid else { return [] }
        var properties: JSONObject = ["driver": "zpci", "uid": JSONValue(uid)]
        properties["fid"] = zpci.fid.map { JSONValue($0) }
        properties["target"] = .string(target)
        properties["id"] = .string("zpci\(uid)")
        return [QEMUOption(.device, properties, from: origin)]
    }

    private func put(_ rom: DeviceROM, into properties: inout JSONObject) {
        if rom.enabled == .no { return properties["romfile"] = "" }
        properties["rombar"] = rom.bar.map { $0.isOn ? 1 : 0 }
        properties["romfile"] = rom.file.map { .string($0) }
    }
}

extension JSONValue {
    init(_ number: UInt32) { self = .integer(Int64(number)) }
    init(_ number: UInt16) { self = .integer(Int64(number)) }
    init(_ number: UInt8) { self = .integer(Int64(number)) }
}

extension JSONObject {
    // Settings that may be absent: what is nil leaves no key.
    mutating func put(_ key: String, _ value: String?) { self[key] = value.map { .string($0) } ?? self[key] }
    mutating func put(_ key: String, _ value: UInt8?) { self[key] = value.map { JSONValue($0) } ?? self[key] }
    mutating func put(_ key: String, _ value: UInt32?) { self[key] = value.map { JSONValue($0) } ?? self[key] }
    mutating func put(_ key: String, _ value: UInt64?) { self[key] = value.map { JSONValue($0) } ?? self[key] }
    mutating func put(_ key: String, _ value: OnOff?) { self[key] = value.map { .bool($0.isOn) } ?? self[key] }
    mutating func put(_ key: String, _ value: YesNo?) { self[key] = value.map { .bool($0.isYes) } ?? self[key] }
}

extension Optional where Wrapped == Alias {
    /// The alias' name; planning gives every device one.
    var id: String { self?.name ?? "" }
}
