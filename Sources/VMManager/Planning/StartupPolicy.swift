internal import Glibc
internal import QEMULauncher
internal import VMCore
internal import VMDomain

/// What becomes of devices whose source isn't there when the machine starts: `startupPolicy`.
///
/// A removable medium that is absent leaves its drive empty, a disk leaves the machine, where the policy lets it; what
/// must be there is told by the preflight.
enum StartupPolicy {
    /// - Parameter isRestored: whether the machine goes on from a saved state, in which `requisite` is as `optional`.
    /// - Returns: the disks whose source isn't there.
    @discardableResult
    static func apply(
        to domain: inout Domain, isRestored: Bool, usb: () -> [USBDevice] = USBDevice.all
    ) -> [LaunchPlan.AbsentDisk] {
        var absent: [LaunchPlan.AbsentDisk] = []
        domain.devices.disks = domain.devices.disks.compactMap { disk in
            guard isAbsent(disk), mayBeAbsent(disk.source.startupPolicy, isRestored) else { return disk }
            guard disk.device == .cdrom || disk.device == .floppy else {
                // What was there when a state was saved is in that state.
                if isRestored { return disk }
                absent.append(.init(target: disk.target?.dev ?? "", source: disk.place, isLeftOut: true))
                return nil
            }
            absent.append(.init(target: disk.target?.dev ?? "", source: disk.place, isLeftOut: false))
            var empty = disk
            let type = disk.source.type
            empty.source = DiskSource()
            empty.source.type = type
            empty.backingStore = nil
            return empty
        }
        guard domain.devices.hostDevices.contains(where: { $0.source.startupPolicy == .optional }) else {
            return absent
        }
        let present = usb()
        domain.devices.hostDevices.removeAll { device in
            device.type == .usb && mayBeAbsent(device.source.startupPolicy, isRestored)
                && !present.contains { $0.is(device) }
        }
        return absent
    }

    private static func mayBeAbsent(_ policy: DiskSource.StartupPolicy?, _ isRestored: Bool) -> Bool {
        policy == .optional || isRestored && policy == .requisite
    }

    private static func isAbsent(_ disk: Disk) -> Bool {
        guard let path = disk.place, !path.isEmpty else { return false }
        // What can't be looked at may be there.
        guard let code = Files.obstacle(path, writing: false) else { return false }
        return code == ENOENT || code == ENOTDIR
    }
}

extension Disk {
    /// The file or device behind it.
    fileprivate var place: String? { source.file ?? source.dev }
}
