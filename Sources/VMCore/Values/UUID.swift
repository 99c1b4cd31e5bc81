/// A UUID as libvirt writes it: 16 bytes, printed in lower case with dashes.
public struct UUID: Hashable, Sendable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    /// Reads the 36-character form, or 32 hexadecimal digits with dashes and blanks anywhere between pairs, as libvirt does.
    public init?(_ text: String) { self.init(digits: text.utf8) }

    /// Reads the same forms as `init(_:)` of a whole string.
    public init?(_ text: Substring) { self.init(digits: text.utf8) }

    private init?(digits: some Sequence<UInt8>) {
        var high: UInt64 = 0
        var low: UInt64 = 0
        var count = 0
        for byte in digits {
            if let digit = hexDigit(byte) {
                guard count < 32 else { return nil }
                if count < 16 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt64(digit) }
                count += 1
            } else if byte != UInt8(ascii: "-"), byte != UInt8(ascii: " ") {
                return nil
            } else if count % 2 != 0 {
                return nil
            }
        }
        guard count == 32 else { return nil }
        self.high = high
        self.low = low
    }

    /// A random UUID (version 4, RFC 9562).
    public static func random() -> UUID {
        var generator = SystemRandomNumberGenerator()
        return UUID(
            high: generator.next() & 0xffff_ffff_ffff_0fff | 0x4000,
            low: generator.next() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000)
    }

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Whether all bits are zero, which no domain's UUID may be.
    public var isZero: Bool { high == 0 && low == 0 }

    public var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for position in 0..<32 {
            if position == 8 || position == 12 || position == 16 || position == 20 { text.append(UInt8(ascii: "-")) }
            let half = position < 16 ? high : low
            let digit = UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * (position % 16))) & 0xf
            text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// The value of a hexadecimal digit in ASCII.
@inlinable
public func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
