internal import VMCore

/// The names of vendors and products by their numbers, as the lists `pci.ids` and `usb.ids` have them, where one is
/// installed: lines `VVVV  Vendor`, and behind a tab `DDDD  Product` of the vendor before.
struct DeviceNames {
    private static let limit = 8 << 20

    private var vendors: [UInt64: String] = [:]
    private var products: [UInt64: String] = [:]

    /// Reads what is said of these numbers only.
    init(_ tree: SystemTree, _ list: String, of wanted: Set<UInt64>) {
        let places = ["/usr/share/hwdata/", "/usr/share/misc/", "/var/lib/usbutils/"].map { tree.root + $0 + list }
        let bytes = places.first { Files.exists($0) }
            .flatMap { try? Files.read($0, limit: Self.limit, regularOnly: false) }
        self.init(bytes ?? [], of: wanted)
    }

    init(_ bytes: [UInt8], of wanted: Set<UInt64>) {
        let wantedVendors = Set(wanted.map { $0 >> 16 })
        var vendor: UInt64?
        for line in bytes.split(separator: 0x0a) {
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            // Behind the vendors come other lists, each with a letter in front.
            if first != 0x09 {
                guard let (number, name) = Self.entry(line), wantedVendors.contains(number) else {
                    vendor = nil
                    continue
                }
                vendor = number
                vendors[number] = name
            } else if let vendor, line.dropFirst().first != 0x09, let (number, name) = Self.entry(line.dropFirst()) {
                let key = vendor << 16 | number
                if wanted.contains(key) { products[key] = name }
            }
        }
    }

    private static func entry(_ line: ArraySlice<UInt8>) -> (UInt64, String)? {
        guard line.count > 6, line.dropFirst(4).first == 0x20,
            let number = UInt64(String(decoding: line.prefix(4), as: UTF8.self), radix: 16)
        else { return nil }
        let name = String(decoding: line.dropFirst(4), as: UTF8.self).drop { $0 == " " }
        let text = String(name.prefix(256))
        return PrintableText.isPlain(text) ? (number, text) : nil
    }

    func vendor(_ number: UInt64) -> NamedNumber { NamedNumber(number: number, name: vendors[number]) }

    func product(_ number: UInt64, of vendor: UInt64) -> NamedNumber {
        NamedNumber(number: number, name: products[vendor << 16 | number & 0xffff])
    }
}
