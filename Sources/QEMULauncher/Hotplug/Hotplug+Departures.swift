internal import VMCore
public import VMDomain
internal import VMJSON

extension Hotplug {
    /// A device of the live definition that QEMU has no longer.
    public struct Departure: Sendable {
        public var name: String
        /// What takes away the things behind it. Block nodes aren't among them: see ``strayNodes(_:drives:nodes:)``.
        public var leftovers: [QMPCall]

        public init(name: String, leftovers: [QMPCall]) {
            self.name = name
            self.leftovers = leftovers
        }
    }

    /// The devices that the machine was given by name and that QEMU has by that name no longer: the guest has ejected
    /// them, or somebody else has removed them.
    ///
    /// - Parameters:
    ///   - live: the live definition.
    ///   - present: the names of all devices that QEMU has.
    public static func departures(
        from live: Domain, present: Set<String>, capabilities: Capabilities, host: HostFacts
    ) -> [Departure] {
        let context = BuildContext(domain: live, capabilities: capabilities, host: host)
        var departures: [Departure] = []
        for slot in live.devices.aliasSlots {
            guard let name = live.devices[aliasOf: slot]?.name, !present.contains(name),
                !departures.contains(where: { $0.name == name }), let options = try? options(of: slot, context),
                // Parts of the board have no name in QEMU.
                options.contains(where: { $0.name == .device && $0.id == name })
            else { continue }
            var calls: [QMPCall] = []
            for option in options.reversed() where option.name != .device && option.name != .blockdev {
                if let undo = (try? option.qmpCall())?.opposite { calls.append(undo) }
            }
            departures.append(Departure(name: name, leftovers: calls))
        }
        return departures
    }

    /// The block nodes that were made for disks and that no disk has any more, those first that use others.
    ///
    /// - Parameter tops: the node on top of each disk's drive, by the disk's alias; disks with empty drives have none.
    public static func strayNodes(_ live: Domain, tops: [String: String], nodes: [BlockNode]) -> [String] {
        var claimed: Set<String> = []
        for disk in live.devices.disks {
            guard let alias = disk.alias?.name, let top = tops[alias] else { continue }
            claimed.insert(top)
            claimed.formUnion(blockNodes(of: disk, top: top, among: nodes))
        }
        func rank(_ name: String) -> Int {
            if name.hasSuffix("-filter") { return 0 }
            if name.hasPrefix(mediumPrefix) { return 1 }
            return name.hasSuffix("-format") ? 2 : 3
        }
        let stray = nodes.map(\.name).filter { name in
            guard !claimed.contains(name) else { return false }
            if name.hasPrefix(mediumPrefix) { return true }
            return number(name) != nil && ["-filter", "-format", "-storage"].contains { name.hasSuffix($0) }
        }
        return stray.sorted { a, b in (rank(a), number(a) ?? 0) < (rank(b), number(b) ?? 0) }
    }

    /// What the names of nodes begin with that are opened for a drive with a removable medium.
    public static var mediumPrefix: String { "medium-" }

    /// The objects, such as secrets, that were made for a block node: by their names.
    public static func objects(of nodes: [String], among objects: [String]) -> [String] {
        let numbers = Set(nodes.compactMap { number($0) })
        return objects.filter { name in
            let own = name.hasPrefix("pr-helper-") ? String(name.dropFirst("pr-helper-".count)) : name
            return number(own).map { numbers.contains($0) } ?? false
        }
    }
}
