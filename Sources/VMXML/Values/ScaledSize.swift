internal import VMCore

/// An amount of memory or storage in bytes, which documents give as a number with a unit.
///
/// The unit a document used is not kept: `1 GiB` and `1048576 KiB` are the same size, and each element has the unit in
/// which libvirt writes it (``Layout``). Reading rounds up to that unit, as libvirt does.
public struct ScaledSize: Sendable, Hashable, Comparable {
    public var bytes: UInt64

    public init(bytes: UInt64) { self.bytes = bytes }

    public static func bytes(_ count: UInt64) -> ScaledSize { ScaledSize(bytes: count) }
    /// Clamped to what 64 bits hold.
    public static func kibibytes(_ count: UInt64) -> ScaledSize { ScaledSize(count, times: 1 << 10) }
    /// Clamped to what 64 bits hold.
    public static func mebibytes(_ count: UInt64) -> ScaledSize { ScaledSize(count, times: 1 << 20) }
    /// Clamped to what 64 bits hold.
    public static func gibibytes(_ count: UInt64) -> ScaledSize { ScaledSize(count, times: 1 << 30) }

    private init(_ count: UInt64, times scale: UInt64) {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: scale)
        self.init(bytes: overflow ? .max : bytes)
    }

    /// Whole KiB, rounded up.
    public var kibibytes: UInt64 { inUnits(of: 1 << 10) }
    /// Whole MiB, rounded up.
    public var mebibytes: UInt64 { inUnits(of: 1 << 20) }

    /// How many units of `scale` bytes hold the size.
    func inUnits(of scale: UInt64) -> UInt64 { bytes / scale + (bytes % scale == 0 ? 0 : 1) }

    /// The size rounded up to whole units of `scale` bytes; nil when that exceeds 64 bits.
    func rounded(to scale: UInt64) -> ScaledSize? {
        let (bytes, overflow) = inUnits(of: scale).multipliedReportingOverflow(by: scale)
        return overflow ? nil : ScaledSize(bytes: bytes)
    }

    public static func < (a: ScaledSize, b: ScaledSize) -> Bool { a.bytes < b.bytes }

    /// The unit in which an element is written, which is also the one meant when a document gives none.
    public enum Layout: Sendable, Hashable {
        case bytes, kibibytes
        /// Written in MiB where that is whole; a bare number counts bytes, and nothing is rounded.
        case mebibytes
        /// Like `bytes`, with the unit written as `bytes` instead of `B`.
        case spelledBytes
        /// Written in the largest unit that leaves a whole number; a bare number counts in MiB.
        case largest

        /// Bytes of the unit meant when none is given.
        package var assumed: UInt64 {
            switch self {
            case .bytes, .spelledBytes, .mebibytes: 1
            case .kibibytes: 1 << 10
            case .largest: 1 << 20
            }
        }

        /// Bytes to which a size is rounded.
        var grain: UInt64 { self == .largest ? 1 : assumed }

        /// The number and the unit's name for a size.
        func format(_ size: ScaledSize) -> (number: UInt64, unit: String) {
            switch self {
            case .bytes: return (size.bytes, "B")
            case .spelledBytes: return (size.bytes, "bytes")
            case .kibibytes: return (size.kibibytes, "KiB")
            case .mebibytes where size.bytes % (1 << 20) == 0: return (size.mebibytes, "M")
            case .mebibytes: return size.bytes % 1024 == 0 ? (size.kibibytes, "K") : (size.bytes, "bytes")
            case .largest:
                var number = size.bytes
                var unit = 0
                let names = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
                while number > 0, number % 1024 == 0, unit < names.count - 1 {
                    number /= 1024
                    unit += 1
                }
                return (number, names[unit])
            }
        }
    }
}

extension ScaledSize: CustomStringConvertible {
    /// For sentences: `512 MiB`.
    public var description: String {
        let (number, unit) = Layout.largest.format(self)
        return "\(number) \(unit)"
    }
}

/// The unit of a scaled number: `b`, `bytes`, `k` or `KiB` (1024), `KB` (1000) and so on up to `E`, in any case.
public struct SizeUnit: XMLValue {
    /// Bytes in one of the unit.
    public let scale: UInt64
    private let text: String

    public init?(xml text: String) {
        guard let scale = SizeUnit.scale(of: text) else { return nil }
        self.scale = scale
        self.text = text
    }

    fileprivate init(scale: UInt64, text: String) {
        self.scale = scale
        self.text = text
    }

