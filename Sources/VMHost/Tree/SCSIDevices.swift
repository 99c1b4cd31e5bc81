internal import VMCore

enum SCSIDevices {
    static func all(_ tree: SystemTree) -> [NodeDevice] {
        let bus = tree.list("/sys/bus/scsi/devices").compactMap { entry -> NodeDevice? in
            guard let path = tree.device("/sys/bus/scsi/devices/" + entry) else { return nil }
            if entry.hasPrefix("host"), let number = UInt64(entry.dropFirst(4)) {
                return NodeDevice(tree, path, bus: "scsi", facts: .scsiHost(host(tree, entry, number)))
            }
            if entry.hasPrefix("target") { return NodeDevice(tree, path, bus: "scsi", facts: .scsiTarget(entry)) }
            let numbers = entry.split(separator: ":", omittingEmptySubsequences: false).map { UInt64($0) }
            guard numbers.count == 4, let host = numbers[0], let channel = numbers[1], let target = numbers[2],
                let unit = numbers[3]
            else { return nil }
            let facts = SCSIFacts(
                host: host, bus: channel, target: target, unit: unit, type: tree.number(path + "/type").flatMap(type))
            return NodeDevice(tree, path, bus: "scsi", facts: .scsi(facts))
        }
        let generic = tree.list("/sys/class/scsi_generic").compactMap { entry -> NodeDevice? in
            guard let path = tree.device("/sys/class/scsi_generic/" + entry) else { return nil }
            return NodeDevice(tree, path, bus: "scsi_generic", facts: .scsiGeneric("/dev/" + entry))
        }
        return bus + generic
    }

    private static func host(_ tree: SystemTree, _ entry: String, _ number: UInt64) -> SCSIHostFacts {
        var facts = SCSIHostFacts(number: number, uniqueID: tree.number("/sys/class/scsi_host/\(entry)/unique_id"))
        func name(_ file: String) -> String? {
            tree.text("/sys/class/fc_host/\(entry)/\(file)").map {
                String($0.hasPrefix("0x") ? $0.dropFirst(2) : $0[...])
            }
        }
        if let node = name("node_name"), let port = name("port_name") {
            facts.fibreChannel = .init(node: node, port: port, fabric: name("fabric_name"))
        }
        return facts
    }

    private static func type(_ number: UInt64) -> String? {
        let words: [UInt64: String] = [
            0: "disk", 1: "tape", 2: "printer", 3: "processor", 4: "worm", 5: "cdrom", 6: "scanner", 7: "mod",
            8: "changer", 12: "raid", 13: "enclosure",
        ]
        return words[number]
    }
}

/// Graphics cards' files for programs: `card0`, `renderD128`.
enum GraphicsDevices {
    static func all(_ tree: SystemTree) -> [NodeDevice] {
        tree.list("/sys/class/drm").compactMap { entry -> NodeDevice? in
            let types = [("card", "primary"), ("renderD", "render"), ("controlD", "control")]
            guard let (start, type) = types.first(where: { entry.hasPrefix($0.0) }),
                UInt32(entry.dropFirst(start.count)) != nil, let path = tree.device("/sys/class/drm/" + entry)
            else { return nil }
            return NodeDevice(tree, path, bus: "drm", facts: .drm(type))
        }
    }
}
