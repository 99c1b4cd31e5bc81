internal import VMCore
internal import VMDomain
internal import VMXML

/// The PCI buses of a machine and the places taken on them; grows bridges and root ports where a place is missing.
struct PCIAddressPool: Sendable {
    private(set) var buses: [PCIBus] = []
    /// Whether buses may be added for devices that find no place.
    var mayGrow: Bool
    /// Whether the machine has several host bridges, and gets another one where places are missing.
    let hasManyRoots: Bool
    /// Whether this QEMU has a bridge from PCI Express to PCI that can be plugged into a root port.
    let hasPCIeToPCIBridge: Bool

    /// More buses than any machine has: bus numbers have eight bits.
    static let mostBuses = 256

    init(buses models: [Controller.PCIModel], mayGrow: Bool, hasManyRoots: Bool, hasPCIeToPCIBridge: Bool) {
        // The first bus stays for the machine's own devices.
        self.buses = models.enumerated().map { PCIBus($1, isGroupLocked: $0 == 0) }
        self.mayGrow = mayGrow
        self.hasManyRoots = hasManyRoots
        self.hasPCIeToPCIBridge = hasPCIeToPCIBridge
    }

    var rootIsPCIe: Bool { buses.first?.model == .pcieRoot }

    func isUsed(bus: UInt32 = 0, slot: UInt32, function: UInt32) -> Bool {
        Int(bus) < buses.count && buses[Int(bus)].isUsed(slot: slot, function: function)
    }

    func isUsed(bus: UInt32 = 0, slot: UInt32) -> Bool {
        Int(bus) < buses.count && buses[Int(bus)].isUsed(slot: slot)
    }

    /// Takes a place that the document or the machine type fixes, and says which it is: where a bus has to be added that goes
    /// behind another new one, the device moves up with it.
    ///
    /// - Throws: `unsupported` in libvirt's words when the place doesn't exist, doesn't fit or is taken.
    @discardableResult
    mutating func take(
        _ address: PCIAddress, for needs: PCIConnection, device: String, chosenByUser: Bool = true, group: Int = 0
    ) throws(VMError) -> PCIAddress {
        guard (address.domain ?? 0) == 0 else {
            throw refuse("Only PCI domain 0 is available", address, device)
        }
        var bus = address.bus ?? 0
        let slot = address.slot ?? 0
        let function = address.function ?? 0
        if Int(bus) >= buses.count, mayGrow { bus += try grow(to: Int(bus), for: needs, device: device) }
        guard Int(bus) < buses.count else {
            throw refuse("Only PCI buses up to \(buses.count - 1) are available", address, device)
        }
        let entry = buses[Int(bus)]
        guard needs.fits(entry.offers, chosenByUser: chosenByUser) else {
            throw refuse("The device can't be plugged into bus \(bus), a \(entry.model.xml)", address, device)
        }
        guard entry.slots.contains(slot) else {
            throw refuse("slot must be \(describe(entry.slots)) on a \(entry.model.xml)", address, device)
        }
        guard function < 8 else { throw refuse("function must be <= 7", address, device) }
        guard !entry.isUsed(slot: slot, function: function) else {
            throw refuse("Attempted double use of PCI Address", address, device)
        }
        buses[Int(bus)].settle(group)
        buses[Int(bus)].take(slot: slot, function: function, sharing: needs.contains(.sharesSlot))
        var place = address
        place.bus = bus
        return place
    }

    /// Takes the next place for a device, on a new bus if need be.
    ///
    /// - Parameter function: The function the device has in a slot of its own; nil for the first that is free.
    mutating func next(
        for needs: PCIConnection, device: String, function: UInt32? = nil, group: Int = 0
    ) throws(VMError) -> PCIAddress {
        let own = buses.indices.filter { buses[$0].group == group }
        for index in own + buses.indices.filter({ buses[$0].group != group && buses[$0].admits(group) }) {
            if let place = buses[index].free(for: needs) { return occupy(index, place, needs, function, group) }
        }
        if mayGrow {
            let index = buses.count
            _ = try grow(to: index, for: needs, device: device)
            for grown in index..<buses.count {
                if let place = buses[grown].free(for: needs) { return occupy(grown, place, needs, function, group) }
            }
        }
        throw VMError(
            .unsupported, "No more available PCI slots for \(device)",
            remedy: carrier(for: needs).map { PCIAddressPool.remedy(adding: $0.model, index: buses.count) }
                ?? "remove devices")
    }