    public var xml: String { text }
    public static var accepted: XMLAccepted {
        .words(["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "bytes", "KB", "MB", "GB", "TB", "PB", "EB", "k", "M", "G"])
    }

    private static func scale(of text: String) -> UInt64? {
        let word = text.lowercased()
        if word == "b" || word == "byte" || word == "bytes" { return 1 }
        let letters = Array("kmgtpe".utf8)
        guard let first = word.utf8.first, let power = letters.firstIndex(of: first) else { return nil }
        switch word.dropFirst() {
        case "", "ib": return 1 << (10 * UInt64(power + 1))
        case "b": return (0...power).reduce(1) { scale, _ in scale * 1000 }
        default: return nil
        }
    }
}

extension XMLMapper {
    /// The element's text as a size, with the unit in the attribute `unit`.
    public mutating func size(_ value: inout ScaledSize?, _ layout: ScaledSize.Layout = .kibibytes) {
        let parts = value.map(layout.format)
        var unit = parts.map { SizeUnit(scale: 1, text: $0.unit) }
        var number = parts?.number
        attribute("unit", &unit)
        content(&number)
        guard isReading, let number else { return }
        value = scaled(number, unit, layout, at: .content)
    }

    /// The same where an element without text counts as one that isn't there.
    public mutating func sizeOrNothing(_ value: inout ScaledSize?, _ layout: ScaledSize.Layout = .kibibytes) {
        guard isReading, takeContent().utf8.allSatisfy({ $0 <= UInt8(ascii: " ") }) else { return size(&value, layout) }
        overlooked(attribute: "unit", as: String.self, "on an element without a number")
    }

    /// An attribute `name` as a size, with the unit in the attribute `unit`.
    public mutating func size(
        _ name: StaticString, unit unitName: StaticString = "unit", _ value: inout ScaledSize?,
        _ layout: ScaledSize.Layout = .kibibytes, required isRequired: Bool = false
    ) {
        let parts = value.map(layout.format)
        var unit = parts.map { SizeUnit(scale: 1, text: $0.unit) }
        var number = parts?.number
        if isRequired { required(name, &number) } else { attribute(name, &number) }
        attribute(unitName, &unit)
        guard isReading, let number else { return }
        value = scaled(number, unit, layout, at: .attribute(name))
    }

    /// A child whose text is a size; without text it says nothing.
    public mutating func size(
        in name: StaticString, _ value: inout ScaledSize?, _ layout: ScaledSize.Layout = .kibibytes
    ) {
        switch layout {
        case .kibibytes: sizeElement(name, &value, KibibyteElement.init, \.size)
        case .bytes: sizeElement(name, &value, ByteElement.init, \.size)
        case .spelledBytes: sizeElement(name, &value, SpelledByteElement.init, \.size)
        case .mebibytes: sizeElement(name, &value, MebibyteElement.init, \.size)
        case .largest: sizeElement(name, &value, LargestUnitElement.init, \.size)
        }
    }

    private mutating func sizeElement<E: XMLElement>(
        _ name: StaticString, _ value: inout ScaledSize?, _ wrap: (ScaledSize?) -> E, _ size: (E) -> ScaledSize?
    ) {
        var child = value.map { wrap($0) }
        element(name, &child)
        if isReading { value = child.flatMap(size) ?? value }
    }

    private mutating func scaled(
        _ number: UInt64, _ unit: SizeUnit?, _ layout: ScaledSize.Layout, at spot: Spot
    ) -> ScaledSize? {
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit?.scale ?? layout.assumed)
        if !overflow, let size = ScaledSize(bytes: bytes).rounded(to: layout.grain) { return size }
        report(
            rule: "number-too-large", "the size \(number) \(unit?.xml ?? "") is larger than 64 bits hold", at: spot,
            found: String(number))
        return nil
    }
}

private struct KibibyteElement: XMLElement {
    var size: ScaledSize?
    init() {}
    init(_ size: ScaledSize?) { self.size = size }
    mutating func map(_ x: inout XMLMapper) { x.sizeOrNothing(&size, .kibibytes) }
}

private struct ByteElement: XMLElement {
    var size: ScaledSize?
    init() {}
    init(_ size: ScaledSize?) { self.size = size }
    mutating func map(_ x: inout XMLMapper) { x.sizeOrNothing(&size, .bytes) }
}

private struct SpelledByteElement: XMLElement {
    var size: ScaledSize?
    init() {}
    init(_ size: ScaledSize?) { self.size = size }
    mutating func map(_ x: inout XMLMapper) { x.sizeOrNothing(&size, .spelledBytes) }
}

private struct MebibyteElement: XMLElement {
    var size: ScaledSize?
    init() {}
    init(_ size: ScaledSize?) { self.size = size }
    mutating func map(_ x: inout XMLMapper) { x.sizeOrNothing(&size, .mebibytes) }
}

private struct LargestUnitElement: XMLElement {
    var size: ScaledSize?
    init() {}
    init(_ size: ScaledSize?) { self.size = size }
    mutating func map(_ x: inout XMLMapper) { x.sizeOrNothing(&size, .largest) }
}
