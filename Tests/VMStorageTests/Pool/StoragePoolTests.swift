import Testing
import VMCore
import VMXML

@testable import VMStorage

struct StoragePoolTests {
    private static let head = """
          <name>p</name>
          <uuid>70a7eb15-6c34-ee9c-bf57-69e8e5ff3fb2</uuid>
        """

    /// Documents as libvirt writes them, one for each type.
    private static let documents = [
        """
        <pool type='dir'>
        \(head)
          <features>
            <cow state='no'/>
          </features>
          <source>
          </source>
          <target>
            <path>/images</path>
            <permissions>
              <mode>0700</mode>
              <owner>-1</owner>
              <group>0</group>
              <label>some_label_t</label>
            </permissions>
          </target>
          <refresh>
            <volume allocation='capacity'/>
          </refresh>
        </pool>
        """,
        """
        <pool type='fs' xmlns:fs='http://libvirt.org/schemas/storagepool/fs/1.0'>
        \(head)
          <source>
            <device path='/dev/sdb1'/>
            <format type='ext4'/>
          </source>
          <target>
            <path>/images</path>
          </target>
          <fs:mount_opts>
            <fs:option name='sync'/>
          </fs:mount_opts>
        </pool>
        """,
        """
        <pool type='netfs'>
        \(head)
          <source>
            <host name='nas' port='2049'/>
            <dir path='/export'/>
            <format type='nfs'/>
            <protocol ver='3'/>
          </source>
          <target>
            <path>/images</path>
          </target>
        </pool>
        """,
        """
        <pool type='logical'>
        \(head)
          <source>
            <device path='/dev/sdb'/>
            <name>vg</name>
            <format type='lvm2'/>
          </source>
          <target>
            <path>/dev/vg</path>
          </target>
        </pool>
        """,
        """
        <pool type='disk'>
        \(head)
          <source>
            <device path='/dev/sdb' part_separator='no'>
              <freeExtent start='32256' end='8225280'/>
            </device>
            <format type='gpt'/>
          </source>
          <target>
            <path>/dev</path>
          </target>
        </pool>
        """,
        """
        <pool type='iscsi'>
        \(head)
          <source>
            <host name='server'/>
            <device path='iqn.2013-06.example:target'/>
            <initiator>
              <iqn name='iqn.2013-06.example:initiator'/>
            </initiator>
            <auth type='chap' username='me'>
              <secret usage='libvirtiscsi'/>
            </auth>
            <vendor name='Acme'/>
            <product name='model'/>
          </source>
          <target>
            <path>/dev/disk/by-path</path>
          </target>
        </pool>
        """,
        """
        <pool type='scsi'>
        \(head)
          <source>
            <adapter type='fc_host' parent='scsi_host5' managed='yes' wwnn='20000000c9831b4b' wwpn='10000000c9831b4b'/>
          </source>
          <target>
            <path>/dev/disk/by-id</path>
          </target>
        </pool>
        """,
        """
        <pool type='rbd' xmlns:rbd='http://libvirt.org/schemas/storagepool/rbd/1.0'>
        \(head)
          <source>
            <host name='a'/>
            <host name='b' port='6789'/>
            <name>rbd</name>
            <auth type='ceph' username='admin'>
              <secret uuid='2ec115d7-3a88-3ceb-bc12-0ac909a6fd87'/>
            </auth>
          </source>
          <rbd:config_opts>
            <rbd:option name='client_mount_timeout' value='45'/>
          </rbd:config_opts>
        </pool>
        """,
        """
        <pool type='gluster'>
        \(head)
          <source>
            <host name='localhost'/>
            <dir path='/'/>
            <name>volume</name>
          </source>
        </pool>
        """,
        """
        <pool type='mpath'>
        \(head)
          <source>
          </source>
          <target>
            <path>/dev/mapper</path>
          </target>
        </pool>
        """,
        """
        <pool type='iscsi-direct'>
        \(head)
          <source>
            <host name='server'/>
            <device path='iqn.2013-06.example:target'/>
            <initiator>
              <iqn name='iqn.2013-06.example:initiator'/>
            </initiator>
          </source>
        </pool>
        """,
        """
        <pool type='zfs'>
        \(head)
          <source>
            <device path='/dev/ada1'/>
            <name>testpool</name>
          </source>
        </pool>
        """,
    ]

