import Testing
import VMCore
import VMXML

@testable import VMDomain

/// A device that must be refused: `⌖` marks where, `words` stand in the message.
private struct Broken: CustomTestStringConvertible, Sendable {
    var text: String
    var words: String
    var machine: String
    var testDescription: String { words }

    init(_ text: String, _ words: String, machine: String = "q35") {
        (self.text, self.words, self.machine) = (text, words, machine)
    }

    var document: String {
        """
        <domain type='qemu'>
          <name>x</name>
          <memory unit='MiB'>64</memory>
          \(words == "memory to be shared" ? "" : "<memoryBacking><access mode='shared'/></memoryBacking>")
          <iothreads>2</iothreads>
          <os><type arch='\(machine == "virt" ? "aarch64" : "x86_64")' machine='\(machine)'>hvm</type></os>
          \(words == "needs <acpi/>" ? "" : "<features><acpi/></features>")
          <devices>
            \(text)
          </devices>
        </domain>
        """
    }
}

@Suite struct StorageValidationTests {
    @Test("A wrong device is refused at its place, and for nothing else", arguments: disks + controllers + others)
    private func broken(item: Broken) throws {
        let marked = Array(item.document.utf8)
        let marker = Array("⌖".utf8)
        let offset = try #require(marked.indices.first { marked[$0...].starts(with: marker) })
        let bytes = Array(marked[..<offset] + marked[(offset + marker.count)...])
        let findings = try Domain.read(bytes, file: "x.xml").validated().diagnostics.filter { $0.severity == .error }
        #expect(findings.count == 1, "\(findings.map(\.description))")
        let finding = try #require(findings.first)
        #expect(finding.place?.offset == offset, "\(finding), expected at \(offset)")
        #expect(finding.message.contains(item.words), "\(finding)")
    }

