internal import VMDomain
internal import VMXML

/// Options of devices that came with some version of QEMU.
extension EmulatorCheck {
    static let options: DomainCheck.Check = { v, context in
        checkIOMMUs(&v, context)
        checkAssigned(&v, context)
        v.each("devices/controller", v.domain.devices.controllers) { v, controller in
            guard controller.type == .nvme else { return }
            need("nvme-ns", "an NVMe controller", at: .attribute("type"), &v, context)
            checkSerial(controller, &v)
        }
        v.each("devices/disk", v.domain.devices.disks) { v, disk in
            guard let statistics = disk.driver?.statistics, !statistics.intervals.isEmpty else { return }
            let devices = ["virtio-blk-pci", "virtio-blk-ccw"]
            if !devices.contains(where: { context.capabilities.has(device: $0, property: "stats-intervals") }) {
                v.error(
                    "device-emulator", "this QEMU keeps no statistics of intervals",
                    at: .child(["driver", "statistics", "statistic"]))
            }
        }
    }

    /// What a definition may say, but what keeps its machine from being started.
    static let drivers: DomainCheck.Check = { v, context in
        func check(_ name: String?, _ v: inout Validation) {
            guard let name, name != "vfio" else { return }
            v.error(
                "host-driver", "QEMU takes devices of the host by the driver 'vfio' alone, not '\(name)'",
                at: .child("driver", "name"), found: name, accepted: ["vfio"])
        }
        v.each("devices/hostdev", v.domain.devices.hostDevices) { v, device in
            check(device.driver?.name?.rawValue, &v)
        }
        v.each("devices/interface", v.domain.devices.interfaces) { v, card in
            check(card.driver.hostDriver?.rawValue, &v)
        }
        if v.domain.os.varstore != nil {
            v.error(
                "varstore", "firmware whose variables QEMU itself keeps is not supported",
                at: .child(["os", "varstore"]), accepted: ["<loader type='pflash'> with <nvram>"])
        }
        if v.domain.iommufd?.fdgroup != nil {
            v.error(
                "fdgroup", "no open files are handed over under a name", at: .child("iommufd", "fdgroup"))
        }
        v.each("devices/disk", v.domain.devices.disks) { v, disk in
            guard disk.source.reservations?.migration == .on else { return }
            needProperty(
                "scsi-block", "migrate-pr", "migrating reservations", at: .child(["source", "reservations"]), &v,
                context)
        }
    }

    private static func checkIOMMUs(_ v: inout Validation, _ context: PlanContext) {
        v.each("devices/iommu", v.domain.devices.iommus) { v, iommu in
            let virtio = "virtio-iommu-pci"
            switch iommu.model {
            case .amd:
                needProperty("amd-iommu", "pci-id", "the IOMMU 'amd'", at: .attribute("model"), &v, context)
                if iommu.driver.dmaTranslation != nil {
                    needProperty(
                        "amd-iommu", "dma-translation", "'dma_translation' of the IOMMU 'amd'",
                        at: .child("driver", "dma_translation"), &v, context)
                }
            case .smmuv3 where iommu.driver.pciBus != nil:
                need("arm-smmuv3", "the IOMMU 'smmuv3' of a PCI bus", at: .child("driver", "pciBus"), &v, context)
            case .virtio:
                if iommu.driver.awBits != nil {
                    needProperty(
                        virtio, "aw-bits", "'aw_bits' of the IOMMU 'virtio'", at: .child("driver", "aw_bits"), &v,
                        context)
                }
                if iommu.driver.granule != nil {
                    needProperty(
                        virtio, "granule", "'granule' of the IOMMU 'virtio'", at: .child("driver", "granule"), &v,
                        context)
                }
            default: break
            }
        }
    }

    private static func checkAssigned(_ v: inout Validation, _ context: PlanContext) {
        v.each("devices/hostdev", v.domain.devices.hostDevices) { v, device in
            if v.domain.reachesByIOMMUFD(device) {
                needProperty("vfio-pci", "iommufd", "IOMMUFD", at: .child("driver", "iommufd"), &v, context)
            }
            if device.acpi?.nodeset != nil {
                need("acpi-generic-initiator", "NUMA cells of a device", at: .child("acpi", "nodeset"), &v, context)
            }
        }
        v.each("devices/interface", v.domain.devices.interfaces) { v, card in
            guard v.domain.reachesByIOMMUFD(card) else { return }
            needProperty("vfio-pci", "iommufd", "IOMMUFD", at: .child("driver", "iommufd"), &v, context)
        }
    }

    private static func needProperty(
        _ driver: String, _ property: String, _ what: String, at spot: Validation.Spot, _ v: inout Validation,
        _ context: PlanContext
    ) {
        guard !context.capabilities.has(device: driver, property: property) else { return }
        v.error(
            "device-emulator", "\(what) is not supported by this QEMU, whose '\(driver)' has no '\(property)'", at: spot
        )
    }

    /// The number is the controller's, and QEMU makes none without.
    private static func checkSerial(_ controller: Controller, _ v: inout Validation) {
        guard let serial = controller.serial, !serial.isEmpty else {
            return v.error("missing-element", "an NVMe controller, and so its disks, needs a <serial>")
        }
        if serial.utf8.count > 20 {
            v.error(
                "too-long",
                "the serial number of an NVMe controller has at most 20 bytes, and it has "
                    + "\(serial.utf8.count)", at: .child("serial"), found: serial)
        }
        let number = controller.index ?? 0
        let others = v.domain.devices.disks.filter {
            $0.target?.bus == .nvme && $0.address?.controller ?? 0 == number && ($0.serial ?? serial) != serial
        }
        for disk in others {
            v.error(
                "serial", "the disk '\(disk.target?.dev ?? "")' has another serial number than its NVMe controller",
                at: .child("serial"), of: disk.origin, found: disk.serial)
        }
    }
}
