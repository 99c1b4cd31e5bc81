internal import VMDomain

/// Which device the firmware tries when: `<boot order=…>` of the devices, or else what `<boot dev=…>` of `<os>` comes
/// to, the first device of each kind.
struct BootIndexes: Sendable {
    private var disks: [Int: UInt32] = [:]
    private var interfaces: [Int: UInt32] = [:]
    private var hostDevices: [Int: UInt32] = [:]

    init(_ domain: Domain) {
        let devices = domain.devices
        for (index, disk) in devices.disks.enumerated() { disks[index] = disk.boot?.order }
        for (index, interface) in devices.interfaces.enumerated() { interfaces[index] = interface.boot?.order }
        guard disks.isEmpty, interfaces.isEmpty else { return }
        for (position, boot) in domain.os.boot.enumerated() {
            let order = UInt32(clamping: position + 1)
            switch boot.dev {
            case .hd: setFirst(devices.disks, order) { $0.device ?? .disk == .disk || $0.device == .lun }
            case .cdrom: setFirst(devices.disks, order) { $0.device == .cdrom }
            case .fd: setFirst(devices.disks, order) { $0.device == .floppy }
            case .network: if !devices.interfaces.isEmpty { interfaces[0] = order }
            case nil: break
            }
        }
    }

    /// Of a kind that is named twice the later place counts.
    private mutating func setFirst(_ all: [Disk], _ order: UInt32, where matches: (Disk) -> Bool) {
        guard let index = all.firstIndex(where: matches) else { return }
        disks[index] = order
    }

    func disk(_ index: Int) -> UInt32? { disks[index] }
    func interface(_ index: Int) -> UInt32? { interfaces[index] }
}
