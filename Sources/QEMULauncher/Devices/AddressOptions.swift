internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

extension BuildContext {
    /// Puts a device's bus and place on it among its properties.
    func place(_ properties: inout JSONObject, at address: DeviceAddress?, acpi: DeviceACPI? = nil) throws(VMError) {
        guard let address else { return }
        switch address.type {
        case .pci: placePCI(&properties, address)
        case .usb: try placeUSB(&properties, address)
        case .ccw:
            properties["devno"] = .string(
                "\(hex(address.cssid ?? 0xfe)).\(hex(address.ssid ?? 0)).\(hex(address.devno ?? 0, digits: 4))")
        // 0 is for QEMU to choose.
        case .spaprVIO: if address.reg != 0 { properties.put("reg", address.reg) }
        case .isa:
            properties.put("iobase", address.iobase)
            properties.put("irq", address.irq)
        case .dimm:
            properties.put("slot", address.slot)
            properties.put("addr", address.base)
        case .ccid:
            let controller = address.controller ?? 0
            properties["bus"] = .string((controllerAlias(.ccid, controller) ?? "ccid\(controller)") + ".0")
        case .virtioSerial, .drive, .virtioMMIO, .unassigned: break
        }
        properties["acpi-index"] = acpi?.index.map { JSONValue($0) } ?? properties["acpi-index"]
    }

    private func placePCI(_ properties: inout JSONObject, _ address: DeviceAddress) {
        properties["bus"] = .string(pciBus(address.bus ?? 0))
        if let multifunction = address.multifunction { properties["multifunction"] = .bool(multifunction.isOn) }
        let function = address.function ?? 0
        properties["addr"] = .string("0x" + hex(address.slot ?? 0) + (function == 0 ? "" : ".0x" + hex(function)))
    }

    private func placeUSB(_ properties: inout JSONObject, _ address: DeviceAddress) throws(VMError) {
        let index = address.bus ?? 0
        let alias = controllerAlias(.usb, index) ?? (index == 0 ? "usb" : "usb\(index)")
        properties["bus"] = .string(alias + ".0")
        properties["port"] = address.usbPort.map { .string($0.xml) }
    }

    /// The name by which QEMU knows the PCI bus with that number.
    func pciBus(_ index: UInt32) -> String {
        guard let controller = controller(.pci, index) else {
            return index == 0 ? (traits.pciRoot == .pcie ? "pcie.0" : "pci.0") : "pci.\(index)"
        }
        let isBoards = index == 0 && (controller.target?.index ?? 0) == 0
        if isBoards, controller.pciModel == .pcieRoot { return "pcie.0" }
        if isBoards, controller.pciModel == .pciRoot { return traits.numbersPCIBuses ? "pci.0" : "pci" }
        let alias = controller.alias?.name ?? "pci.\(index)"
        // The buses of further host bridges are named after the bridge.
        if controller.pciModel == .pciRoot, (controller.target?.index ?? 0) > 0 { return alias + ".0" }
        return alias
    }

    /// The alias of a controller.
    func controllerAlias(_ type: Controller.Kind, _ index: UInt32) -> String? {
        controllers.master(type, index).flatMap { domain.devices.controllers[$0].alias?.name }
    }

    func controller(_ type: Controller.Kind, _ index: UInt32) -> Controller? {
        controllers.first(type, index).map { domain.devices.controllers[$0] }
    }

    /// The name of a virtio device by the transport that its address chooses: `virtio-net-pci`, `virtio-net-ccw`,
    /// `virtio-net-device`, and the variants of the PCI one.
    func virtioDriver(_ base: String, at address: DeviceAddress?, model: VirtioModel? = nil) -> String {
        let transport: String
        switch address?.type {
        case .ccw: return base + "-ccw"
        case .virtioMMIO: return base + "-device"
        case .pci: transport = "-pci"
        default: transport = traits.isS390 ? "-ccw" : "-pci"
        }
        switch model {
        case .virtioTransitional: return base + transport + "-transitional"
        case .virtioNonTransitional: return base + transport + "-non-transitional"
        case .virtio, nil: return base + transport
        }
    }

    /// Lower-case hexadecimal digits without prefix.
    func hex(_ number: UInt32, digits: Int = 1) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}

extension JSONObject {
    /// What all virtio devices can be told by `<driver>`.
    mutating func put(_ options: VirtioOptions?) {
        guard let options else { return }
        put("iommu_platform", options.iommu)
        put("ats", options.ats)
        put("packed", options.packed)
        put("page-per-vq", options.pagePerVQ)
    }
}
