public import VMDomain

extension Hotplug {
    /// A block node as QEMU names it, with the file below it.
    public struct BlockNode: Sendable, Hashable {
        public var name: String
        public var file: String?

        public init(name: String, file: String?) {
            self.name = name
            self.file = file
        }
    }

    /// The names of the nodes that were made for a disk, the topmost first: filters, then format and storage of each
    /// image of its chain. A node that QEMU made by itself goes with the one above it.
    ///
    /// - Parameters:
    ///   - top: the node that the disk's front end uses.
    ///   - nodes: all that there are.
    public static func blockNodes(of disk: Disk, top: String, among nodes: [BlockNode]) -> [String] {
        let known = Set(nodes.map(\.name))
        var domain = Domain()
        domain.devices.disks = [disk]
        guard let first = firstNumber(of: disk, top, nodes) else { return known.contains(top) ? [top] : [] }
        let chain = BlockNodeNumbers(domain, only: 0, from: first, indexed: true).chain(0)
        var names = [top]
        names += chain.filters.reversed().map { "libvirt-\($0)-filter" }
        for (image, dataFile) in chain.images {
            names += ["libvirt-\(image)-format", "libvirt-\(image)-storage"]
            if let dataFile { names += ["libvirt-\(dataFile)-format", "libvirt-\(dataFile)-storage"] }
        }
        var seen: Set<String> = []
        return names.filter { known.contains($0) && seen.insert($0).inserted }
    }

    /// The number of the disk's first image: from the name of the node on top, or of one with the same file.
    private static func firstNumber(of disk: Disk, _ top: String, _ nodes: [BlockNode]) -> Int? {
        if let number = number(top) {
            guard top.hasSuffix("-filter") else { return number }
            // Filters are numbered behind the images of the chain.
            var domain = Domain()
            domain.devices.disks = [disk]
            let chain = BlockNodeNumbers(domain, only: 0, from: 1).chain(0)
            guard let last = chain.filters.last else { return nil }
            return number - last + 1
        }
        guard let file = nodes.first(where: { $0.name == top })?.file else { return nil }
        return nodes.filter { $0.file == file && !$0.name.hasSuffix("-filter") }.compactMap { self.number($0.name) }
            .min()
    }

    /// The number of an image's node, which the live definition tells as its index; nil for a node of another name.
    public static func number(of node: String) -> UInt32? { number(node).flatMap { UInt32(exactly: $0) } }

    /// The number in `libvirt-7-format`; nil for any other name.
    static func number(_ name: String) -> Int? {
        guard name.hasPrefix("libvirt-") else { return nil }
        let parts = name.split(separator: "-")
        guard parts.count >= 3, let number = Int(parts[1]), number > 0, number < 1 << 40 else { return nil }
        return number
    }
}
