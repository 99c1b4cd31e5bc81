/// An Ethernet hardware address: six bytes, printed as libvirt does, `52:54:00:12:34:56`.
public struct MACAddress: Hashable, Sendable, CustomStringConvertible {
    /// The six bytes, the first in bits 40 to 47.
    public let value: UInt64

    public init(value: UInt64) { self.value = value & 0xffff_ffff_ffff }

    /// Reads six groups of one or two hexadecimal digits, separated by colons.
    public init?(_ text: some StringProtocol) {
        var value: UInt64 = 0
        var groups = 0
        var digits = 0
        var group: UInt64 = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: ":") {
                guard digits > 0, groups < 5 else { return nil }
                value = value << 8 | group
                groups += 1
                digits = 0
                group = 0
            } else if let digit = hexDigit(byte), digits < 2 {
                group = group << 4 | UInt64(digit)
                digits += 1
            } else {
                return nil
            }
        }
        guard groups == 5, digits > 0 else { return nil }
        self.init(value: value << 8 | group)
    }

    /// A random address in the range QEMU and libvirt use for guests, `52:54:00`.
    public static func random() -> MACAddress {
        MACAddress(value: 0x52_5400_00_0000 | UInt64.random(in: 0...0xff_ffff))
    }

    public var isMulticast: Bool { value >> 40 & 1 == 1 }
    public var isZero: Bool { value == 0 }

    public var description: String {
        (0..<6).map { index in
            let byte = UInt8(truncatingIfNeeded: value >> UInt64(40 - 8 * index))
            return (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined(separator: ":")
    }
}
