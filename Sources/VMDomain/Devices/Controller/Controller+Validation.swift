public import VMXML

/// What one controller's parts say against each other; numbers of several are checked with the other devices.
extension Controller: Validated {
    public func validate(_ v: inout Validation) {
        guard v.isQEMU else { return }
        switch type {
        case .pci: validatePCI(&v)
        case .usb: validateUSB(&v)
        case .scsi: validateSCSI(&v)
        default: break
        }
        if let driver, type != .scsi { validateDriver(driver, &v) }
    }

    private func validateUSB(_ v: inout Validation) {
        guard let ports, usbModel == .necXHCI || usbModel == .qemuXHCI else { return }
        if ports > 15 {
            v.error(
                "usb-ports", "a '\(usbModel?.rawValue ?? "")' controller has 1 to 15 ports, not \(ports)",
                at: .attribute("ports"), found: String(ports), accepted: ["a number from 1 to 15"])
        }
    }

    // MARK: SCSI

    private func validateSCSI(_ v: inout Validation) {
        guard let driver else { return }
        let isVirtio =
            scsiModel.map { [.virtioSCSI, .virtioTransitional, .virtioNonTransitional].contains($0) } ?? true
        guard isVirtio else { return validateDriver(driver, &v) }
        let spot: Validation.Spot =
            driver.iothread != nil ? .child("driver", "iothread") : .child(["driver", "iothreads"])
        if driver.iothread != nil || !driver.iothreads.isEmpty {
            DiskIOThread.validate(single: driver.iothread, list: driver.iothreads, at: spot, &v)
        }
    }

    /// Controllers other than virtio-scsi have only the options of virtio, if these.
    private func validateDriver(_ driver: ControllerDriver, _ v: inout Validation) {
        for (name, isThere) in [
            ("queues", driver.queues != nil), ("cmd_per_lun", driver.cmdPerLUN != nil),
            ("max_sectors", driver.maxSectors != nil), ("ioeventfd", driver.ioeventfd != nil),
            ("iothread", driver.iothread != nil),
        ] where isThere {
            v.error("only-virtio-scsi", "'\(name)' is only for virtio-scsi controllers", at: .child("driver", name))
        }
        guard type != .virtioSerial else { return }
        for (name, isThere) in [
            ("iommu", driver.virtio.iommu != nil), ("ats", driver.virtio.ats != nil),
            ("packed", driver.virtio.packed != nil), ("page_per_vq", driver.virtio.pagePerVQ != nil),
        ] where isThere {
            v.warning("no-effect", "'\(name)' does nothing: it is for virtio controllers", at: .child("driver", name))
        }
    }

    // MARK: PCI

    private func validatePCI(_ v: inout Validation) {
        guard let pciModel else {
            return v.error("missing-attribute", "a PCI controller needs the attribute 'model'")
        }
        let isRoot = pciModel == .pciRoot || pciModel == .pcieRoot
        if pciModel == .pcieRoot, let index, index != 0 {
            v.error(
                "root-index", "the root of the PCIe buses has the index 0", at: .attribute("index"),
                found: String(index), accepted: ["0"])
        }
        if !isRoot, index == 0 {
            v.error(
                "root-index", "the PCI controller 0 is a root, not a '\(pciModel.rawValue)'", at: .attribute("model"),
                found: pciModel.rawValue, accepted: ["pci-root", "pcie-root"])
        }
        if !isRoot, pcihole64 != nil {
            v.warning(
                "no-effect", "<pcihole64> does nothing: it is for the roots of the PCI buses", at: .child("pcihole64"))
        }
        validateMachine(pciModel, &v)
        validateName(pciModel, &v)
        if let target { v.enter("target", target.origin) { target.validate(pciModel, index: index, &$0) } }
    }

    private func validateMachine(_ model: PCIModel, _ v: inout Validation) {
        if v.isX86 == false, v.isVirt == false || v.isARM == false || model == .pciExpanderBus,
            model == .pciExpanderBus || model == .pcieExpanderBus
        {
            v.error(
                "wrong-machine", "the machine can't have a '\(model.rawValue)'", at: .attribute("model"),
                found: model.rawValue)
        }
        guard v.isX86 == true, let isQ35 = v.isQ35 else { return }
        if model == .pciExpanderBus, isQ35 {
            v.error(
                "wrong-machine", "a 'pci-expander-bus' needs a machine of the kind i440fx", at: .attribute("model"),
                found: model.rawValue, accepted: ["pcie-expander-bus"])
        } else if model == .pcieExpanderBus, !isQ35 {
            v.error(
                "wrong-machine", "a 'pcie-expander-bus' needs a machine of the kind q35", at: .attribute("model"),
                found: model.rawValue, accepted: ["pci-expander-bus"])
        }
    }

