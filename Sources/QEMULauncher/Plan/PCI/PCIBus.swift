internal import VMDomain

/// A PCI bus of the machine being planned: what may be plugged into it and what is.
struct PCIBus: Sendable {
    let model: Controller.PCIModel
    let offers: PCIConnection
    let slots: ClosedRange<UInt32>
    /// The isolation group whose devices this bus is for; 0 for the machine's own.
    private(set) var group: Int = 0
    private(set) var isGroupLocked = false
    private(set) var uses = [SlotUse](repeating: SlotUse(), count: 32)

    struct SlotUse: Sendable {
        /// A bit for each function.
        var functions: UInt8 = 0
        /// Whether the slot was begun by a device that shares.
        var isShared = false
    }

    init(_ model: Controller.PCIModel, isGroupLocked: Bool = false) {
        self.model = model
        self.isGroupLocked = isGroupLocked
        (offers, slots) = PCIBus.offer(of: model)
    }

    private static func offer(of model: Controller.PCIModel) -> (PCIConnection, ClosedRange<UInt32>) {
        switch model {
        case .pciRoot: ([.hotpluggable, .pciDevice, .pciBridge, .pciExpanderBus], 1...31)
        case .pciBridge: ([.hotpluggable, .pciDevice, .pciBridge], 1...31)
        case .pciExpanderBus: ([.hotpluggable, .pciDevice, .pciBridge], 0...31)
        case .pcieRoot: ([.pcieDevice, .pcieRootPort, .dmiToPCIBridge, .pcieExpanderBus], 1...31)
        case .dmiToPCIBridge: ([.pciDevice, .pciBridge], 0...31)
        case .pcieToPCIBridge: ([.hotpluggable, .pciDevice, .pciBridge], 1...31)
        case .pcieRootPort, .pcieSwitchDownstreamPort:
            ([.hotpluggable, .pcieDevice, .pcieSwitchUpstreamPort, .pcieToPCIBridge], 0...0)
        case .pcieSwitchUpstreamPort: ([.pcieSwitchDownstreamPort], 0...31)
        case .pcieExpanderBus: ([.pcieRootPort, .dmiToPCIBridge], 0...31)
        }
    }

    func isUsed(slot: UInt32, function: UInt32) -> Bool {
        guard slot < 32, function < 8 else { return true }
        return uses[Int(slot)].functions & 1 << function != 0
    }

    func isUsed(slot: UInt32) -> Bool { slot >= 32 || uses[Int(slot)].functions != 0 }

    /// Whether nothing is on the bus yet.
    var isEmpty: Bool { uses.allSatisfy { $0.functions == 0 } }

    /// Whether devices of that group may come here, once the bus is theirs.
    func admits(_ group: Int) -> Bool { self.group == group || isEmpty && !isGroupLocked }

    /// The first device decides whose the bus is; one of another group that the document puts here makes it anybody's.
    mutating func settle(_ group: Int) {
        guard self.group != group, !isGroupLocked else { return }
        if isEmpty {
            self.group = group
        } else {
            self.group = 0
            isGroupLocked = true
        }
    }

    /// Whether no slot is left.
    var isFull: Bool { slots.allSatisfy { uses[Int($0)].functions != 0 } }

    mutating func take(slot: UInt32, function: UInt32, sharing: Bool) {
        guard slot < 32, function < 8 else { return }
        if function == 0, sharing { uses[Int(slot)].isShared = true }
        uses[Int(slot)].functions |= 1 << function
    }

    mutating func release(slot: UInt32, function: UInt32) {
        guard slot < 32, function < 8 else { return }
        uses[Int(slot)].functions &= ~(1 << function)
    }

    /// The first place for a device with these needs; nil if there is none.
    func free(for needs: PCIConnection) -> (slot: UInt32, function: UInt32)? {
        guard needs.fits(offers, chosenByUser: false) else { return nil }
        for slot in slots {
            let use = uses[Int(slot)]
            if use.functions == 0 { return (slot, 0) }
            if needs.contains(.sharesSlot), use.isShared,
                let function = (0..<8).first(where: { use.functions & 1 << $0 == 0 })
            {
                return (slot, UInt32(function))
            }
        }
        return nil
    }
}
