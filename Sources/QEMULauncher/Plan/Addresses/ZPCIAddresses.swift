internal import VMCore
internal import VMDomain

/// The numbers by which PCI functions show themselves on s390.
enum ZPCIAddresses {
    static let apply: Planner.Pass = { domain, context throws(VMError) in
        guard context.traits.isS390 else { return }
        var users = Set<UInt32>()
        var functions = Set<UInt32>()
        let slots = domain.devices.addressSlots.filter { slot in
            if case .controller(let index) = slot { return domain.devices.controllers[index].pciModel != .pciRoot }
            if case .serial = slot { return false }
            return true
        }.filter { domain.devices[addressOf: $0]?.type == .pci }.inZPCIOrder
        for slot in slots {
            guard let zpci = domain.devices[addressOf: slot]?.zpci else { continue }
            if let uid = zpci.uid, !users.insert(uid).inserted {
                throw VMError(.invalidXML, "zPCI uid \(uid) is already reserved")
            }
            if let fid = zpci.fid, !functions.insert(fid).inserted {
                throw VMError(.invalidXML, "zPCI fid \(fid) is already reserved")
            }
        }
        func isNamed(_ slot: DeviceSlot) -> Bool { domain.devices[addressOf: slot]?.zpci != nil }
        // Numbers that the document gives one half of are completed before whole ones are given out.
        for slot in slots.filter(isNamed) + slots.filter({ !isNamed($0) }) {
            var zpci = domain.devices[addressOf: slot]?.zpci ?? ZPCIAddress()
            if zpci.uid == nil {
                zpci.uid = (1...0xffff).first { !users.contains($0) }
                if let uid = zpci.uid { users.insert(uid) }
            }
            if zpci.fid == nil {
                zpci.fid = (0...0xffff_ffff).first { !functions.contains($0) }
                if let fid = zpci.fid { functions.insert(fid) }
            }
            domain.devices[addressOf: slot]?.zpci = zpci
        }
    }
}

extension [DeviceSlot] {
    /// As libvirt goes through devices to number them; those of one kind stay in their order.
    fileprivate var inZPCIOrder: [DeviceSlot] {
        func rank(_ slot: DeviceSlot) -> Int {
            switch slot {
            case .disk: 0
            case .interface: 1
            case .sound: 2
            case .hostDevice: 3
            case .video: 4
            case .controller: 5
            default: 6
            }
        }
        return enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(\.element)
    }
}
