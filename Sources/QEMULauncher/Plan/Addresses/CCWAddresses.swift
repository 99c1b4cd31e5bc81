internal import VMCore
internal import VMDomain

/// Channel device numbers of virtio devices on s390.
enum CCWAddresses {
    static let apply: Planner.Pass = { domain, context throws(VMError) in
        guard context.traits.isS390 else { return }
        var taken = Set<UInt32>()
        for slot in domain.devices.addressSlots {
            guard let address = domain.devices[addressOf: slot], address.type == .ccw, let number = address.devno else {
                continue
            }
            guard taken.insert(key(address.ssid ?? 0, number)).inserted else {
                throw VMError(
                    .invalidXML, "The CCW devno 'fe.\(address.ssid ?? 0).\(hex(number))' is in use already")
            }
        }
        var lowest: UInt32 = 0
        for slot in domain.devices.virtioSlots {
            let address = domain.devices[addressOf: slot]
            guard address == nil || address?.type == .ccw && address?.devno == nil else { continue }
            while lowest <= 0xffff, taken.contains(key(0, lowest)) { lowest += 1 }
            guard lowest <= 0xffff else {
                throw VMError(.unsupported, "There are no more free CCW devnos")
            }
            let number = lowest
            taken.insert(key(0, number))
            var given = DeviceAddress(type: .ccw)
            (given.cssid, given.ssid, given.devno) = (0xfe, 0, number)
            domain.devices[addressOf: slot] = given
        }
    }

    private static func key(_ ssid: UInt32, _ devno: UInt32) -> UInt32 { ssid << 16 | devno }

    private static func hex(_ value: UInt32) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, 4 - text.utf8.count)) + text
    }
}
