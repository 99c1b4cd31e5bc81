/// A number that is written in hexadecimal with a fixed least number of digits: `0x00030000`.
public struct HexNumber: XMLValue, ExpressibleByIntegerLiteral {
    public var value: UInt64

    public init(_ value: UInt64) { self.value = value }
    public init(integerLiteral value: UInt64) { self.value = value }

    /// Reads decimal digits, or hexadecimal ones behind `0x`.
    public init?(xml text: String) {
        let text = text.drop { $0 == " " }
        let isHex = text.hasPrefix("0x") || text.hasPrefix("0X")
        let digits = isHex ? text.dropFirst(2) : text
        guard digits.utf8.first.map({ hexDigitValue($0) != nil }) == true,
            let value = UInt64(digits, radix: isHex ? 16 : 10)
        else { return nil }
        self.value = value
    }

    /// Four digits when they suffice, else at least eight.
    public var xml: String {
        let digits = String(value, radix: 16)
        let width = value <= 0xffff ? 4 : 8
        return "0x" + String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    public static var accepted: XMLAccepted { .phrase("a number, decimal or hexadecimal as in 0x0001") }
}

private func hexDigitValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
