internal import VMXML

extension Devices {
    /// Numbers of addresses whose range depends on more than their spelling.
    func validateAddressRanges(_ devices: [PlacedDevice], _ v: inout Validation) {
        var taken = ZPCINumbers()
        for device in devices {
            guard let address = device.element.address else { continue }
            v.enter(device.pathPart, device.element.origin) { v in
                validateZPCI(address, &taken, &v)
                if v.isQEMU, let reg = address.reg, reg > UInt64(UInt32.max) {
                    v.error(
                        "out-of-range", "the register of a spapr-vio device is at most 0xffffffff",
                        at: .child("address", "reg"), found: "0x" + String(reg, radix: 16))
                }
            }
        }
    }
    private func validateZPCI(_ address: DeviceAddress, _ taken: inout ZPCINumbers, _ v: inout Validation) {
        guard let zpci = address.zpci else { return }
        if zpci.uid == 0 {
            v.error(
                "out-of-range", "the uid of a zPCI device is from 0x0001 to 0xffff",
                at: .child(["address", "zpci"], attribute: "uid"), found: "0")
        } else if let uid = zpci.uid, !taken.uids.insert(uid).inserted {
            v.error(
                "duplicate-address", "the zPCI uid 0x\(String(uid, radix: 16)) is taken already",
                at: .child(["address", "zpci"], attribute: "uid"), found: String(uid))
        }
        if let fid = zpci.fid, !taken.fids.insert(fid).inserted {
            v.error(
                "duplicate-address", "the zPCI fid 0x\(String(fid, radix: 16)) is taken already",
                at: .child(["address", "zpci"], attribute: "fid"), found: String(fid))
        }
    }
}

/// The numbers that zPCI devices were given.
private struct ZPCINumbers {
    var uids: Set<UInt32> = []
    var fids: Set<UInt32> = []
}
