/// How one kind of number is spelled: its range, and the text libvirt writes for it.
///
/// The value itself stays a plain integer in the element's struct; only reading and writing go by the format.
public protocol XMLNumberFormat: Sendable, Hashable {
    static var range: ClosedRange<UInt64> { get }
    /// The base of digits without a prefix; 0: ten, or eight after a leading zero. `0x` is understood by 0 and 16.
    static var base: Int { get }
    /// Whether hexadecimal is written, and with how many digits at least.
    static var hexDigits: Int? { get }
    /// Whether octal is written, and with how many digits at least.
    static var octalDigits: Int? { get }
}

extension XMLNumberFormat {
    public static var base: Int { 0 }
    public static var hexDigits: Int? { nil }
    public static var octalDigits: Int? { nil }

    @inlinable
    static func text(_ value: UInt64) -> String {
        formatNumber(value, hexDigits: hexDigits, octalDigits: octalDigits)
    }

    @usableFromInline
    static var phrase: String {
        "a number from \(text(range.lowerBound)) to \(text(range.upperBound))"
            + (base == 16 ? " in hexadecimal" : base == 8 ? " in octal" : "")
    }
}

/// A number in its format: what ``XMLMapper`` reads and writes in place of the integer.
@usableFromInline
struct XMLNumber<Format: XMLNumberFormat>: XMLValue {
    @usableFromInline var value: UInt64

    @inlinable
    init(_ value: UInt64) { self.value = value }

    @inlinable
    init?(xml text: String) {
        guard let value = parseNumber(text, base: Format.base), Format.range.contains(value) else { return nil }
        self.value = value
    }

    @inlinable var xml: String { Format.text(value) }
    @inlinable static var accepted: XMLAccepted { .phrase(Format.phrase) }
}

@usableFromInline
func formatNumber(_ value: UInt64, hexDigits: Int?, octalDigits: Int?) -> String {
    func padded(_ digits: String, _ count: Int) -> String {
        String(repeating: "0", count: max(0, count - digits.utf8.count)) + digits
    }
    if let hexDigits { return "0x" + padded(String(value, radix: 16), hexDigits) }
    if let octalDigits { return padded(String(value, radix: 8), octalDigits) }
    return String(value)
}

/// Reads a number as C's `strtoull` does with that base, but the whole of the text and without a sign.
@usableFromInline
func parseNumber(_ text: String, base: Int) -> UInt64? {
    var digits = Substring(text).drop(while: { $0 == " " || $0 == "\t" || $0 == "\n" })
    var radix = base == 0 ? 10 : base
    if base != 10, digits.hasPrefix("0x") || digits.hasPrefix("0X") {
        digits = digits.dropFirst(2)
        radix = 16
    } else if base == 0, digits.utf8.count > 1, digits.hasPrefix("0") {
        digits = digits.dropFirst()
        radix = 8
    }
    guard let first = digits.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-") else { return nil }
    return UInt64(digits, radix: radix)
}

extension XMLMapper {
    /// A number that is spelled in its own way, for example `bus='0x00'`.
    @inlinable
    @inline(never)
    public mutating func attribute<T: FixedWidthInteger & Sendable, F: XMLNumberFormat>(
        _ name: StaticString, _ value: inout T?, as format: F.Type
    ) {
        var number = value.flatMap { UInt64(exactly: $0) }.map { XMLNumber<F>($0) }
        attribute(name, &number)
        if isReading, let number { value = T(exactly: number.value) }
    }

    /// The same for a number that must be there.
    @inlinable
    @inline(never)
    public mutating func required<T: FixedWidthInteger & Sendable, F: XMLNumberFormat>(
        _ name: StaticString, _ value: inout T?, as format: F.Type
    ) {
        var number = value.flatMap { UInt64(exactly: $0) }.map { XMLNumber<F>($0) }
        required(name, &number)
        if isReading, let number { value = T(exactly: number.value) }
    }
}

/// A hexadecimal number of up to 64 bits without leading zeros, for example `base='0x100000000'`.
public enum PlainHex: XMLNumberFormat {
    public static var range: ClosedRange<UInt64> { 0...UInt64.max }
    public static var base: Int { 16 }
    public static var hexDigits: Int? { 1 }
}
