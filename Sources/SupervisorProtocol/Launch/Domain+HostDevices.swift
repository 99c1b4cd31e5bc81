package import VMDomain
package import VMXML

/// A PCI device of the host's that a domain has for itself.
package struct HostPCIDevice: Sendable {
    /// As `0000:03:00.1`.
    package var address: String
    /// Whether it is taken from the host's driver when the machine starts, and given back in the end.
    package var isManaged: Bool
    package var alias: String?
    package var origin: XMLOrigin
}

extension Domain {
    package var hostPCIDevices: [HostPCIDevice] {
        var found: [HostPCIDevice] = []
        func add(_ address: PCIAddress?, _ managed: YesNo?, _ alias: String?, _ origin: XMLOrigin) {
            guard let address else { return }
            found.append(.init(address: "\(address)", isManaged: managed == .yes, alias: alias, origin: origin))
        }
        for device in devices.hostDevices where device.type == .pci {
            add(device.source.address?.pci, device.managed, device.alias?.name, device.origin)
        }
        for interface in devices.interfaces where interface.type == .hostdev {
            add(interface.source.hostAddress?.pci, interface.managed, interface.alias?.name, interface.origin)
        }
        for disk in devices.disks {
            var (source, below): (DiskSource?, _) = (disk.source, disk.backingStore)
            // QEMU takes shorter chains alone.
            for _ in 0..<1024 {
                if let source, source.type == .nvme {
                    add(source.address, source.managed, disk.alias?.name, disk.origin)
                }
                guard let store = below else { break }
                (source, below) = (store.source, store.backingStore)
            }
        }
        return found
    }

    /// How much of its memory QEMU may keep from being swapped out, in bytes; nil for what everybody may. A device of the
    /// host reaches all of the guest's memory, and a little besides.
    package var lockedMemory: UInt64? {
        if memoryBacking.locked { return memtune.hardLimit?.bytes ?? .max }
        let reaches = !hostPCIDevices.isEmpty || devices.hostDevices.contains { $0.type == .mdev }
        guard reaches, let memory = maxMemory?.size?.bytes ?? memory?.size?.bytes else { return nil }
        return memory.addingReportingOverflow(1 << 30).partialValue
    }
}