    private func validateName(_ model: PCIModel, _ v: inout Validation) {
        guard let name = modelName?.name else { return }
        let accepted = model.names
        guard !accepted.contains(name) else { return }
        v.error(
            "model-name", "a '\(model.rawValue)' can't be QEMU's '\(name.rawValue)'", at: .child("model", "name"),
            found: name.rawValue, accepted: accepted.map(\.rawValue))
    }
}

extension Controller.PCIModel {
    /// The devices of QEMU that can be such a controller.
    public var names: [PCIControllerModelName.Name] {
        switch self {
        case .pciRoot: [.spaprPCIHostBridge]
        case .pcieRoot: []
        case .pciBridge: [.pciBridge]
        case .dmiToPCIBridge: [.i82801b11Bridge]
        case .pcieToPCIBridge: [.pciePCIBridge]
        case .pcieRootPort: [.pcieRootPort, .ioh3420]
        case .pcieSwitchUpstreamPort: [.x3130Upstream]
        case .pcieSwitchDownstreamPort: [.xio3130Downstream]
        case .pciExpanderBus: [.pxb]
        case .pcieExpanderBus: [.pxbPCIe]
        }
    }
}

extension ControllerTarget {
    func validate(_ model: Controller.PCIModel, index controller: UInt32?, _ v: inout Validation) {
        let isPort = model == .pcieRootPort || model == .pcieSwitchDownstreamPort
        let isExpander = model == .pciExpanderBus || model == .pcieExpanderBus
        for (name, isThere, belongs) in [
            ("chassisNr", chassisNr != nil, model == .pciBridge),
            ("chassis", chassis != nil, isPort), ("port", port != nil, isPort),
            ("busNr", busNr != nil, isExpander), ("index", index != nil, model == .pciRoot),
            ("hotplug", hotplug != nil, takesHotplug(model, controller, v)),
        ] where isThere && !belongs {
            v.error("target-option", "'\(name)' isn't for a '\(model.rawValue)'", at: .attribute(name))
        }
        if node != nil, !isExpander, model != .pciRoot {
            v.error("target-option", "<node> isn't for a '\(model.rawValue)'", at: .child("node"))
        } else if let node, v.isPSeries == false, !v.hasCell(node) {
            v.error("unknown-node", "the NUMA cell \(node) isn't defined", at: .child("node"), found: String(node))
        }
        if let busNr, busNr == 0 || busNr == 255 {
            v.error(
                "target-range", "'busNr' is 1 to 254, not \(busNr)", at: .attribute("busNr"), found: String(busNr),
                accepted: ["a number from 1 to 254"])
        }
        if chassisNr == 0 {
            v.error(
                "target-range", "'chassisNr' is 1 to 255, not 0", at: .attribute("chassisNr"), found: "0",
                accepted: ["a number from 1 to 255"])
        }
        if node != nil, model == .pciRoot, controller == 0 {
            v.error("target-option", "the PCI controller 0 belongs to no NUMA cell", at: .child("node"))
        }
        validateIndex(controller, &v)
    }

    /// Ports can forbid that something is plugged into them, and so can the first bus of a PC.
    private func takesHotplug(_ model: Controller.PCIModel, _ controller: UInt32?, _ v: Validation) -> Bool {
        switch model {
        case .pcieRootPort, .pcieSwitchDownstreamPort: true
        case .pciRoot: controller ?? 0 == 0
        default: false
        }
    }

    private func validateIndex(_ controller: UInt32?, _ v: inout Validation) {
        guard let index else { return }
        if index > 30 {
            v.error(
                "target-range", "'index' of a host bridge is 0 to 30, not \(index)", at: .attribute("index"),
                found: String(index), accepted: ["a number from 0 to 30"])
        } else if let controller, (index == 0) != (controller == 0) {
            v.error(
                "target-index", "the PCI controller 0, and no other, has the target index 0", at: .attribute("index"),
                found: String(index))
        }
    }
}

extension Validation {
    /// Whether the guest has that NUMA cell.
    func hasCell(_ node: UInt32) -> Bool { Int64(node) < Int64(max(cellCount, 0)) }
}
