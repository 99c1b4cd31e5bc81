internal import VMCore

enum USBDevices {
    private static let folder = "/sys/bus/usb/devices"

    static func all(_ tree: SystemTree) -> [NodeDevice] {
        let paths = tree.list(folder).compactMap { tree.device("\(folder)/\($0)") }
        let devices = paths.filter { tree.exists($0 + "/idVendor") }
        func number(_ path: String) -> UInt64 {
            ((tree.hex(path + "/idVendor") ?? 0) & 0xffff) << 16 | (tree.hex(path + "/idProduct") ?? 0) & 0xffff
        }
        let names = DeviceNames(tree, "usb.ids", of: Set(devices.map(number)))
        return paths.compactMap { path -> NodeDevice? in
            guard tree.exists(path + "/idVendor") else { return interface(tree, path) }
            let both = number(path)
            var product = names.product(both & 0xffff, of: both >> 16)
            var vendor = names.vendor(both >> 16)
            // What the device says of itself, where no list knows better.
            product.name = product.name ?? tree.text(path + "/product")
            vendor.name = vendor.name ?? tree.text(path + "/manufacturer")
            let facts = USBDeviceFacts(
                bus: tree.number(path + "/busnum") ?? 0, device: tree.number(path + "/devnum") ?? 0, product: product,
                vendor: vendor)
            return NodeDevice(tree, path, bus: "usb", facts: .usbDevice(facts))
        }
    }

    private static func interface(_ tree: SystemTree, _ path: String) -> NodeDevice? {
        guard let number = tree.hex(path + "/bInterfaceNumber") else { return nil }
        let facts = USBInterfaceFacts(
            number: number & 0xff, kind: (tree.hex(path + "/bInterfaceClass") ?? 0) & 0xff,
            subclass: (tree.hex(path + "/bInterfaceSubClass") ?? 0) & 0xff,
            proto: (tree.hex(path + "/bInterfaceProtocol") ?? 0) & 0xff, description: tree.text(path + "/interface"))
        return NodeDevice(tree, path, bus: "usb", facts: .usbInterface(facts))
    }
}
