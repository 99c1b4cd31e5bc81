internal import VMCore
internal import VMDomain

/// A USB device of this host, as /sys/bus/usb/devices lists it.
struct USBDevice: Sendable, Hashable {
    var vendor: UInt32
    var product: UInt32
    var bus: UInt32
    var device: UInt32

    /// Those that are plugged in now.
    static func all() -> [USBDevice] { all(below: "/sys/bus/usb/devices") }

    static func all(below folder: String) -> [USBDevice] {
        ((try? Folders.list(folder)) ?? []).compactMap { entry in
            func number(_ name: String, _ radix: Int) -> UInt32? {
                let bytes = try? Files.read("\(folder)/\(entry)/\(name)", limit: 64, regularOnly: false)
                let text = bytes.map { String(decoding: $0.prefix { $0 > 0x20 }, as: UTF8.self) }
                return text.flatMap { UInt32($0, radix: radix) }
            }
            guard let vendor = number("idVendor", 16), let product = number("idProduct", 16),
                let bus = number("busnum", 10), let device = number("devnum", 10)
            else { return nil }
            return USBDevice(vendor: vendor, product: product, bus: bus, device: device)
        }
    }

    /// How a document's host device is named in messages: `1234:abcd`, or its place.
    static func name(of device: HostDevice) -> String {
        func hex(_ number: UInt32) -> String {
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
        }
        if let vendor = device.source.vendor?.id, let product = device.source.product?.id {
            return "\(hex(vendor)):\(hex(product))"
        }
        return "bus \(device.source.address?.bus ?? 0) device \(device.source.address?.device ?? 0)"
    }

    /// Whether a document's host device means this one.
    func `is`(_ wanted: HostDevice) -> Bool {
        let source = wanted.source
        if let vendor = source.vendor?.id, let product = source.product?.id {
            guard self.vendor == vendor, self.product == product else { return false }
        }
        guard let address = source.address, let bus = address.bus, let device = address.device else { return true }
        return self.bus == bus && self.device == device || (bus == 0 && device == 0)
    }
}