    @Test(arguments: documents)
    func `A document of each type is read without a finding and written as it was`(_ text: String) throws {
        let reading = try StoragePool.read(Array(text.utf8)).validated()
        #expect(reading.diagnostics.isEmpty, "\(reading.diagnostics)")
        #expect(reading.value.xml == text + "\n")
    }

    @Test
    func `Sizes are read and forgotten`() throws {
        let text =
            "<pool type='dir'><name>p</name><capacity unit='bytes'>7</capacity><target><path>/x//y/</path></target></pool>"
        let pool = try StoragePool.checked(Array(text.utf8))
        #expect(pool.capacity == nil)
        #expect(pool.target.path == "/x/y")
    }

    private func refusal(_ text: String) -> (error: VMError, code: LibvirtError)? {
        do {
            _ = try StoragePool.checked(Array(text.utf8), file: "pool.xml")
            return nil
        } catch {
            return (error, error.libvirt)
        }
    }

    @Test
    func `What is wrong is told with its place, and in libvirt's terms`() throws {
        let target = "<target><path>/x</path></target>"
        let nameless = try #require(refusal("<pool type='dir'>\(target)</pool>"))
        #expect(nameless.error.message == "XML error: missing pool source name element")
        #expect(nameless.code == LibvirtError(.xmlError, in: .storage))
        #expect(
            refusal("<pool type='dir'><name>p</name></pool>")?.error.message
                == "XML error: missing storage pool target path")
        #expect(
            refusal("<pool type='dir'><name>a/b</name>\(target)</pool>")?.error.message
                == "XML error: name a/b cannot contain '/'")
        let type = try #require(refusal("<pool type='dri'><name>p</name>\(target)</pool>"))
        #expect(type.code == LibvirtError(.xmlError, in: .xml))
        #expect(type.error.diagnostics.first?.suggestion == "dir")
        #expect(type.error.diagnostics.first?.place?.line == 1)
        let unknown = try #require(refusal("<pool type='dir'><nam>p</nam>\(target)</pool>"))
        #expect(unknown.error.diagnostics.contains { $0.suggestion == "name" })
        #expect(refusal("<pool type='netfs'><name>p</name><source><dir path='/x'/></source>\(target)</pool>") != nil)
        #expect(refusal("<volume/>") != nil)
        #expect(refusal("<pool type='dir'><name>p</name><uuid>12</uuid>\(target)</pool>")?.code.number == .xmlError)
        let format =
            "<pool type='fs'><name>p</name><source><device path='/d'/><format type='zzz'/></source>\(target)</pool>"
        #expect(refusal(format)?.code.number == .configurationUnsupported)
    }

    @Test
    func `What can be here is told by type`() {
        #expect(PoolCapabilities.xml.contains("<pool type='dir' supported='yes'>"))
        #expect(PoolCapabilities.xml.contains("<pool type='logical' supported='no'>"))
        #expect(PoolCapabilities.xml.contains("<value>qcow2</value>"))
    }

    @Test
    func `Root's numbers stand for the user whose pools they are, others for themselves`() {
        var wanted = StoragePermissions()
        (wanted.owner, wanted.group) = (0, 100)
        #expect(wanted.owners(for: 1000) == (nil, 100))
        #expect(wanted.owners(for: 0) == (0, 100))
        (wanted.owner, wanted.group) = (-1, 0)
        #expect(wanted.owners(for: 0) == (nil, 0))
        #expect(wanted.owners(for: 1000) == (nil, nil))
    }
}
