internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMHost
internal import VMXML

/// Devices of the host that a machine takes over: they must be there, and be given away.
extension Preflight {
    mutating func checkHostDevices(_ devices: Devices) {
        for device in devices.hostDevices {
            switch device.type {
            case .mdev: checkMediated(device)
            case .usb: checkUSBAccess(device)
            default: break
            }
        }
    }

    // MARK: PCI

    /// Looked at before every start: a device that is taken from the host must not be one that the host needs.
    mutating func checkPCI(_ domain: Domain) {
        let devices = domain.hostPCIDevices
        guard !devices.isEmpty else { return }
        let managed = Set(devices.filter(\.isManaged).map(\.address))
        let found = HostPCIDevices.problems(devices.map(\.address), managed: managed, root: manager.systemRoot)
        for device in devices {
            if let problem = found.first(where: { $0.address == device.address })?.problem {
                add(problem, at: device.origin)
            } else if let holder = manager.domain(havingPCI: device.address, except: machine.uuid) {
                add(
                    VMError(
                        .busy, "PCI device \(device.address) is in use by domain '\(holder)'",
                        remedy: "detach it there, or shut that domain down"), at: device.origin)
            } else {
                checkGroupFile(device, managed)
            }
        }
    }

    /// The group's file is there once a device of it is bound for guests.
    private mutating func checkGroupFile(_ device: HostPCIDevice, _ managed: Set<String>) {
        guard let path = HostPCIDevices.groupFile(of: device.address, root: manager.systemRoot),
            let code = Files.obstacle(manager.systemRoot + path, writing: true)
        else { return }
        if code == ENOENT, managed.contains(device.address) { return }
        let problem = VMError.system(
            "Cannot access the IOMMU group of PCI device \(device.address), '\(path)'", errno: code,
            remedy: "give yourself the right to write it")
        add(problem, at: device.origin)
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

    private mutating func checkUSBAccess(_ device: HostDevice) {
        let fitting = manager.usbDevices.filter { $0.is(device) }
        // That there is one, and one alone, is looked at before every start.
        guard let found = fitting.first, fitting.count == 1 else { return }
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

extension VMManager {
    /// The USB devices that are plugged in now.
    var usbDevices: [USBDevice] { USBDevice.all(below: systemRoot + "/sys/bus/usb/devices") }

    /// The running domain that has a PCI device of the host.
    func domain(havingPCI address: String, except uuid: UUID) -> String? {
        let states = (try? activeStates()) ?? []
        return states.first { state in
            guard state.uuid != uuid, let domain = try? liveDomain(of: state) else { return false }
            return domain.hostPCIDevices.contains { $0.address == address }
        }?.name
    }
}
