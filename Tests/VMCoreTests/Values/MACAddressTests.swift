import Testing
import VMCore

@Suite("MAC addresses")
struct MACAddressTests {
    @Test(
        "Six groups of one or two digits are read, and printed as two",
        arguments: [
            ("52:54:00:12:34:56", "52:54:00:12:34:56"), ("52:54:0:C:d:E", "52:54:00:0c:0d:0e"),
            ("00:00:00:00:00:00", "00:00:00:00:00:00"), ("FF:ff:FF:ff:FF:ff", "ff:ff:ff:ff:ff:ff"),
        ])
    func reading(text: String, printed: String) {
        #expect(MACAddress(text)?.description == printed)
    }

    @Test(
        "Anything else is none",
        arguments: [
            "", ":", "52:54:00:12:34", "52:54:00:12:34:56:78", "52:54:00:12:34:", ":52:54:00:12:34:56",
            "52::54:00:12:34", "525:54:00:12:34:56", "5g:54:00:12:34:56", "52-54-00-12-34-56", " 52:54:00:12:34:56",
            "52:54:00:12:34:56 ", "525400123456",
        ])
    func refusing(text: String) {
        #expect(MACAddress(text) == nil)
    }

    @Test("The lowest bit of the first byte tells multicast, the second one nothing of the kind")
    func kinds() {
        #expect(MACAddress("01:00:5e:00:00:01")?.isMulticast == true)
        #expect(MACAddress("ff:ff:ff:ff:ff:ff")?.isMulticast == true)
        #expect(MACAddress("52:54:00:00:00:01")?.isMulticast == false)
        #expect(MACAddress("02:00:00:00:00:00")?.isMulticast == false)
        #expect(MACAddress("00:01:01:01:01:01")?.isMulticast == false)
        #expect(MACAddress("0:0:0:0:0:0")?.isZero == true)
        #expect(MACAddress("0:0:0:0:0:1")?.isZero == false)
    }

    @Test("Random ones lie in QEMU's range")
    func random() {
        for _ in 0..<20 { #expect(MACAddress.random().description.hasPrefix("52:54:00:")) }
    }
}