    private static let disks = [
        Broken("⌖<disk type='file'><source file='/a'/></disk>", "needs a <target>"),
        Broken("⌖<disk type='file'><target dev='vda'/></disk>", "needs a <source>"),
        Broken("⌖<disk type='dir'><source dir='/a'/><target dev='vda'/></disk>", "can't be written to"),
        Broken(
            "<disk type='network'><source protocol='gluster' name='⌖a'><host name='b'/></source><target dev='vda'/></disk>",
            "VOLUME/PATH"),
        Broken(
            "<disk type='file'><source file='/a'/>⌖<backingStore type='file'><format type='raw'/></backingStore>"
                + "<target dev='vda'/></disk>", "needs a <source>"),
        Broken(
            "<disk type='file'><source file='/a'/><target dev='vda'/>⌖<transient/><readonly/></disk>", "read-only"),
        Broken("<disk type='⌖flie'><source file='/a'/><target dev='vda'/></disk>", "not a value of 'type'"),
        Broken("<disk type='file' device='cdrom'><target dev='sda' bus='⌖usb'/></disk>", "must not be empty"),
        Broken(
            "<disk type='file' device='floppy'><target dev='fda' bus='⌖sata'/></disk>", "on the bus 'fdc', not 'sata'"),
        Broken(
            "<disk type='file'><source file='/a'/><target dev='sda' bus='⌖fdc'/></disk>", "takes only floppy drives"),
        Broken(
            "<disk type='file' device='cdrom'><target dev='sda' bus='⌖virtio'/></disk>", "no CD-ROM drive"),
        Broken(
            "<disk type='⌖file' device='lun'><source file='/a'/><target dev='sda' bus='scsi'/></disk>", "block device"),
        Broken(
            "<disk type='block' device='lun'><source dev='/a'/><target dev='sda' bus='⌖sata'/></disk>",
            "for the bus 'scsi'"),
        Broken(
            "<disk type='file' rawio='⌖yes'><source file='/a'/><target dev='sda' bus='scsi'/></disk>",
            "only for device='lun'"),
        Broken(
            "<disk type='file'><source file='/a'/><target dev='sda' bus='sata'/><address type='⌖pci' slot='4'/></disk>",
            "can't have an address of the type 'pci'"),
        Broken(
            "<disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/>"
                + "<address type='⌖drive' unit='1'/></disk>", "can't have an address of the type 'drive'"),
        Broken(
            "<disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/>⌖<vendor>x</vendor></disk>",
            "have a <vendor>"),
        Broken(
            "<disk type='file'><source file='/a'/><target dev='sda' bus='scsi'/>⌖<vendor>123456789</vendor></disk>",
            "has 9 characters, more than the 8"),
        Broken(
            "<disk type='file'><source file='/a'/><target dev='sda' bus='scsi'/>⌖<wwn>123</wwn></disk>",
            "16 hexadecimal digits"),
        Broken(
            "<disk type='file'><source file='/a'/><target dev='sda' bus='scsi' tray='⌖open'/></disk>", "have a tray"),
        Broken(
            "<disk type='file'><source file='/a'/><target dev='vda' bus='virtio' removable='⌖on'/></disk>",
            "only for drives on the bus 'usb'"),
        Broken(
            "<disk type='file'><driver name='⌖file'/><source file='/a'/><target dev='vda'/></disk>", "the driver 'qemu'"
        ),
        Broken(
            "<disk type='file'><driver type='⌖iso'/><source file='/a'/><target dev='vda'/></disk>",
            "such images are 'raw'"),
        Broken(
            "<disk type='file'><driver type='raw' discard_no_unref='⌖on'/><source file='/a'/><target dev='vda'/></disk>",
            "only for the format 'qcow2'"),
        Broken(
            "<disk type='file'><driver io='native' cache='⌖writeback'/><source file='/a'/><target dev='vda'/></disk>",
            "needs the cache 'none' or 'directsync'"),
        Broken(
            "<disk type='file'><driver copy_on_read='⌖on'/><source file='/a'/><target dev='vda'/><readonly/></disk>",
            "needs a writable disk"),
        Broken(
            "<disk type='file'><driver queues='⌖2'/><source file='/a'/><target dev='sda' bus='sata'/></disk>",
            "only for disks on the bus 'virtio', not 'sata'"),
        Broken(
            "<disk type='file'><driver iothread='⌖3'/><source file='/a'/><target dev='vda'/></disk>",
            "the I/O thread 3 isn't defined"),
        Broken(
            "<disk type='file'><driver iothread='⌖1'/><source file='/a'/><target dev='sda' bus='scsi'/></disk>",
            "belongs to the controller"),
        Broken(
            "<disk type='file'><driver queue_size='⌖100'/><source file='/a'/><target dev='vda'/></disk>", "power of two"
        ),
        Broken(
            "<disk type='network'>⌖<source protocol='rbd'/><target dev='vda'/></disk>", "needs the attribute 'name'"),
        Broken(
            "<disk type='network'>⌖<source name='x'><host name='a'/></source><target dev='vda'/></disk>",
            "needs the attribute 'protocol'"),
        Broken(
            "<disk type='network'><source protocol='nbd'>⌖<host transport='unix'/></source><target dev='vda'/></disk>",
            "needs the attribute 'socket'"),
        Broken(
            "<disk type='network'><source protocol='nbd'><host name='a' socket='⌖/b'/></source><target dev='vda'/></disk>",
            "needs transport='unix'"),
        Broken(
            "<disk type='network'><source protocol='rbd' name='a/b'><auth username='u'><secret type='⌖iscsi' usage='x'/>"
                + "</auth></source><target dev='vda'/></disk>", "has the type 'ceph', not 'iscsi'"),
        Broken(
            "<disk type='network'><source protocol='rbd' name='a/b'><auth username='u'>⌖<secret type='ceph'/>"
                + "</auth></source><target dev='vda'/></disk>", "needs the attribute 'uuid' or 'usage'"),
        Broken(
            "<disk type='file'><source file='/a'><encryption format='luks'><secret type='passphrase' usage='x'/>"
                + "⌖<cipher name='aes' size='256'/></encryption></source><target dev='vda'/></disk>",
            "only for new volumes"),
        Broken(
            "<disk type='file'><source file='/a'><encryption format='⌖luks2'><secret type='passphrase' usage='x'/>"
                + "</encryption></source><target dev='vda'/></disk>", "needs engine='librbd'"),
        Broken(
            "<disk type='volume'>⌖<source pool='p'/><target dev='vda'/></disk>", "both 'pool' and 'volume'"),
        Broken("<disk type='nvme'>⌖<source type='pci' namespace='1'/><target dev='vda'/></disk>", "of its controller"),
        Broken(
            "<disk type='network'><source protocol='nbd' startupPolicy='⌖optional'><host name='a'/></source>"
                + "<target dev='vda'/></disk>", "no startup policy"),
        Broken(
            "<disk type='file'><source file='/a'/><target dev='vda'/></disk>\n"
                + "<disk type='file'><source file='/b'/><target dev='⌖vda'/></disk>", "in line 9 already"),
        Broken(
            "<disk type='file'><source file='/a'/><backingStore type='file'><format type='⌖cow'/><source file='/b'/>"
                + "</backingStore><target dev='vda'/></disk>", "no format 'cow'"),
        Broken(
            "<disk type='file'><source file='/a'/><target dev='vda'/><address type='pci' slot='⌖0x20'/></disk>",
            "a number from 0x00 to 0x1f"),
    ]

