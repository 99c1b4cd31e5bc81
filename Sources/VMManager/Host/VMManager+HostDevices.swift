public import VMCore
public import VMHost
internal import VMDomain
internal import VMXML

/// The host's devices and network interfaces, as its kernel shows them to everybody.
extension VMManager {
    /// All devices.
    public func nodeDevices() -> NodeDevices { NodeDevices() }

    /// A device by its name.
    public func nodeDevice(_ name: String) throws(VMError) -> NodeDevice {
        guard let device = nodeDevices()[name] else {
            throw VMError(
                .notFound, "Node device not found: no node device with matching name '\(name)'",
                remedy: "\(command: "nodedev-list") shows what there is",
                libvirt: LibvirtError(.noNodeDevice, in: .nodeDevice))
        }
        return device
    }

    /// Takes a PCI device from the host's driver, so that it can be given to a guest. For root.
    ///
    /// - Parameter driver: libvirt's word for the driver; `vfio` is the only one that there is.
    public func detachNodeDevice(_ name: String, driver: String? = nil) throws(VMError) {
        if let driver, driver != "vfio", driver != PCIBinding.guests {
            throw VMError(
                .unsupported, "PCI devices can't be given to guests by the driver '\(driver)'", remedy: "leave it out",
                libvirt: LibvirtError(.configurationUnsupported, in: .nodeDevice))
        }
        let device = try nodeDevice(name)
        try checkUnused(device)
        try PCIBinding(device).detach()
    }

    /// Gives a PCI device back to the host's driver. For root.
    public func reattachNodeDevice(_ name: String) throws(VMError) {
        let device = try nodeDevice(name)
        try checkUnused(device)
        try PCIBinding(device).reattach()
    }

    /// Resets a PCI device. For root.
    public func resetNodeDevice(_ name: String) throws(VMError) {
        let device = try nodeDevice(name)
        try checkUnused(device)
        try PCIBinding(device).reset()
    }

    /// Refuses a device that a running machine has.
    private func checkUnused(_ device: NodeDevice) throws(VMError) {
        guard case .pci(let facts) = device.facts else { return }
        let place = facts.place
        for state in try activeStates() {
            let domain: Domain
            do throws(VMError) { domain = try liveDomain(of: state) } catch {
                // One that has ended meanwhile has nothing. What another one has isn't known.
                if observe(folder(state.uuid))?.state.isActive != true { continue }
                throw error
            }
            let devices =
                domain.devices.hostDevices.compactMap { $0.type == .pci ? $0.source.address?.pci : nil }
                + domain.devices.interfaces.compactMap { $0.source.hostAddress?.pci }
                + domain.devices.disks.compactMap { $0.source.type == .nvme ? $0.source.address : nil }
            let isUsed = devices.contains { "\($0)" == place.description }
            if isUsed {
                throw VMError(
                    .busy, "PCI device \(place) is in use by domain '\(state.name)'",
                    remedy: "detach it from the machine first",
                    libvirt: LibvirtError(.operationInvalid, in: .nodeDevice))
            }
        }
    }

    /// All network interfaces.
    public func hostInterfaces() -> HostInterfaces { HostInterfaces() }

    /// An interface by its name.
    public func hostInterface(_ name: String) throws(VMError) -> HostInterface {
        guard let interface = hostInterfaces()[name] else {
            throw VMError(
                .notFound, "Interface not found: couldn't find interface named '\(name)'",
                remedy: "\(command: "iface-list", "--all") shows what there is",
                libvirt: LibvirtError(.noInterface, in: .interface))
        }
        return interface
    }

    /// The interface that has an address.
    ///
    /// - Throws: `not-found`; `invalid-argument` when several have it.
    public func hostInterface(withAddress mac: String) throws(VMError) -> HostInterface {
        let found = hostInterfaces().all(withAddress: mac)
        guard let interface = found.first else {
            throw VMError(
                .notFound, "Interface not found: couldn't find interface with MAC address '\(mac)'",
                libvirt: LibvirtError(.noInterface, in: .interface))
        }
        guard found.count == 1 else {
            throw VMError(
                .invalidArgument, "multiple interfaces with matching MAC address",
                remedy: "name one of: \(found.map(\.name).joined(separator: ", "))",
                libvirt: LibvirtError(.multipleInterfaces, in: .interface))
        }
        return interface
    }
}
