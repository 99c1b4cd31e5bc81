import Testing
import VMCore
import VMXML

@testable import VMStorage

struct StorageVolumeTests {
    @Test
    func `A document is written as it was read`() throws {
        let text = """
            <volume type='file'>
              <name>a.qcow2</name>
              <key>/images/a.qcow2</key>
              <capacity unit='bytes'>10485760</capacity>
              <allocation unit='bytes'>200704</allocation>
              <physical unit='bytes'>196616</physical>
              <target>
                <path>/images/a.qcow2</path>
                <format type='qcow2'/>
                <permissions>
                  <mode>0600</mode>
                  <owner>0</owner>
                  <group>0</group>
                </permissions>
                <timestamps>
                  <atime>1341933637.273190990</atime>
                  <mtime>1341930622.047245868</mtime>
                  <ctime>1341930622.047245868</ctime>
                  <btime>0</btime>
                </timestamps>
                <encryption format='luks'>
                  <secret type='passphrase' uuid='f52a81b2-424e-490c-823d-6bd4235bc572'/>
                  <cipher name='aes' size='256' mode='cbc' hash='sha256'/>
                </encryption>
                <compat>1.1</compat>
                <clusterSize unit='B'>65536</clusterSize>
                <nocow/>
                <features>
                  <lazy_refcounts/>
                  <extended_l2/>
                </features>
              </target>
              <backingStore>
                <path>/images/base.img</path>
                <format type='raw'/>
              </backingStore>
            </volume>

            """
        let reading = try StorageVolume.read(Array(text.utf8))
        #expect(reading.diagnostics.isEmpty, "\(reading.diagnostics)")
        #expect(reading.value.xml == text)
    }

    private func refusal(_ inside: String) -> VMError? {
        do {
            _ = try StorageVolume.checked(Array("<volume>\(inside)</volume>".utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test
    func `What is wrong is told in libvirt's terms`() throws {
        #expect(refusal("<capacity>1</capacity>")?.message == "XML error: missing volume name element")
        #expect(refusal("<name>a</name>")?.message == "XML error: missing capacity element")
        #expect(refusal("<name>a</name><capacity unit='X'>1</capacity>")?.libvirt.number == .invalidArgument)
        let format = refusal("<name>a</name><capacity>1</capacity><target><format type='foo'/></target>")
        #expect(format?.libvirt.number == .configurationUnsupported)
        #expect(format?.message.contains("unknown volume format type foo") == true)
        #expect(refusal("<name>a/b</name><capacity>1</capacity>")?.libvirt.number == .operationInvalid)
        for name in ["..", ".vmctl-new-x", ".vmctl-trash-0", String(repeating: "x", count: 256)] {
            #expect(refusal("<name>\(name)</name><capacity>1</capacity>") != nil, "\(name)")
        }
        #expect(refusal("<name>a</name><capacity unit='EB'>99999999999</capacity>") != nil)
        #expect(code { _ = try StorageVolume.checked(Array("<vol/>".utf8)) } == 27)
    }

    @Test
    func `An empty size says nothing`() throws {
        let text = "<volume><name>a</name><capacity unit='KiB'>3</capacity><allocation></allocation></volume>"
        let volume = try StorageVolume.checked(Array(text.utf8))
        #expect(volume.capacity == .bytes(3072))
        #expect(volume.allocation == nil)
    }
}