    private static let controllers = [
        Broken("⌖<controller type='pci' index='1'/>", "needs the attribute 'model'"),
        Broken("<controller type='usb' model='⌖qemu-xhic'/>", "not a value of 'model'"),
        Broken("<controller type='scsi' model='⌖qemu-xhci'/>", "not a value of 'model'"),
        Broken("<controller type='usb' model='qemu-xhci' ports='⌖16'/>", "1 to 15 ports, not 16"),
        Broken("<controller type='pci' index='⌖1' model='pcie-root'/>", "has the index 0"),
        Broken(
            "<controller type='pci' index='1' model='pcie-root-port'><model name='⌖pxb'/></controller>",
            "can't be QEMU's 'pxb'"),
        Broken(
            "<controller type='pci' index='1' model='pcie-root-port'><target chassisNr='⌖1'/></controller>",
            "'chassisNr' isn't for a 'pcie-root-port'"),
        Broken("<controller type='pci' index='1' model='⌖pci-expander-bus'/>", "of the kind i440fx"),
        Broken("<controller type='pci' index='1' model='⌖pcie-expander-bus'/>", "of the kind q35", machine: "pc"),
        Broken(
            "<controller type='scsi' model='lsilogic'><driver queues='⌖4'/></controller>", "only for virtio-scsi"),
        Broken(
            "<controller type='scsi' model='virtio-scsi'><driver iothread='⌖9'/></controller>", "the I/O thread 9 isn't"
        ),
        Broken(
            "<controller type='sata' index='0'/>\n<controller type='sata' index='⌖0'/>", "is there in line 9 already"),
    ]

    private static let others = [
        Broken("⌖<filesystem><source dir='/a'/></filesystem>", "needs a <target>"),
        Broken("⌖<filesystem><target dir='a'/></filesystem>", "needs a <source>"),
        Broken("<filesystem type='⌖ram'><source usage='1'/><target dir='a'/></filesystem>", "type='mount'"),
        Broken(
            "<filesystem fmode='⌖644'><source dir='/a'/><target dir='a'/></filesystem>", "needs accessmode='mapped'"),
        Broken("<filesystem fmode='⌖689'><source dir='/a'/><target dir='a'/></filesystem>", "in octal"),
        Broken(
            "<filesystem accessmode='⌖mapped'><driver type='virtiofs'/><source dir='/a'/><target dir='a'/></filesystem>",
            "accessmode='passthrough' only"),
        Broken("⌖<hostdev type='pci'/>", "needs the <address>"),
        Broken(
            "<hostdev mode='⌖capabilities' type='misc'><source><char>/a</char></source></hostdev>", "mode='subsystem'"),
        Broken("<hostdev type='usb'>⌖<source><vendor id='1'/></source></hostdev>", "needs <product> too"),
        Broken(
            "<hostdev type='mdev' model='vfio-pci'><source>⌖<address/></source></hostdev>", "needs the attribute 'uuid'"
        ),
        Broken(
            "<hostdev type='mdev' model='vfio-pci' display='⌖on'><source>"
                + "<address uuid='53764d0e-85a0-42b4-af5c-2046b460b1dc'/></source></hostdev>", "needs a <graphics>"),
        Broken(
            "<hostdev type='pci'><source><address slot='1'/></source></hostdev>\n"
                + "<hostdev type='pci'>⌖<source><address domain='0' slot='1'/></source></hostdev>", "in line 9 already"),
        Broken("<hostdev type='scsi_host'><source protocol='vhost' wwpn='⌖naa.1'/></hostdev>", "16 hexadecimal digits"),
        Broken(
            "<shmem name='a'><model type='ivshmem-plain'/>⌖<size unit='M'>3</size></shmem>", "is a power of two"),
        Broken("<shmem name='⌖a/b'><model type='ivshmem-plain'/></shmem>", "can't contain '/'"),
        Broken("<shmem name='⌖..'><model type='ivshmem-plain'/></shmem>", "or be '.' or '..'"),
        Broken("<shmem name='a'><model type='ivshmem-plain'/>⌖<msi/></shmem>", "needs a <server>"),
        Broken("<iommu model='⌖intel'/>", "of the kind q35", machine: "pc"),
        Broken("<iommu model='intel'><driver granule='⌖4'/></iommu>", "has no option 'granule'"),
        Broken("<iommu model='⌖virtio'/>", "needs <acpi/>"),
        Broken(
            "<filesystem><driver type='⌖virtiofs'/><source dir='/a'/><target dir='a'/></filesystem>",
            "memory to be shared"),
        Broken(
            "<disk type='file'><source file='/a'/><target dev='vda'/><throttlefilters><throttlefilter group='⌖g'/>"
                + "</throttlefilters></disk>", "the throttle group 'g' isn't defined"),
        Broken("<disk type='file'><source file='/a'/><target dev='hda' bus='⌖ide'/></disk>", "no IDE controller"),
        Broken(
            "<disk type='file'><source file='/a'/><target dev='sda' bus='scsi'/><wwn>5000c50015ea71ad</wwn></disk>"
                + "<disk type='file'><source file='/a'/><target dev='sdb' bus='scsi'/>⌖<wwn>5000c50015ea71ad</wwn></disk>",
            "belongs to the disk in line 9 already"),
        Broken("<vsock><cid address='⌖2'/></vsock>", "at least 3"),
        Broken("<lease>⌖<key/><target path='/a'/></lease>", "needs a <key>"),
        Broken("<memballoon model='none'/>⌖<memballoon model='none'/>", "only once"),
        Broken("⌖<nvram/>", "only for pseries"),
    ]
}
