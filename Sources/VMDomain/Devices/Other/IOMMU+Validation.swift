public import VMXML

extension IOMMU: Validated {
    public func validate(_ v: inout Validation) {
        validateOptions(&v)
        switch model {
        case .intel: validateIntel(&v)
        case .amd: validateAMD(&v)
        case .smmuv3:
            if v.isVirt == false || v.isARM == false { wrongMachine("virt of ARM", &v) }
            if address != nil { v.error("no-address", "the model 'smmuv3' has no address", at: .child("address")) }
        case .virtio: validateVirtio(&v)
        case nil: break
        }
    }

    private func validateIntel(_ v: inout Validation) {
        if let isQ35 = v.isQ35, !isQ35 { wrongMachine("q35", &v) }
        if address != nil { v.error("no-address", "the model 'intel' has no address", at: .child("address")) }
        if driver.eim == .on, driver.intremap != .on {
            v.error("eim", "eim='on' needs intremap='on'", at: .child("driver", "eim"))
        }
        validateRemapping(&v)
    }

    private func validateAMD(_ v: inout Validation) {
        if let isQ35 = v.isQ35, !isQ35 { wrongMachine("q35", &v) }
        validatePCIAddress(&v)
        validateRemapping(&v)
    }

    private func validateVirtio(_ v: inout Validation) {
        if v.isVirt == false, v.isQ35 == false || v.isX86 == false { wrongMachine("q35 or virt", &v) }
        if !v.domain.features.acpi {
            v.error("needs-acpi", "the IOMMU 'virtio' needs <acpi/> in <features>", at: .attribute("model"))
        }
        validatePCIAddress(&v)
    }

    private func validatePCIAddress(_ v: inout Validation) {
        guard let address, address.type != .pci else { return }
        v.error(
            "address-type",
            "the IOMMU '\(model?.rawValue ?? "")' has an address of the type 'pci', not '\(address.type.rawValue)'",
            at: .child("address", "type"), found: address.type.rawValue, accepted: ["pci"])
    }

    private func validateRemapping(_ v: inout Validation) {
        guard driver.intremap == .on, v.domain.features.ioapic?.driver == .kvm else { return }
        v.error(
            "intremap", "intremap='on' needs <ioapic driver='qemu'/> in <features>", at: .child("driver", "intremap"))
    }

    private func wrongMachine(_ machines: String, _ v: inout Validation) {
        v.error(
            "wrong-machine", "the IOMMU '\(model?.rawValue ?? "")' is only for machines of the kind \(machines)",
            at: .attribute("model"), found: model?.rawValue)
    }

    /// Each model has options of its own.
    private func validateOptions(_ v: inout Validation) {
        let options: [(name: String, isSet: Bool, models: [Model])] = [
            ("intremap", driver.intremap != nil, [.intel, .amd]), ("caching_mode", driver.cachingMode != nil, [.intel]),
            ("eim", driver.eim != nil, [.intel]), ("iotlb", driver.iotlb != nil, [.intel, .amd]),
            ("aw_bits", driver.awBits != nil, [.intel, .virtio]),
            ("dma_translation", driver.dmaTranslation != nil, [.intel, .amd]),
            ("passthrough", driver.passthrough != nil, [.amd]), ("xtsup", driver.xtsup != nil, [.amd]),
            ("pciBus", driver.pciBus != nil, [.smmuv3]), ("granule", driver.granule != nil, [.virtio]),
        ]
        guard let model else { return }
        for option in options where option.isSet && !option.models.contains(model) {
            v.error(
                "iommu-options", "the IOMMU '\(model.rawValue)' has no option '\(option.name)'",
                at: .child("driver", option.name))
        }
    }
}

extension Devices {
    /// NUMA cells belong to PCI devices of the host alone, and have to be there.
    func validateOwnCells(_ devices: [PlacedDevice], _ v: inout Validation) {
        let cells = CPUSet((v.domain.cpu?.numa.cells ?? []).enumerated().map { Int($1.id ?? UInt32($0)) })
        for device in devices {
            guard let wanted = device.element.acpi?.nodeset else { continue }
            v.enter(device.pathPart, device.element.origin) { v in
                guard let assigned = device.element as? HostDevice, assigned.type == .pci else {
                    return v.error(
                        "acpi-nodeset", "only a PCI device of the host has NUMA cells of its own",
                        at: .child("acpi", "nodeset"))
                }
                guard let absent = wanted.members.first(where: { !cells.contains($0) }) else { return }
                v.error("missing-cell", "there is no NUMA cell \(absent)", at: .child("acpi", "nodeset"))
            }
        }
    }

    /// Only IOMMUs of single PCI buses can be several, one a bus.
    func validateIOMMUs(_ v: inout Validation) {
        guard iommus.count > 1 else { return }
        var buses: Set<UInt32> = []
        v.each("iommu", iommus) { v, iommu in
            guard let bus = iommu.driver.pciBus, iommu.model == .smmuv3 else {
                return v.error(
                    "several-iommus", "of several IOMMUs each needs a PCI bus of its own: model 'smmuv3' with 'pciBus'")
            }
            if !buses.insert(bus).inserted {
                v.error("several-iommus", "PCI bus \(bus) has an IOMMU already", at: .child("driver", "pciBus"))
            }
        }
    }
}