    private mutating func occupy(
        _ bus: Int, _ place: (slot: UInt32, function: UInt32), _ needs: PCIConnection, _ wanted: UInt32?, _ group: Int
    ) -> PCIAddress {
        buses[bus].settle(group)
        let function = wanted ?? place.function
        buses[bus].take(slot: place.slot, function: function, sharing: needs.contains(.sharesSlot))
        return PCIAddress(bus: UInt32(bus), slot: place.slot, function: function)
    }

    /// Adds buses up to `index`, of the kind that a device with these needs can use, and says how many more it took.
    private mutating func grow(to index: Int, for needs: PCIConnection, device: String) throws(VMError) -> UInt32 {
        guard index < PCIAddressPool.mostBuses else {
            throw VMError(.unsupported, "No more available PCI buses for \(device)")
        }
        var missing = index - buses.count + 1
        guard let (model, first) = carrier(for: needs) else {
            throw VMError(
                .unsupported, "\(device) needs a PCI controller that can't be added automatically",
                remedy: needs.contains(.pcieSwitchDownstreamPort)
                    ? PCIAddressPool.remedy(adding: .pcieSwitchUpstreamPort, index: buses.count) : nil)
        }
        // The bridge needs a root port to be plugged into. Nothing hot-pluggable fits the DMI bridge itself: a PCI bridge
        // goes behind it.
        let more: UInt32 = first != nil && missing == 1 ? 1 : 0
        missing += Int(more)
        var next = model
        if let first {
            buses.append(PCIBus(first))
            missing -= 1
        }
        while missing > 0 {
            buses.append(PCIBus(next))
            // Behind the first bridge to conventional PCI there is room for further ones.
            if next == .pcieToPCIBridge { next = .pciBridge }
            missing -= 1
        }
        return more
    }

    /// The kind of bus that a device with these needs can use, and what that one's bridge has to be plugged into where the
    /// machine has nothing of the sort; nil where none can be added.
    private func carrier(
        for needs: PCIConnection
    ) -> (model: Controller.PCIModel, first: Controller.PCIModel?)? {
        if hasManyRoots, !needs.isDisjoint(with: .endpoints) { return (.pciRoot, nil) }
        if needs.contains(.pciDevice) {
            if !rootIsPCIe || buses.contains(where: { $0.offers.contains(.pciBridge) }) { return (.pciBridge, nil) }
            return hasPCIeToPCIBridge ? (.pcieToPCIBridge, .pcieRootPort) : (.pciBridge, .dmiToPCIBridge)
        }
        if needs.contains(.pciBridge), !rootIsPCIe { return (.pciBridge, nil) }
        if !needs.isDisjoint(with: [.pcieDevice, .pcieSwitchUpstreamPort]) {
            return (.pcieRootPort, nil)
        }
        return nil
    }

    /// What gives a device a place that finds none: written as it stands in a document, where the planner finds a place
    /// for the controller itself.
    ///
    /// - Parameter index: a free one; a controller that is written without may take the board's own number.
    static func remedy(adding model: Controller.PCIModel, index: Int) -> Remedy {
        let element = "<controller type='pci' index='\(index)' model='\(model.xml)'/>"
        switch model {
        case .pciBridge, .pcieToPCIBridge, .dmiToPCIBridge:
            return Remedy(
                "add \(element), whose slots take this device, to the definition and start it again; or choose a model "
                    + "for PCI Express, such as virtio")
        default: return Remedy("add \(element) to the definition and start it again")
        }
    }

    private func describe(_ range: ClosedRange<UInt32>) -> String {
        range.count == 1 ? "\(range.lowerBound)" : ">= \(range.lowerBound) and <= \(range.upperBound)"
    }

    private func refuse(_ reason: String, _ address: PCIAddress, _ device: String) -> VMError {
        VMError(.invalidXML, "Invalid PCI address \(address) of \(device): \(reason)")
    }
}
