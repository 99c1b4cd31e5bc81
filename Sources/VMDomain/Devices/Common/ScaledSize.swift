/// A size with its unit: `<max_size unit='MiB'>8</max_size>`. Kept as it was written; ``bytes`` says how much it is.
public struct ScaledSize: XMLElement {
    public var unit: SizeUnit?
    public var value: UInt64?

    public init() {}

    public init(_ value: UInt64, _ unit: SizeUnit? = nil) {
        self.value = value
        self.unit = unit
    }

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("unit", &unit)
        x.content(&value)
    }

    /// The size in bytes, rounded up; nil when there is none or when it doesn't fit into 64 bits.
    ///
    /// - Parameter unit: what a number without a unit counts, which differs from element to element.
    public func bytes(default unit: SizeUnit = .kibibytes) -> UInt64? {
        guard let value else { return nil }
        let (bytes, overflow) = value.multipliedReportingOverflow(by: (self.unit ?? unit).bytes)
        return overflow ? nil : bytes
    }
}

/// A unit of sizes. Words are read in any case and written as they were.
public struct SizeUnit: XMLValue {
    /// As it stands in the document.
    public let text: String
    /// How many bytes one of the unit has.
    public let bytes: UInt64

    private init(text: String, bytes: UInt64) {
        self.text = text
        self.bytes = bytes
    }

    public static let bytes = SizeUnit(text: "bytes", bytes: 1)
    public static let kibibytes = SizeUnit(text: "KiB", bytes: 1 << 10)
    public static let mebibytes = SizeUnit(text: "MiB", bytes: 1 << 20)
    public static let gibibytes = SizeUnit(text: "GiB", bytes: 1 << 30)

    public init?(xml text: String) {
        let word = text.lowercased()
        if word == "b" || word == "byte" || word == "bytes" {
            self.init(text: text, bytes: 1)
            return
        }
        guard let first = word.utf8.first,
            let power = SizeUnit.prefixes.firstIndex(of: first)
        else { return nil }
        let rest = word.dropFirst()
        guard rest == "" || rest == "ib" || rest == "b" else { return nil }
        let step: UInt64 = rest == "b" ? 1000 : 1024
        self.init(text: text, bytes: (0...power).reduce(1) { bytes, _ in bytes &* step })
    }

    private static var prefixes: [UInt8] { Array("kmgtpe".utf8) }

    public var xml: String { text }
    public static var accepted: XMLAccepted {
        .words([
            "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "KB", "MB", "GB", "TB", "PB", "EB", "k", "M", "G", "T",
            "P", "E", "b",
        ])
    }

    public static func == (a: SizeUnit, b: SizeUnit) -> Bool { a.text == b.text }
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
