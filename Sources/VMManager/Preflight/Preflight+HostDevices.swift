internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMXML

/// Devices of the host that a machine takes over: they must be there, and be given away.
extension Preflight {
    mutating func checkHostDevices(_ devices: Devices) {
        for device in devices.hostDevices { check(device) }
        for disk in devices.disks where disk.source.type == .nvme {
            if let address = disk.source.address { checkPCI(address, at: disk.origin) }
        }
        for interface in devices.interfaces where interface.type == .hostdev {
            guard let address = interface.source.hostAddress?.pci else { continue }
            checkPCI(address, at: interface.origin)
        }
    }

    private mutating func check(_ device: HostDevice) {
        switch device.type {
        case .pci:
            if let address = device.source.address?.pci { checkPCI(address, at: device.origin) }
        case .mdev: checkMediated(device)
        case .usb: checkUSBAccess(device)
        default: break
        }
    }

    // MARK: PCI

    private mutating func checkPCI(_ address: PCIAddress, at origin: XMLOrigin) {
        let folder = "/sys/bus/pci/devices/\(address)"
        guard Files.exists(folder) else {
            let problem = VMError(
                .notFound, "there is no PCI device \(address) on this host",
                remedy: "'lspci -D' lists those that there are")
            return add(problem, at: origin)
        }
        let driver = Files.linkTarget(folder + "/driver").map { String($0.split(separator: "/").last ?? "") }
        if driver != "vfio-pci" {
            let problem = VMError(
                .unsupported,
                "PCI device \(address) is "
                    + (driver.map { "in use by the host's driver '\($0)'" } ?? "bound to no driver")
                    + ": it must be bound to vfio-pci",
                remedy: Remedy("as root: 'driverctl --nosave set-override \(address) vfio-pci'"))
            return add(problem, at: origin)
        }
        checkGroup(folder, "PCI device \(address)", at: origin)
    }

    /// Devices are handed over with all that the IOMMU can't tell from them, by the file of their group.
    private mutating func checkGroup(_ folder: String, _ device: String, at origin: XMLOrigin) {
        guard let group = Files.linkTarget(folder + "/iommu_group")?.split(separator: "/").last else {
            let problem = VMError(
                .unsupported, "\(device) is in no IOMMU group",
                remedy: "switch the IOMMU on: in the firmware's setup, and with intel_iommu=on or amd_iommu=on")
            return add(problem, at: origin)
        }
        guard let code = Files.obstacle("/dev/vfio/\(group)", writing: true) else { return }
        let problem = VMError.system(
            "Cannot access the IOMMU group of \(device), '/dev/vfio/\(group)'", errno: code,
            remedy: "give yourself the right to write it")
        add(problem, at: origin)
    }

    // MARK: Mediated devices

    private mutating func checkMediated(_ device: HostDevice) {
        guard let uuid = device.source.address?.uuid else { return }
        let folder = "/sys/bus/mdev/devices/\(uuid)"
        guard Files.exists(folder) else {
            let problem = VMError(
                .notFound, "there is no mediated device \(uuid) on this host", remedy: "make it with 'mdevctl start'")
            return add(problem, at: device.origin)
        }
        checkGroup(folder, "mediated device \(uuid)", at: device.origin)
    }

    // MARK: USB

    /// That a device is there at all is looked at before every start.
    private mutating func checkUSBAccess(_ device: HostDevice) {
        guard let found = USBDevice.all().first(where: { $0.is(device) }) else { return }
        func digits(_ number: UInt32) -> String {
            String(repeating: "0", count: max(0, 3 - String(number).utf8.count)) + String(number)
        }
        let path = "/dev/bus/usb/\(digits(found.bus))/\(digits(found.device))"
        guard let code = Files.obstacle(path, writing: true) else { return }
        let problem = VMError.system(
            "Cannot access USB device \(USBDevice.name(of: device)), '\(path)'", errno: code,
            remedy: "give yourself the right to write it, with a rule of udev")
        add(problem, at: device.origin)
    }
}
