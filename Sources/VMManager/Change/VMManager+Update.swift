internal import QEMULauncher
public import VMCore
public import VMDomain
internal import VMJSON

extension VMManager {
    /// Changes a device to what a document says. A running machine's medium, link, limits and passwords can be changed;
    /// anything else only in the stored definition.
    ///
    /// - Throws: `not-found`; `unsupported` for what a running machine can't change.
    public func updateDevice(
        _ key: String, _ document: Devices, scope: ChangeScope, force: Bool = false, timeout: Duration = patience
    ) throws(VMError) {
        let machine = try find(key)
        let (live, config) = try resolve(scope, machine)
        var change: StoredChange?
        if config {
            change = try prepareStored(machine) { domain throws(VMError) in try VMManager.replace(document, &domain) }
        }
        if live { try updateLive(machine, document, force: force, timeout) }
        if let change { try commit(change) }
    }

    /// Puts the document's device in the place of the one it is about; what it leaves open stays.
    private static func replace(_ document: Devices, _ domain: inout Domain) throws(VMError) {
        if let graphics = document.graphics.first {
            guard let index = domain.devices.graphics.firstIndex(where: { $0.type == graphics.type }) else {
                throw VMError(.notFound, "cannot find existing graphics device to modify")
            }
            domain.devices.graphics[index] = graphics
            return
        }
        let place = try DevicePlace(of: document, in: domain)
        let old = domain.remove(place)
        var new = document
        if new.disks.first != nil { new.disks[0].address = new.disks[0].address ?? old.disks.first?.address }
        if new.interfaces.first != nil {
            new.interfaces[0].address = new.interfaces[0].address ?? old.interfaces.first?.address
            new.interfaces[0].mac = new.interfaces[0].mac ?? old.interfaces.first?.mac
            new.interfaces[0].model = new.interfaces[0].model ?? old.interfaces.first?.model
        }
        try domain.append(new)
    }

    private func updateLive(
        _ machine: Machine, _ document: Devices, force: Bool, _ timeout: Duration
    ) throws(VMError) {
        if let graphics = document.graphics.first {
            guard let password = graphics.passwd else {
                throw VMError(
                    .unsupported, "cannot change this of a running machine's display",
                    remedy: "its password can be changed; anything else with --config")
            }
            return try setDisplayPassword(
                machine.name, password, type: graphics.type, validTo: graphics.passwdValidTo, timeout: timeout)
        }
        if let disk = document.disks.first { return try updateLiveDisk(machine, disk, force: force, timeout) }
        if let card = document.interfaces.first, document.disks.isEmpty {
            guard let live = try liveDomain(machine) else { throw VMManager.notRunning }
            let place = try DevicePlace(of: document, in: live)
            var copy = live
            guard var old = copy.remove(place).interfaces.first else { throw VMManager.notRunning }
            let state = card.link?.state ?? .up
            // Whatever else the document says must be so already.
            let name = old.mac?.address.map { "\($0)" } ?? ""
            old.link = card.link
            if card.source != InterfaceSource(), card.type != old.type || card.source != old.source {
                throw VMError(
                    .unsupported, "cannot change the network of interface '\(name)' while the machine runs",
                    remedy: "detach it and attach another, or use --config")
            }
            return try setLink(machine.name, interface: name, up: state == .up, scope: .live, timeout: timeout)
        }
        throw VMError(
            .unsupported, "live update of a device of this kind is not supported", remedy: "use --config")
    }

    private func updateLiveDisk(
        _ machine: Machine, _ disk: Disk, force: Bool, _ timeout: Duration
    ) throws(VMError) {
        guard let target = disk.target?.dev, let live = try liveDomain(machine),
            let old = live.devices.disks.first(where: { $0.target?.dev == target })
        else { throw VMError(.notFound, "disk '\(disk.target?.dev ?? "")' not found") }
        let before = old.source.file ?? old.source.dev
        let after = disk.source.file ?? disk.source.dev
        if before != after {
            guard old.device == .cdrom || old.device == .floppy else {
                throw VMError(
                    .unsupported, "cannot modify field 'source' of the disk '\(target)' while the machine runs",
                    remedy: "only drives for removable media change what is in them")
            }
            let change = after.map { MediaChange.update(path: $0) } ?? .eject
            _ = try changeMedia(
                machine.name, target: target, change, live: true, force: force, timeout: timeout)
        }
        if let tune = disk.iotune, tune != old.iotune {
            try setBlockLimits(machine.name, disk: target, tune, scope: .live, timeout: timeout)
        }
    }

    static var notRunning: VMError {
        VMError(.wrongState, "Requested operation is not valid: domain is not running")
    }
}
