internal import VMCore
internal import VMDomain
internal import VMXML

/// Gives every PCI device a place, adding bridges and root ports as needed.
///
/// Done twice: once to find out how many buses it takes, and again with those buses in the domain, as their own
/// controllers take places too.
enum PCIAssignment {
    static let apply: Planner.Pass = { domain, context throws(VMError) in
        guard domain.devices.controllers.contains(where: { $0.type == .pci }) else {
            return try refuseWithoutBus(domain, context)
        }
        let highest = domain.devices.controllers.filter { $0.type == .pci }.map { Int($0.index ?? 0) }.max() ?? 0
        guard highest < PCIAddressPool.mostBuses else {
            throw VMError(.invalidXML, "PCI controllers have numbers up to 255, but one has \(highest)")
        }
        var pool = makePool(domain, context, mayGrow: true)
        var draft = domain
        try occupy(&draft, &pool, context)
        moveUp(&domain, as: draft)
        try reserveSpare(&pool, highest: highest)
        try assign(&draft, &pool, context)
        try reserveSparePort(draft, &pool, highest: highest)
        for (index, bus) in pool.buses.enumerated() where index > 0 {
            guard !domain.devices.hasController(.pci, index: UInt32(index)) else { continue }
            var controller = Controller(.pci, index: UInt32(index))
            controller.pciModel = bus.model
            domain.devices.insert(controller)
        }
        for index in domain.devices.controllers.indices
        where domain.devices.controllers[index].type == .pci && domain.devices.controllers[index].pciModel == nil {
            let bus = Int(domain.devices.controllers[index].index ?? 0)
            if bus < pool.buses.count { domain.devices.controllers[index].pciModel = pool.buses[bus].model }
        }
        pool = makePool(domain, context, mayGrow: false)
        try occupy(&domain, &pool, context)
        try assign(&domain, &pool, context)
        markMultifunction(&domain, pool)
        PCIControllerOptions.fill(&domain, context)
    }

    /// A machine without PCI takes no device that needs it.
    private static func refuseWithoutBus(_ domain: Domain, _ context: PlanContext) throws(VMError) {
        // Of boards of ARM and RISC-V nobody keeps a list of which have PCI: QEMU finds a place there, or says no.
        guard !context.traits.isARM, !context.traits.isRISCV else { return }
        for device in PCIDevices.all(domain, context) {
            if case .controller(let index) = device.slot, domain.devices.controllers[index].type == .ide { continue }
            throw VMError(
                .invalidXML,
                "No PCI buses available for \(domain.devices.describe(device.slot)): "
                    + "machine type '\(context.traits.machine)' has none",
                remedy: "leave the device out, or use another machine type")
        }
    }

    private static func makePool(_ domain: Domain, _ context: PlanContext, mayGrow: Bool) -> PCIAddressPool {
        let given = domain.devices.controllers.filter { $0.type == .pci }
        let count = (given.map { Int($0.index ?? 0) }.max() ?? 0) + 1
        let root: Controller.PCIModel = context.traits.pciRoot == .pcie ? .pcieRoot : .pciRoot
        let isPseries = context.traits.family == .pseries
        let bridge: Controller.PCIModel = isPseries ? .pciRoot : .pciBridge
        var models = [Controller.PCIModel](repeating: root == .pcieRoot ? .pcieRootPort : bridge, count: count)
        models[0] = root
        for controller in given {
            if let model = controller.pciModel, let index = controller.index { models[Int(index)] = model }
        }
        return PCIAddressPool(
            buses: models, mayGrow: mayGrow, hasManyRoots: isPseries, hasPCIeToPCIBridge: context.has("pcie-pci-bridge")
        )
    }

    // MARK: Places that are fixed

    /// Takes the places that the document names, and those that the board's own devices have.
    private static func occupy(
        _ domain: inout Domain, _ pool: inout PCIAddressPool, _ context: PlanContext
    ) throws(VMError) {
        for device in PCIDevices.all(domain, context) {
            guard var address = domain.devices[addressOf: device.slot]?.pci, address.isPlaced else { continue }
            address.fillZeros()
            domain.devices[addressOf: device.slot] = .pci(address)
            guard !ChipsetSlots.isFixed(device.slot, address, domain, context) else { continue }
            let place = try pool.take(
                address, for: device.needs, device: domain.devices.describe(device.slot), group: device.group)
            domain.devices[addressOf: device.slot] = .pci(place)
        }
        try ChipsetSlots.occupy(&domain, &pool, context)
    }

    /// Devices that the document puts on a bus that isn't there are where the draft has them.
    private static func moveUp(_ domain: inout Domain, as draft: Domain) {
        for slot in domain.devices.addressSlots {
            guard var address = domain.devices[addressOf: slot], address.pci?.isPlaced == true,
                let bus = draft.devices[addressOf: slot]?.pci?.bus, bus != address.pci?.bus ?? 0
            else { continue }
            address.bus = bus
            domain.devices[addressOf: slot] = address
        }
    }

    /// On conventional PCI one slot is kept for a bridge that may have to be plugged later, unless the document itself
    /// has taken the last one.
    private static func reserveSpare(_ pool: inout PCIAddressPool, highest: Int) throws(VMError) {
        guard !pool.rootIsPCIe, pool.buses.contains(where: { !$0.isFull }) else { return }
        _ = try pool.next(for: .pciDevice, device: "a PCI bridge")
    }

