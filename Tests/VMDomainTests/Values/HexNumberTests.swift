import Testing
import VMXML

@testable import VMDomain

/// Numbers that libvirt writes in hexadecimal.
@Suite struct HexNumberTests {
    @Test(
        "Four digits where they suffice, else eight, else as many as there are",
        arguments: [
            (0, "0x0000"), (0x1, "0x0001"), (0xffff, "0xffff"), (0x1_0000, "0x00010000"), (0xffff_ffff, "0xffffffff"),
            (0x1_0000_0000, "0x100000000"), (.max, "0xffffffffffffffff"),
        ] as [(UInt64, String)])
    func written(value: UInt64, text: String) {
        #expect(HexNumber(value).xml == text)
        #expect(HexNumber(xml: text)?.value == value)
    }

    @Test(
        "Without 0x the digits are decimal",
        arguments: [("10", 10), ("0x10", 16), ("0X1f", 31), ("  7", 7), ("010", 10), ("0", 0)] as [(String, UInt64)])
    func read(text: String, value: UInt64) { #expect(HexNumber(xml: text)?.value == value) }

    @Test(
        "Nothing else is a number",
        arguments: ["", "0x", "ff", "-1", "+1", "0x+1", "1 ", "0x1g", "0x10000000000000000", " "])
    func odd(text: String) { #expect(HexNumber(xml: text) == nil) }
}
