internal import VMCore
internal import VMDomain

/// `<smartcard>`: each sits in a slot of a CCID controller.
enum SmartcardDefaults {
    static let apply: Planner.Pass = { domain, context throws(VMError) in
        var next: UInt32 = 0
        for index in domain.devices.smartcards.indices {
            if domain.devices.smartcards[index].address == nil {
                var address = DeviceAddress(type: .ccid)
                (address.controller, address.slot) = (0, next)
                domain.devices.smartcards[index].address = address
            }
            guard let address = domain.devices.smartcards[index].address, address.type == .ccid else { continue }
            next = max(next, (address.slot ?? 0) &+ 1)
            domain.devices.add(.ccid, upTo: address.controller ?? 0)
        }
    }
}