    /// A machine that had no PCI controllers of its own but needed some gets one root port more, to plug into.
    private static func reserveSparePort(
        _ domain: Domain, _ pool: inout PCIAddressPool, highest: Int
    ) throws(VMError) {
        guard pool.rootIsPCIe, highest == 0, pool.buses.count > 1 else { return }
        _ = try pool.next(for: [.pcieDevice, .hotpluggable], device: "a spare root port")
    }

    // MARK: Places that are free

    private static func assign(
        _ domain: inout Domain, _ pool: inout PCIAddressPool, _ context: PlanContext
    ) throws(VMError) {
        // Controllers of buses that the pool added in this round aren't in the domain yet, but need places as well.
        var placed = pool.buses.count
        let known = Set(domain.devices.controllers.filter { $0.type == .pci }.map { Int($0.index ?? 0) })
        for index in 1..<max(1, placed) where !known.contains(index) {
            try placeBus(index, &pool)
        }
        let companions = USBCompanions(domain.devices.controllers)
        for device in PCIDevices.all(domain, context) {
            let address = domain.devices[addressOf: device.slot]
            guard address == nil || address?.pci?.isPlaced == false else { continue }
            try assign(device, companions, &domain, &pool)
            while placed < pool.buses.count {
                try placeBus(placed, &pool)
                placed += 1
            }
        }
    }

    private static func assign(
        _ device: PCIDevices.Entry, _ companions: USBCompanions, _ domain: inout Domain, _ pool: inout PCIAddressPool
    ) throws(VMError) {
        let old = domain.devices[addressOf: device.slot]
        var place: PCIAddress
        if case .controller(let index) = device.slot, domain.devices.controllers[index].type == .usb,
            let companion = companions.place(of: index, in: domain.devices.controllers)
        {
            place = companion
            try pool.take(place, for: device.needs, device: domain.devices.describe(device.slot), chosenByUser: false)
        } else {
            var function: UInt32?
            if case .controller(let index) = device.slot {
                function = USBCompanions.function(of: domain.devices.controllers[index].usbModel)
            }
            place = try pool.next(
                for: device.needs, device: domain.devices.describe(device.slot), function: function,
                group: device.group)
        }
        place.zpci = old?.zpci
        place.multifunction = old?.multifunction ?? place.multifunction
        place.domain = 0
        domain.devices[addressOf: device.slot] = .pci(place)
    }

    /// The place of a bridge or port that isn't in the domain yet.
    private static func placeBus(_ index: Int, _ pool: inout PCIAddressPool) throws(VMError) {
        let needs = PCIDevices.needs(ofController: pool.buses[index].model)
        guard !needs.isEmpty else { return }
        if pool.buses[index].model == .dmiToPCIBridge, !pool.isUsed(slot: 0x1e) {
            try pool.take(PCIAddress(slot: 0x1e), for: needs, device: "a DMI to PCI bridge", chosenByUser: false)
            return
        }
        _ = try pool.next(for: needs, device: "pci controller \(index)")
    }

    /// Function 0 announces that its slot has more functions.
    private static func markMultifunction(_ domain: inout Domain, _ pool: PCIAddressPool) {
        for slot in domain.devices.addressSlots {
            guard var address = domain.devices[addressOf: slot], address.type == .pci, address.multifunction == nil,
                address.slot != nil, address.function ?? 0 == 0
            else { continue }
            let shared = (1..<8).contains {
                pool.isUsed(bus: address.bus ?? 0, slot: address.slot ?? 0, function: UInt32($0))
            }
            if shared {
                address.multifunction = .on
                domain.devices[addressOf: slot] = address
            }
        }
    }
}

/// The functions of an ICH9 USB controller share a slot: one EHCI controller and up to three UHCI companions.
struct USBCompanions {
    /// Where those of a number stand among the controllers.
    private var places: [UInt32?: [Int]] = [:]
    /// The numbers of those with a first companion.
    private var whole: Set<UInt32?> = []

    init(_ controllers: [Controller]) {
        for (place, controller) in controllers.enumerated()
        where controller.type == .usb && Self.function(of: controller.usbModel) != nil {
            places[controller.index, default: []].append(place)
            if controller.usbModel == .ich9UHCI1 { whole.insert(controller.index) }
        }
    }

    /// Whether the controllers of a number have a first companion, at whose slot the others are found.
    func isWhole(_ index: UInt32?) -> Bool { whole.contains(index) }

    /// The place of a companion next to the others of its number; nil when it is the first to be placed.
    func place(of index: Int, in controllers: [Controller]) -> PCIAddress? {
        guard let function = Self.function(of: controllers[index].usbModel) else { return nil }
        for other in places[controllers[index].index] ?? [] {
            guard let address = controllers[other].address?.pci, let slot = address.slot else { continue }
            return PCIAddress(bus: address.bus ?? 0, slot: slot, function: function)
        }
        return nil
    }

    /// The function in the slot that each of them has.
    static func function(of model: Controller.USBModel?) -> UInt32? {
        switch model {
        case .ich9EHCI1: 7
        case .ich9UHCI1: 0
        case .ich9UHCI2: 1
        case .ich9UHCI3: 2
        default: nil
        }
    }
}
