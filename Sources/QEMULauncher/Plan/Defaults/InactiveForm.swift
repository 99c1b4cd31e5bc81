internal import VMCore
internal import VMDomain
internal import VMXML

/// Takes out what only a running machine has: numbers, names and states that a definition must not keep.
enum InactiveForm {
    static func apply(to domain: inout Domain) {
        strip(&domain)
        dropChosen(&domain.devices)
        sort(&domain.devices)
    }

    /// Names and addresses that a run chose on the host, in a document that was taken from a running machine.
    private static func dropChosen(_ devices: inout Devices) {
        for index in devices.interfaces.indices {
            // Which bridge a network has is the network's to say.
            if devices.interfaces[index].type == .network { devices.interfaces[index].source.bridge = nil }
            let target = devices.interfaces[index].target
            guard target?.managed != .no, let name = target?.dev,
                chosenNames.contains(where: { name.hasPrefix($0) })
            else { continue }
            devices.interfaces[index].target = nil
        }
        for index in devices.graphics.indices {
            for listen in devices.graphics[index].listens.indices
            where devices.graphics[index].listens[listen].type == .network {
                devices.graphics[index].listen = nil
                devices.graphics[index].listens[listen].address = nil
            }
        }
    }

    /// What the names of the host's devices begin with that a start makes.
    private static let chosenNames = ["vnet", "macvtap", "macvlan"]

    /// The same without touching the order of anything.
    static func strip(_ domain: inout Domain) {
        domain.id = nil
        for slot in domain.devices.aliasSlots {
            guard let alias = domain.devices[aliasOf: slot], alias.name?.hasPrefix("ua-") != true else { continue }
            domain.devices[aliasOf: slot] = nil
        }
        for index in domain.devices.disks.indices { strip(&domain.devices.disks[index]) }
        for index in domain.devices.channels.indices {
            domain.devices.channels[index].target?.state = nil
            strip(&domain.devices.channels[index].backend)
        }
        for index in domain.devices.serials.indices { strip(&domain.devices.serials[index].backend) }
        for index in domain.devices.parallels.indices { strip(&domain.devices.parallels[index].backend) }
        for index in domain.devices.consoles.indices { strip(&domain.devices.consoles[index].backend) }
        for index in domain.devices.disks.indices { strip(&domain.devices.disks[index].source.seclabels) }
        for index in domain.seclabels.indices {
            domain.seclabels[index].imagelabel = nil
            // Which label a dynamic one became is known of a running machine only.
            if domain.seclabels[index].type == .dynamic { domain.seclabels[index].label = nil }
        }
        for index in domain.devices.memories.indices { domain.devices.memories[index].target.current = nil }
    }

    /// That a label was left alone is known of a running machine only.
    private static func strip(_ labels: inout [DeviceSecurityLabel]) {
        labels.removeAll { $0.labelskip == .yes && $0.label == nil && $0.relabel == nil }
    }

    private static func strip(_ disk: inout Disk) {
        disk.mirror = nil
        disk.source.index = nil
        if var chain = disk.backingStore {
            strip(&chain)
            disk.backingStore = chain
        }
    }

    private static func strip(_ store: inout DiskBackingStore) {
        store.index = nil
        store.source?.index = nil
        if var next = store.backingStore {
            strip(&next)
            store.backingStore = next
        }
    }

    /// The host's end of a pseudo terminal is another one each time.
    private static func strip(_ backend: inout CharacterBackend) {
        guard backend.type == .pty else { return }
        backend.source.path = nil
        backend.tty = nil
    }

    /// Disks and controllers stand in the order of their numbers, within their bus or type.
    private static func sort(_ devices: inout Devices) {
        devices.disks = sorted(devices.disks, by: \.target?.bus, then: \.targetNumber)
        let controllers = devices.controllers
        guard controllers.contains(where: { $0.index == nil }) else {
            devices.controllers = sorted(controllers, by: \.type) { $0.index ?? 0 }
            return
        }
        devices.controllers = []
        for controller in controllers {
            devices.insert(controller)
        }
    }

    /// What putting one device after the other behind the lower and in front of the higher ones of its kind comes to: the
    /// kinds in the order in which they are met, and each in the order of its numbers.
    static func sorted<Device, Kind: Hashable>(
        _ devices: [Device], by kind: (Device) -> Kind, then number: (Device) -> UInt32
    ) -> [Device] {
        var ranks: [Kind: Int] = [:]
        let keys = devices.enumerated().map { position, device in
            let kind = kind(device)
            let rank = ranks[kind] ?? ranks.count
            ranks[kind] = rank
            return (rank, number(device), position)
        }
        return keys.sorted(by: <).map { devices[$0.2] }
    }
}

extension Disk {
    /// The number that the target's name counts to.
    fileprivate var targetNumber: UInt32 { DiskTargetName(target?.dev ?? "")?.index ?? 0 }
}

extension Devices {
    /// Puts a disk behind those of its bus with lower names, in front of those with higher ones.
    mutating func insert(_ disk: Disk) {
        let number = disk.targetNumber
        var place: Int?
        for position in disks.indices.reversed() where disks[position].target?.bus == disk.target?.bus {
            if disks[position].targetNumber > number {
                place = position
            } else if place == nil {
                place = position + 1
            }
        }
        disks.insert(disk, at: place ?? disks.count)
    }
}
