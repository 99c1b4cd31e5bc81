import Testing
import VMCore
import VMDomain
import VMSnapshot
import VMXML

@Suite("Snapshot documents")
struct SnapshotXMLTests {
    private func read(_ text: String, redefinition: Bool = false) throws -> DomainSnapshot {
        try DomainSnapshot.checked(Array(text.utf8), file: "snapshot.xml", isRedefinition: redefinition)
    }

    private func failure(_ text: String) -> VMError? {
        do throws(VMError) {
            _ = try DomainSnapshot.checked(Array(text.utf8), file: "snapshot.xml")
            return nil
        } catch { return error }
    }

    static let whole = """
        <domainsnapshot>
          <name>one</name>
          <description>before the update</description>
          <state>running</state>
          <parent>
            <name>zero</name>
          </parent>
          <creationTime>1700000000</creationTime>
          <memory snapshot='external' file='/images/web.mem'/>
          <disks>
            <disk name='vda' snapshot='external' type='file'>
              <driver type='qcow2'/>
              <source file='/images/web.one'/>
            </disk>
            <disk name='vdb' snapshot='no'/>
          </disks>
          <domain type='qemu'>
            <name>web</name>
            <memory unit='KiB'>1024</memory>
          </domain>
          <inactiveDomain type='qemu'>
            <name>web</name>
            <memory unit='KiB'>2048</memory>
          </inactiveDomain>
        </domainsnapshot>

        """

    @Test("a document is written as libvirt lays it out, and is what was read")
    func roundTrip() throws {
        let snapshot = try read(Self.whole, redefinition: true)
        #expect(snapshot.name == "one")
        #expect(snapshot.parent?.name == "zero")
        #expect(snapshot.isExternal && !snapshot.isInternal && snapshot.hasMemory)
        #expect(snapshot.disks(.external).map(\.name) == ["vda"])
        #expect(snapshot.storedDefinition?.memory?.size != snapshot.domain?.memory?.size)
        #expect(try read(snapshot.xml, redefinition: true) == snapshot)
        for part in [
            "<state>running</state>", "<memory snapshot='external' file='/images/web.mem'/>",
            "<disk name='vda' snapshot='external' type='file'>", "<inactiveDomain type='qemu'>",
        ] {
            #expect(snapshot.xml.contains(part), "\(part)")
        }
    }

    @Test("what a name can't be is refused in libvirt's terms", arguments: ["a/b", ".hidden"])
    func names(_ name: String) {
        let error = failure("<domainsnapshot><name>\(name)</name></domainsnapshot>")
        #expect(error?.libvirt.number.rawValue == 35)
        #expect(error?.message.contains(name) == true)
    }

    @Test("an element that isn't known is found at its place, with what was meant")
    func unknown() {
        let error = failure("<domainsnapshot>\n  <nam>x</nam>\n</domainsnapshot>")
        let finding = error?.diagnostics.first
        #expect(finding?.place?.line == 2)
        #expect(finding?.suggestion == "name")
    }

    @Test("memory in a file needs the file, with its whole path")
    func memory() {
        #expect(
            failure("<domainsnapshot><memory snapshot='external'/></domainsnapshot>")?.libvirt.domain.rawValue == 35)
        #expect(failure("<domainsnapshot><memory file='x'/></domainsnapshot>")?.libvirt.number == .xmlError)
        #expect(failure("<domainsnapshot><memory snapshot='internal' file='/x'/></domainsnapshot>") != nil)
    }

    @Test("a definition in a new snapshot's document is ignored, and counts when it is stored again")
    func ignoredDefinition() throws {
        let text = "<domainsnapshot><name>a</name><domain><uuid>x</uuid></domain></domainsnapshot>"
        #expect(try read(text).name == "a")
        #expect(throws: VMError.self) { try read(text, redefinition: true) }
    }

    @Test("passwords of displays in the definitions are hidden")
    func secrets() throws {
        let text = """
            <domainsnapshot><name>a</name><domain type='qemu'><name>web</name>
            <devices><graphics type='vnc' passwd='topsecret'/></devices></domain></domainsnapshot>
            """
        let snapshot = try read(text, redefinition: true)
        #expect(snapshot.xml.contains("topsecret"))
        #expect(!snapshot.withoutSecrets.xml.contains("topsecret"))
    }
}
