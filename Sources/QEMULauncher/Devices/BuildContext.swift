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
    let controllers: ControllerPlaces
    /// The open files of the interfaces with tap devices, by their names.
    let taps: [String: TapDescriptors]

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
        controllers = ControllerPlaces(domain.devices.controllers)
        taps = Dictionary(
            TapDescriptors.all(domain, host).map { ($0.interface.alias.id, $0.descriptors) }
        ) { first, _ in first }
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

/// Where in `<devices>` the controllers stand, by type and number: every device asks for its own.
struct ControllerPlaces: Sendable {
    // Keys of types that others have, too: for each further one the runtime looks for how it is hashed, which takes longer
    // than all that is looked up here.
    private var all: [String: [Int: Int]] = [:]
    private var masters: [String: [Int: Int]] = [:]

    init(_ controllers: [Controller]) {
        for (place, controller) in controllers.enumerated() {
            let (type, index) = (controller.type.rawValue, Int(controller.index ?? 0))
            if all[type]?[index] == nil { all[type, default: [:]][index] = place }
            if controller.master == nil, masters[type]?[index] == nil { masters[type, default: [:]][index] = place }
        }
    }

    func first(_ type: Controller.Kind, _ index: UInt32) -> Int? { all[type.rawValue]?[Int(index)] }

    /// The first that is no companion of another one.
    func master(_ type: Controller.Kind, _ index: UInt32) -> Int? { masters[type.rawValue]?[Int(index)] }
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
