internal import VMCore

enum PCIDevices {
    private static let folder = "/sys/bus/pci/devices"

    static func all(_ tree: SystemTree) -> [NodeDevice] {
        let places = tree.list(folder).compactMap { entry in PCIPlace(entry).map { (entry, $0) } }
        func number(_ entry: String, _ file: String) -> UInt64 {
            (tree.hex("\(folder)/\(entry)/\(file)") ?? 0) & 0xffff
        }
        let numbers = places.map { number($0.0, "vendor") << 16 | number($0.0, "device") }
        let names = DeviceNames(tree, "pci.ids", of: Set(numbers))
        return zip(places, numbers).compactMap { place, number -> NodeDevice? in
            guard let path = tree.device("\(folder)/\(place.0)") else { return nil }
            var facts = PCIFacts(place: place.1)
            facts.vendor = names.vendor(number >> 16)
            facts.product = names.product(number & 0xffff, of: number >> 16)
            facts.read(tree, path)
            return NodeDevice(tree, path, bus: "pci", facts: .pci(facts))
        }
    }
}

extension PCIFacts {
    /// The most virtual functions that a device can have: the number has sixteen bits.
    private static let mostFunctions: UInt64 = 65_535

    fileprivate mutating func read(_ tree: SystemTree, _ path: String) {
        kind = tree.hex(path + "/class").map { $0 & 0xff_ffff }
        numaNode = tree.number(path + "/numa_node")
        // The fifteenth byte says what kind of header it is; its highest bit, that there are more functions.
        let configuration = tree.bytes(path + "/config", first: 64)
        if configuration.count > 14 {
            switch configuration[14] & 0x7f {
            case 1: header = .bridge
            case 2: header = .cardBus
            default: header = .endpoint
            }
        }
        physicalFunction = tree.link(path + "/physfn").flatMap { PCIPlace($0) }
        if let most = tree.number(path + "/sriov_totalvfs"), most > 0 {
            mostVirtualFunctions = min(most, Self.mostFunctions)
            let links = tree.list(path).filter { $0.hasPrefix("virtfn") }.compactMap { entry in
                UInt32(entry.dropFirst(6)).map { ($0, entry) }
            }
            virtualFunctions = links.sorted { $0.0 < $1.0 }.compactMap { tree.link("\(path)/\($0.1)") }
                .compactMap { PCIPlace($0) }
        }
        if let group = tree.link(path + "/iommu_group").flatMap({ UInt64($0) }) {
            iommuGroup = group
            groupMembers = tree.list(path + "/iommu_group/devices").compactMap { PCIPlace($0) }
        }
        mostLink = Self.link(tree, path, "max")
        nowLink = Self.link(tree, path, "current")
    }

    /// The kernel says `8.0 GT/s PCIe`, or `Unknown`.
    private static func link(_ tree: SystemTree, _ path: String, _ which: String) -> Link? {
        guard let width = tree.number("\(path)/\(which)_link_width"), (1...64).contains(width),
            let speed = tree.text("\(path)/\(which)_link_speed")?.split(separator: " ").first
        else { return nil }
        let words = [
            "2.5": "2.5", "5.0": "5", "8.0": "8", "16.0": "16", "32.0": "32", "64.0": "64", "5": "5", "8": "8",
        ]
        return words[String(speed)].map { Link(speed: $0, width: width) }
    }
}
