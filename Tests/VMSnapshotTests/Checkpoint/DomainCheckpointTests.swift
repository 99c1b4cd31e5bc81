import Testing
import VMCore
import VMSnapshot
import VMXML

@Suite("Documents of checkpoints")
struct DomainCheckpointTests {
    static let whole = """
        <domaincheckpoint>
          <name>one</name>
          <description>before the update</description>
          <parent>
            <name>zero</name>
          </parent>
          <creationTime>1700000000</creationTime>
          <disks>
            <disk name='vda' checkpoint='bitmap' bitmap='one' size='65536'/>
            <disk name='vdb' checkpoint='no'/>
          </disks>
          <domain type='qemu'>
            <name>web</name>
            <memory unit='KiB'>1024</memory>
          </domain>
        </domaincheckpoint>

        """

    @Test("a document is written as libvirt lays it out, and is what was read")
    func roundTrip() throws {
        let checkpoint = try DomainCheckpoint.checked(Array(Self.whole.utf8), isRedefinition: true)
        #expect(checkpoint.parent?.name == "zero" && checkpoint.noted.map(\.name) == ["vda"])
        #expect(try DomainCheckpoint.checked(Array(checkpoint.xml.utf8), isRedefinition: true) == checkpoint)
        for part in [
            "<disk name='vda' checkpoint='bitmap' bitmap='one' size='65536'/>", "<parent>", "<domain type='qemu'>",
        ] {
            #expect(checkpoint.xml.contains(part), "\(checkpoint.xml)")
        }
    }

    @Test("names are those of bitmaps", arguments: [".a", "a/b", "a b", "ä", String(repeating: "a", count: 1024)])
    func oddNames(name: String) {
        #expect(!DomainCheckpoint.isName(name))
        let text = "<domaincheckpoint><name>\(name)</name></domaincheckpoint>"
        #expect(throws: VMError.self) { try DomainCheckpoint.checked(Array(text.utf8)) }
    }

    @Test("a name that is empty is left open")
    func emptyName() throws {
        #expect(!DomainCheckpoint.isName(""))
        let checkpoint = try DomainCheckpoint.checked(Array("<domaincheckpoint><name/></domaincheckpoint>".utf8))
        #expect(checkpoint.name == nil)
    }

    @Test("names that can be", arguments: ["a", "1700000000", "a.b", "-a_B.9"])
    func names(name: String) { #expect(DomainCheckpoint.isName(name)) }
}
