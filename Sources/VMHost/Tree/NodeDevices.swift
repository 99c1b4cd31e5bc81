internal import VMCore

/// The devices of the host that its kernel shows to everybody.
public struct NodeDevices: Sendable {
    /// The host itself.
    public static let rootName = "computer"
    /// The most devices that are told of.
    static let most = 65_536

    /// By their names.
    public let devices: [NodeDevice]

    /// Looks at the host, or at the folder that stands for `/`.
    public init(root: String = "") { self.init(SystemTree(root: root)) }

    package init(_ tree: SystemTree) {
        var found = PCIDevices.all(tree) + USBDevices.all(tree) + NetDevices.all(tree) + BlockDevices.all(tree)
        found += SCSIDevices.all(tree) + GraphicsDevices.all(tree)
        found = Array(found.prefix(Self.most - 1))
        Self.setParents(&found)
        found.append(NodeDevice(name: Self.rootName, facts: .system(SystemFacts(tree))))
        var names: Set<String> = []
        devices = found.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            .filter { names.insert($0.name).inserted }
    }

    public subscript(name: String) -> NodeDevice? { devices.first { $0.name == name } }

    /// A device belongs to the next one above it in the tree.
    private static func setParents(_ devices: inout [NodeDevice]) {
        let names = Dictionary(devices.compactMap { device in device.path.map { ($0, device.name) } }) { first, _ in
            first
        }
        for index in devices.indices {
            var path = devices[index].path?[...] ?? ""
            devices[index].parent = rootName
            while let slash = path.lastIndex(of: "/") {
                path = path[..<slash]
                guard let parent = names[String(path)] else { continue }
                devices[index].parent = parent
                break
            }
        }
    }
}

extension NodeDevice {
    /// A device of the tree: its name is made of its bus, its name there and what else tells it from others.
    init?(_ tree: SystemTree, _ path: String, bus: String, more: String? = nil, facts: Facts) {
        guard let last = path.split(separator: "/").last else { return nil }
        self.init(
            name: Self.name([bus, String(last)] + [more].compactMap(\.self)), path: path,
            driver: tree.link(path + "/driver"), facts: facts)
        guard let node = tree.property("DEVNAME", of: path), !node.split(separator: "/").contains("..") else { return }
        self.node = node.hasPrefix("/") ? node : "/dev/" + node
    }

    /// Other characters than letters and digits of ASCII become lines.
    static func name(_ parts: [String]) -> String {
        String(
            decoding: parts.joined(separator: "_").utf8.prefix(255).map { byte in
                let isWord =
                    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                return isWord ? byte : UInt8(ascii: "_")
            }, as: UTF8.self)
    }
}

extension SystemFacts {
    init(_ tree: SystemTree) {
        func fact(_ name: String) -> String? { tree.text("/sys/class/dmi/id/" + name) }
        self.init(
            product: fact("product_name"), vendor: fact("sys_vendor"), version: fact("product_version"),
            serial: fact("product_serial"), uuid: fact("product_uuid").flatMap { UUID($0.lowercased()) },
            firmwareVendor: fact("bios_vendor"), firmwareVersion: fact("bios_version"), firmwareDate: fact("bios_date"))
    }
}
