internal import VMCore

/// Disks and drives; parts of disks, and devices that the kernel makes of files, memory and other devices, are none.
enum BlockDevices {
    static func all(_ tree: SystemTree) -> [NodeDevice] {
        tree.list("/sys/class/block").compactMap { name -> NodeDevice? in
            guard let path = tree.device("/sys/class/block/" + name), !tree.exists(path + "/partition"),
                !path.hasPrefix("/sys/devices/virtual/")
            else { return nil }
            let noted = tree.text(path + "/dev").map { tree.udev("b" + $0) } ?? []
            func property(_ key: String) -> String? { SystemTree.property("E:\(key)=", in: noted) }
            guard let type = property("ID_TYPE") ?? type(name) else { return nil }
            let serial = property("ID_SERIAL") ?? property("ID_SERIAL_SHORT")
            let node = tree.property("DEVNAME", of: path).map { "/dev/" + $0 } ?? "/dev/" + name
            var facts = StorageFacts(
                block: node, bus: property("ID_BUS"), type: type == "cd" ? "cdrom" : type,
                model: property("ID_MODEL").map { $0.replacing("_", with: " ") } ?? tree.text(path + "/device/model"),
                vendor: property("ID_VENDOR") ?? tree.text(path + "/device/vendor").flatMap(plain), serial: serial,
                size: 0, blockSize: tree.number(path + "/queue/logical_block_size"),
                isRemovable: tree.number(path + "/removable") == 1)
            // The kernel counts in sectors of 512 bytes, whatever the device's own are.
            let (size, isBeyond) = (tree.number(path + "/size") ?? 0).multipliedReportingOverflow(by: 512)
            facts.size = isBeyond ? 0 : size
            var device = NodeDevice(tree, path, bus: "block", more: serial, facts: .storage(facts))
            device?.links = links(noted)
            return device
        }
    }

    /// virtio's number of a vendor is no name of one.
    private static func plain(_ vendor: String) -> String? { vendor.hasPrefix("0x") ? nil : vendor }

    private static func type(_ name: String) -> String? {
        let types = [
            ("sd", "disk"), ("vd", "disk"), ("hd", "disk"), ("xvd", "disk"), ("nvme", "disk"), ("dasd", "disk"),
            ("mmcblk", "sd"), ("sr", "cdrom"), ("fd", "floppy"),
        ]
        return types.first { name.hasPrefix($0.0) }?.1
    }

    private static func links(_ noted: [UInt8]) -> [String] {
        noted.split(separator: 0x0a).filter { $0.starts(with: "S:".utf8) }.prefix(64).compactMap { line in
            let name = String(decoding: line.dropFirst(2), as: UTF8.self)
            return PrintableText.isPlain(name) && !name.split(separator: "/").contains("..") ? "/dev/" + name : nil
        }
    }
}
