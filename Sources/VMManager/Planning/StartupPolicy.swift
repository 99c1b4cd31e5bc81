internal import Glibc
internal import VMCore
internal import VMDomain

/// What becomes of devices whose source isn't there when the machine starts: `startupPolicy`.
///
/// A removable medium that is absent leaves its drive empty, a disk leaves the machine, where the policy lets it; what
/// must be there is told by the preflight.
enum StartupPolicy {
    /// - Parameter isRestored: whether the machine goes on from a saved state, in which `requisite` is as `optional`.
    static func apply(to domain: inout Domain, isRestored: Bool, usb: () -> [USBDevice] = USBDevice.all) {
        domain.devices.disks = domain.devices.disks.compactMap { disk in
            guard isAbsent(disk), mayBeAbsent(disk.source.startupPolicy, isRestored) else { return disk }
            guard disk.device == .cdrom || disk.device == .floppy else {
                // What was there when a state was saved is in that state.
                return isRestored ? disk : nil
            }
            var empty = disk
            let type = disk.source.type
            empty.source = DiskSource()
            empty.source.type = type
            empty.backingStore = nil
            return empty
        }
        guard domain.devices.hostDevices.contains(where: { $0.source.startupPolicy == .optional }) else { return }
        let present = usb()
        domain.devices.hostDevices.removeAll { device in
            device.type == .usb && mayBeAbsent(device.source.startupPolicy, isRestored)
                && !present.contains { $0.is(device) }
        }
    }

    private static func mayBeAbsent(_ policy: DiskSource.StartupPolicy?, _ isRestored: Bool) -> Bool {
        policy == .optional || isRestored && policy == .requisite
    }

    private static func isAbsent(_ disk: Disk) -> Bool {
        guard let path = disk.source.file ?? disk.source.dev, !path.isEmpty else { return false }
        // What can't be looked at may be there.
        guard let code = Files.obstacle(path, writing: false) else { return false }
        return code == ENOENT || code == ENOTDIR
    }
}
