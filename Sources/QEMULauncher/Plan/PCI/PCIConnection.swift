/// What a device needs of the bus it is plugged into, and what a bus offers.
struct PCIConnection: OptionSet, Hashable, Sendable {
    let rawValue: UInt32

    /// The slot must allow plugging while the machine runs.
    static let hotpluggable = PCIConnection(rawValue: 1 << 0)
    /// Several devices of this kind may share a slot, one a function.
    static let sharesSlot = PCIConnection(rawValue: 1 << 1)

    static let pciDevice = PCIConnection(rawValue: 1 << 2)
    static let pcieDevice = PCIConnection(rawValue: 1 << 3)
    static let pcieRootPort = PCIConnection(rawValue: 1 << 4)
    static let pcieSwitchUpstreamPort = PCIConnection(rawValue: 1 << 5)
    static let pcieSwitchDownstreamPort = PCIConnection(rawValue: 1 << 6)
    static let dmiToPCIBridge = PCIConnection(rawValue: 1 << 7)
    static let pciExpanderBus = PCIConnection(rawValue: 1 << 8)
    static let pcieExpanderBus = PCIConnection(rawValue: 1 << 9)
    static let pciBridge = PCIConnection(rawValue: 1 << 10)
    static let pcieToPCIBridge = PCIConnection(rawValue: 1 << 11)

    /// The bits that say what kind of plug it is; the others are conditions.
    static let kinds = PCIConnection(rawValue: 0xffff_fffc)
    static let endpoints: PCIConnection = [.pciDevice, .pcieDevice]

    /// Whether a device with these needs fits a bus that offers `offered`.
    ///
    /// A place the user chose is taken more generously: PCI and PCI Express devices may be swapped, and nobody is
    /// forced to use hot-pluggable slots.
    func fits(_ offered: PCIConnection, chosenByUser: Bool) -> Bool {
        var offered = offered
        if chosenByUser {
            if !offered.isDisjoint(with: .endpoints) { offered.formUnion(.endpoints) }
            if contains(.pciBridge), !offered.isDisjoint(with: .endpoints) { offered.insert(.pciBridge) }
            offered.insert(.hotpluggable)
        }
        guard !intersection(offered).isDisjoint(with: .kinds) else { return false }
        return !contains(.hotpluggable) || offered.contains(.hotpluggable)
    }
}
