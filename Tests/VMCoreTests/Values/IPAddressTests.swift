import Testing
import VMCore

struct IPAddressTests {
    @Test(
        arguments: [
            "0.0.0.0", "192.168.122.1", "255.255.255.255", "::", "::1", "fd00::1", "fe80::fc54:ff:fe00:101",
            "1::2:0:0:3",
            "2001:db8:1:2:3:4:5:6",
        ])
    func `An address is written as it was read`(text: String) {
        #expect(IPAddress(text)?.description == text)
        #expect(IPAddress(text).flatMap { IPAddress(bytes: $0.bytes) } == IPAddress(text))
    }

    @Test(
        arguments: [
            "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "1..3.4", ":", ":::", "1:2:3:4:5:6:7",
            "1::2::3",
            "1:2:3:4:5:6:7:8:9", "12345::", "g::", "::1.2.3", "%", "1.2.3.-4", "+1.2.3.4",
        ])
    func `What is no address isn't taken for one`(text: String) { #expect(IPAddress(text) == nil) }

    @Test
    func `Networks, masks and prefixes`() throws {
        let address = try #require(IPAddress("192.168.150.77"))
        #expect(address.network(prefix: 24).description == "192.168.150.0")
        #expect(address.broadcast(prefix: 28).description == "192.168.150.79")
        #expect(address.isIn(try #require(IPAddress("192.168.0.0")), prefix: 16))
        #expect(!address.isIn(try #require(IPAddress("192.168.151.0")), prefix: 24))
        #expect(!address.isIn(try #require(IPAddress("::")), prefix: 0))
        for prefix in 0...32 {
            #expect(IPAddress(.ipv4, IPAddress.mask(.ipv4, prefix: prefix)).prefixOfMask == prefix)
        }
        for prefix in 0...128 {
            #expect(IPAddress(.ipv6, IPAddress.mask(.ipv6, prefix: prefix)).prefixOfMask == prefix)
        }
        #expect(IPAddress("255.0.255.0")?.prefixOfMask == nil)
        #expect(IPAddress("::ffff:1.2.3.4")?.value == 0xffff_0102_0304)
    }
}
