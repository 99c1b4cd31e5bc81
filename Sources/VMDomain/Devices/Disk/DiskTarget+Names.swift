internal import VMXML

extension DiskTarget {
    /// The beginnings of target names, and the bus each stands for when none is given.
    private static let prefixes: [(text: String, bus: Bus)] = [
        ("fd", .fdc), ("hd", .ide), ("vd", .virtio), ("sd", .scsi), ("xvd", .xen), ("ubd", .uml), ("nvme", .nvme),
    ]

    /// The controller and the namespace that `nvme0n1` means, both from 0; nil for other names.
    public var namespacePlace: (controller: UInt32, unit: UInt32)? {
        guard let parts = dev?.dropFirst(4).split(separator: "n", omittingEmptySubsequences: false), parts.count == 2,
            dev?.hasPrefix("nvme") == true, let controller = DiskTarget.digits(parts[0]),
            let namespace = DiskTarget.digits(parts[1]), namespace > 0
        else { return nil }
        return (controller, namespace - 1)
    }

    /// A decimal number below 1000.
    private static func digits(_ text: Substring) -> UInt32? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } && text.utf8.count <= 3
            ? UInt32(text) : nil
    }

    private var prefix: (text: String, bus: Bus)? {
        guard let dev else { return nil }
        return DiskTarget.prefixes.first { dev.hasPrefix($0.text) }
    }

    /// The bus that was given, or the one that the name implies.
    public var impliedBus: Bus? { bus ?? prefix?.bus }

    /// Which disk of its kind the name means: `sda` is 0, `sdaa` 26. Digits behind (a partition) count for nothing.
    /// Nil when the name isn't of that form, or means a number beyond reason.
    public var number: Int? {
        guard let dev, let prefix else { return nil }
        var number = 0
        var letters = 0
        var rest = dev.utf8.dropFirst(prefix.text.utf8.count)
        while let byte = rest.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) {
            letters += 1
            guard letters <= 6 else { return nil }
            number = number * 26 + Int(byte - UInt8(ascii: "a")) + 1
            rest = rest.dropFirst()
        }
        guard letters > 0, rest.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return number - 1
    }
}

extension Disk {
    /// Checks the name of the target against what the disk is.
    func validateTarget(_ dev: String, _ v: inout Validation) {
        let spot = Validation.Spot.child("target", "dev")
        guard let target else { return }
        if dev.isEmpty {
            v.error("empty-name", "the target needs a name such as 'vda'", at: spot, found: dev)
        } else if device == .floppy, !dev.hasPrefix("fd") {
            v.error("target-name", "a floppy's target begins with 'fd', unlike '\(dev)'", at: spot, found: dev)
        } else if target.namespacePlace != nil, target.impliedBus == .nvme {
            return
        } else if let bus = target.bus, device ?? .disk == .disk, dev.hasPrefix("fd"), target.number != nil {
            v.error(
                "target-name", "a disk on the bus '\(bus.rawValue)' can't be named '\(dev)', as floppy drives are",
                at: spot,
                found: dev)
        } else if target.number != nil, let last = dev.utf8.last, last <= UInt8(ascii: "9") {
            v.error(
                "target-name", "'\(dev)' is the name of a partition, and a target is a whole disk", at: spot, found: dev
            )
        } else if target.number == nil, address == nil {
            v.error(
                "target-name", "'\(dev)' is no name of a disk such as 'vda', 'sdb' or 'hdc', and there is no address",
                at: spot, found: dev)
        } else if dev.hasPrefix("vd"), let bus = target.bus, bus != .virtio {
            v.warning("target-bus", "the target '\(dev)' looks like virtio, but its bus is '\(bus.rawValue)'", at: spot)
        }
    }
}
