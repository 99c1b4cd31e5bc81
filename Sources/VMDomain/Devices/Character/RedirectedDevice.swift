public import VMXML

/// `<redirdev>`: a USB device which somebody far away lends to the guest.
public struct RedirectedDevice: XMLElement {
    public enum Bus: String, XMLEnum {
        case usb
    }

    public var bus = Bus.usb
    public var backend = CharacterBackend(type: .spicevmc)
    public var boot: BootOrder?
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("bus", &bus)
        backend.mapAttributes(&x, required: true)
        backend.mapChildren(&x)
        x.element("boot", &boot)
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
    }
}

/// `<redirfilter>`: which USB devices may be redirected; the first rule that matches decides.
public struct RedirectionFilter: XMLElement {
    public var usbDevices: [Rule] = []
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.elements("usbdev", &usbDevices)
    }

    /// `<usbdev>`: nil and -1 match everything.
    public struct Rule: XMLElement {
        public var `class`: USBFilterClass?
        public var vendor: USBFilterID?
        public var product: USBFilterID?
        public var version: USBFilterVersion?
        public var allow: YesNo?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.attribute("class", &`class`)
            x.attribute("vendor", &vendor)
            x.attribute("product", &product)
            x.attribute("version", &version)
            x.required("allow", &allow)
        }
    }
}

/// A USB class in a filter: `0x08`, or `-1` for any.
public struct USBFilterClass: XMLValue {
    /// nil: any.
    public var value: UInt8?

    public init(_ value: UInt8?) { self.value = value }

    public init?(xml text: String) {
        if text == "-1" { return }
        guard let number = filterNumber(text), let value = UInt8(exactly: number) else { return nil }
        self.value = value
    }

    public var xml: String { value.map { "0x" + upperHex(UInt64($0), digits: 2) } ?? "-1" }
    public static var accepted: XMLAccepted { .phrase("a USB class such as 0x08, or -1 for any") }
}

/// A USB vendor or product in a filter: `0x1234`, or `-1` for any.
public struct USBFilterID: XMLValue {
    /// nil: any.
    public var value: UInt16?

    public init(_ value: UInt16?) { self.value = value }

    public init?(xml text: String) {
        if text == "-1" { return }
        guard let number = filterNumber(text), let value = UInt16(exactly: number) else { return nil }
        self.value = value
    }

    public var xml: String { value.map { "0x" + upperHex(UInt64($0), digits: 4) } ?? "-1" }
    public static var accepted: XMLAccepted { .phrase("a number such as 0x1234, or -1 for any") }
}

/// The version of a USB device in a filter: `2.00`, or `-1` for any. `1.1` is version 1.10.
public struct USBFilterVersion: XMLValue {
    /// Binary-coded decimal as in the device descriptor, for example 0x0110; nil: any.
    public var bcd: UInt16?

    public init(bcd: UInt16?) { self.bcd = bcd }

    public init?(xml text: String) {
        if text == "-1" { return }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first, let major = UInt8(first), major <= 99 else { return nil }
        var minor: UInt8 = 0
        if parts.count == 2, let last = parts.last {
            guard let digits = UInt8(last), digits <= 99, last.utf8.count <= 2 else { return nil }
            minor = last.utf8.count == 1 ? digits &* 10 : digits
        }
        guard minor <= 99 else { return nil }
        bcd = UInt16(major / 10) << 12 | UInt16(major % 10) << 8 | UInt16(minor / 10) << 4 | UInt16(minor % 10)
    }

    public var xml: String {
        guard let bcd else { return "-1" }
        let major = (bcd >> 12) * 10 + (bcd >> 8 & 0xf)
        return "\(major).\(bcd >> 4 & 0xf)\(bcd & 0xf)"
    }

    public static var accepted: XMLAccepted { .phrase("a version such as 2.00, or -1 for any") }
}

private func filterNumber(_ text: String) -> UInt64? {
    if text.hasPrefix("0x") || text.hasPrefix("0X") { return UInt64(text.dropFirst(2), radix: 16) }
    return UInt64(text)
}

private func upperHex(_ value: UInt64, digits: Int) -> String {
    let text = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
}
