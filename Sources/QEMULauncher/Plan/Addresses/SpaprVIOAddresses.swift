internal import VMCore
internal import VMDomain

/// Registers on the VIO bus of pseries: each kind of device counts up from a number of its own.
enum SpaprVIOAddresses {
    static let apply: Planner.Pass = { domain, context throws(VMError) in
        var taken = Set<UInt64>()
        for slot in domain.devices.addressSlots {
            guard let address = domain.devices[addressOf: slot], address.type == .spaprVIO, let register = address.reg
            else { continue }
            guard taken.insert(register).inserted else {
                throw VMError(.invalidXML, "spapr-vio address 0x\(String(register, radix: 16)) already in use")
            }
        }
        for index in domain.devices.interfaces.indices
        where domain.devices.interfaces[index].model?.type == "spapr-vlan" {
            try assign(.interface(index), from: 0x1000, &domain.devices, &taken)
        }
        for index in domain.devices.controllers.indices
        where domain.devices.controllers[index].type == .scsi
            && domain.devices.controllers[index].scsiModel == .ibmvscsi
        {
            try assign(.controller(index), from: 0x2000, &domain.devices, &taken)
        }
        for index in domain.devices.serials.indices where domain.devices.serials[index].target?.type == .spaprVIOSerial
        {
            try assign(.serial(index), from: 0x3000_0000, &domain.devices, &taken)
        }
        if context.traits.family == .pseries, let first = domain.devices.serials.first,
            domain.devices.consoles.first?.target?.type == .serial
        {
            domain.devices.consoles[0].address = first.address
        }
        if domain.devices.nonVolatileMemory != nil { try assign(.nvram, from: 0x3000, &domain.devices, &taken) }
        for index in domain.devices.tpms.indices where domain.devices.tpms[index].model == .spapr {
            try assign(.tpm(index), from: 0x4000, &domain.devices, &taken)
        }
    }

    private static func assign(
        _ slot: DeviceSlot, from first: UInt64, _ devices: inout Devices, _ taken: inout Set<UInt64>
    ) throws(VMError) {
        let given = devices[addressOf: slot]
        if let place = given?.pci, place.isPlaced, place.slot ?? 0 > 0 {
            // Nothing of this kind is on PCI: libvirt reads the place's numbers as those of a register.
            var address = DeviceAddress(type: .spaprVIO)
            address.reg = UInt64(place.bus ?? 0) << 32 | UInt64(place.domain ?? 0)
            return devices[addressOf: slot] = address
        }
        guard given == nil || given?.type == .pci || given?.type == .spaprVIO && given?.reg == nil else { return }
        var register = first
        while taken.contains(register) { register += 0x1000 }
        taken.insert(register)
        var address = DeviceAddress(type: .spaprVIO)
        address.reg = register
        devices[addressOf: slot] = address
    }
}
