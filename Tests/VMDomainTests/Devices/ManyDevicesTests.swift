import Testing
import VMXML

@testable import VMDomain

@Suite struct ManyDevicesTests {
    @Test("Ten thousand disks are read and written")
    func manyDisks() throws {
        let disks = (0..<10_000).map {
            "<disk type='file'><source file='/\($0)'/><target dev='vd\(Self.letters($0))'/></disk>"
        }
        let text = "<domain type='qemu'><name>h</name><devices>\(disks.joined())</devices></domain>"
        let domain = try Domain(xml: text)
        #expect(domain.devices.disks.count == 10_000)
        #expect(domain.devices.disks.last?.target?.number == 9999)
        #expect(try Domain(xml: domain.xml) == domain)
    }

    /// `a` … `z`, `aa` …
    private static func letters(_ number: Int) -> String {
        var text = ""
        var rest = number
        while rest >= 0 {
            text = String(UnicodeScalar(UInt8(97 + rest % 26))) + text
            rest = rest / 26 - 1
        }
        return text
    }
}
