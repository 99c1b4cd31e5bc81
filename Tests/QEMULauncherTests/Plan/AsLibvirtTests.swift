import Foundation
import Testing
import VMCore
import VMDomain
import VMXML

@testable import QEMULauncher

/// What is taken, stored and started as libvirt 11.3 does it with the same QEMU: each row is a thing that
/// `scripts/differential` found to be otherwise once.
@Suite("Documents are taken as libvirt takes them")
struct AsLibvirtTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var label: String
        var architecture = "x86_64"
        var machine = "q35"
        var kind = "hvm"
        var domain = ""
        var system = ""
        var devices = ""
        /// What stands in the stored document, and what doesn't.
        var stored: [String] = []
        var unstored: [String] = []
        /// What stands on the command line, and what doesn't.
        var line: [String] = []
        var unlined: [String] = []
        /// Whether the stored document is the same when it is defined again; libvirt's aren't where numbers were given
        /// out of order.
        var isSettled = true
        var hasUUID = true

        var testDescription: String { label }

        var document: [UInt8] {
            let type = machine.isEmpty ? "" : " machine='\(machine)'"
            let memory = domain.contains("<memory>") ? "" : "<memory>1048576</memory>"
            let uuid = hasUUID ? "<uuid>3f1d6a52-7c0b-4a3e-9d55-0a4c6f1e2b10</uuid>" : ""
            return Array(
                """
                <domain type='qemu'><name>guest</name>\(uuid)\(memory)
                <os><type arch='\(architecture)'\(type)>\(kind)</type>\(system)</os>\(domain)
                <devices>\(devices)</devices></domain>
                """.utf8)
        }
    }

    private static let recordings: [String: Result<Capabilities, any Error>] = Dictionary(
        uniqueKeysWithValues: ["x86_64", "aarch64", "ppc64", "riscv64", "s390x"].map { name in
            let path = GoldenTests.folder + "/Capabilities/\(name).replies"
            return (name, Result { try Capabilities.replay(Files.read(path, limit: 64 << 20)) })
        })

    private static func translator(_ architecture: String) throws -> DomainTranslator {
        var host = HostFacts()
        host.clock = (1_000_000_000, 3600)
        let recording = try #require(recordings[architecture])
        return DomainTranslator(
            capabilities: try recording.get(), host: host, options: .init(isNewDefinition: true))
    }

    @Test(
        "It is stored and started so",
        arguments: taken + placed + filled + settled + dropped + unsaid + afterRun + ported)
    func isTaken(_ row: Case) throws {
        let translator = try Self.translator(row.architecture)
        let stored = try translator.normalize(row.document, file: "guest.xml")
        for text in row.stored { #expect(stored.contains(text), "\(text) isn't in\n\(stored)") }
        for text in row.unstored { #expect(!stored.contains(text), "\(text) is in\n\(stored)") }
        // What is stored is read again, and is the same.
        let again = try translator.normalize(Array(stored.utf8), file: "stored.xml")
        if row.isSettled { #expect(again == stored) }
        guard !row.line.isEmpty || !row.unlined.isEmpty else { return }
        let line = try translator.commandLine(Array(stored.utf8), file: "stored.xml").joined(separator: " ")
        for text in row.line { #expect(line.contains(text), "\(text) isn't in\n\(line)") }
        for text in row.unlined { #expect(!line.contains(text), "\(text) is in\n\(line)") }
    }

    @Test("Its definition is refused", arguments: refused + unplaced + impossible)
    func isRefused(_ row: Case) throws {
        let translator = try Self.translator(row.architecture)
        #expect(throws: VMError.self) { try translator.normalize(row.document, file: "guest.xml") }
    }

    @Test("It is defined, and its start is refused", arguments: unstarted + unsettled + late)
    func isUnstarted(_ row: Case) throws {
        let translator = try Self.translator(row.architecture)
        let stored = try translator.normalize(row.document, file: "guest.xml")
        #expect(throws: VMError.self) { try translator.commandLine(Array(stored.utf8), file: "stored.xml") }
    }
}

extension AsLibvirtTests {

    static let taken: [Case] = [
        Case(
            label: "RISC-V: no CPU that QEMU doesn't list, no switch for ACPI, the machine 'virt'",
            architecture: "riscv64",
            machine: "", stored: ["machine='virt'", "model='pcie-root'"], unstored: ["<cpu"],
            unlined: ["acpi=", "-cpu"]),
        Case(
            label: "ARM without a machine is 'virt'", architecture: "aarch64", machine: "",
            stored: ["machine='virt-7.2'"]),
        Case(
            label: "A clock with an adjustment is variable", domain: "<clock offset='localtime' adjustment='60'/>",
            stored: ["<clock offset='variable' adjustment='60' basis='localtime'/>"], line: ["base=2001-09-09T02:47:40"]
        ),
        Case(
            label: "A variable clock counts from UTC", domain: "<clock offset='variable'/>",
            stored: ["<clock offset='variable' adjustment='0' basis='utc'/>"], line: ["base=2001-09-09T01:46:40"]),
        Case(
            label: "An empty UUID is none", domain: "<uuid></uuid>", stored: ["<name>guest</name>"], hasUUID: false),
        Case(
            label: "SPICE with both ports open chooses them",
            devices: "<graphics type='spice' port='-1' tlsPort='-1'/>",
            stored: ["<graphics type='spice' autoport='yes'>"]),
        Case(
            label: "A fixed SPICE port beside an open one stays",
            devices: "<graphics type='spice' port='5930' tlsPort='-1'/>",
            stored: ["<graphics type='spice' port='5930' tlsPort='-1' autoport='no'>"]),
        Case(
            label: "Channels that are to be encrypted get a port for it",
            devices: "<graphics type='spice' autoport='yes' defaultMode='secure'/>", line: ["tls-port="]),
        Case(
            label: "What a run chose on the host isn't kept",
            devices: """
                <interface type='network'><source network='a'/><target dev='vnet3'/></interface>
                <graphics type='vnc' listen='192.0.2.1'><listen type='network' network='a' address='192.0.2.1'/></graphics>
                """, unstored: ["vnet3", "192.0.2.1"]),
        Case(
            label: "A UUID that only the firmware is to tell",
            domain:
                "<sysinfo type='smbios'><system><entry name='uuid'>6c2cf8d0-5f3c-4d5b-9a5e-0a6f2f1b7c11</entry></system>"
                + "</sysinfo>", devices: "", stored: ["<uuid>6c2cf8d0-5f3c-4d5b-9a5e-0a6f2f1b7c11</uuid>"],
            hasUUID: false),
        Case(
            label: "A bridge on the root of PCI Express, where the document puts it",
            devices: """
                <controller type='pci' index='1' model='pci-bridge'>
                <address type='pci' domain='0' bus='0' slot='8' function='0'/></controller>
                """, line: ["\"driver\":\"pci-bridge\""]),
        Case(
            label: "A SPICE server without ports listens nowhere",
            devices: "<graphics type='spice'><listen type='address'/></graphics>", stored: ["<listen type='none'/>"]),
        Case(
            label: "A CD-ROM drive with an empty file is empty",
            devices: "<disk type='file' device='cdrom'><source file=''/><target dev='sda' bus='sata'/></disk>",
            unstored: ["<source"], line: ["ide-cd"], unlined: ["-blockdev"]),
        Case(
            label: "Serial ports take the number above the highest",
            devices: "<serial type='pty'><target port='1'/></serial><serial type='pty'/>",
            stored: ["port='1'", "port='2'"]),
        Case(
            label: "Serial ports that say that they are on ISA come first",
            devices: "<serial type='pty'/><serial type='pty'><target type='isa-serial'/></serial>",
            line: ["\"id\":\"serial0\",\"index\":1", "\"id\":\"serial1\",\"index\":0"]),
        Case(
            label: "A tablet points as well as a mouse does", architecture: "ppc64", machine: "pseries",
            devices: "<graphics type='vnc'/><input type='tablet' bus='usb'/>", stored: ["<input type='keyboard'"],
            unstored: ["<input type='mouse'"]),
        Case(
            label: "zPCI numbers go to cards before controllers", architecture: "s390x", machine: "s390-ccw-virtio",
            devices: """
                <controller type='scsi' model='virtio-scsi'><address type='pci'/></controller>
                <interface type='user'><model type='virtio'/><address type='pci'/></interface>
                """,
            line: [
                "{\"driver\":\"zpci\",\"uid\":1,\"fid\":0,\"target\":\"net0\"",
                "{\"driver\":\"zpci\",\"uid\":2,\"fid\":1,\"target\":\"scsi0\"",
            ]),
        Case(
            label: "Lengths of vectors mean that there are vectors", architecture: "aarch64", machine: "virt",
            domain: "<cpu><model>a64fx</model><feature policy='disable' name='sve128'/></cpu>",
            stored: ["<feature policy='require' name='sve'/>"]),
        Case(
            label: "A console's port is its place",
            devices: "<console type='pty'><target type='virtio' port='3'/></console>",
            stored: ["<target type='virtio' port='0'/>"]),
        Case(
            label: "A ROM has no format unless its kind was assumed", system: "<loader type='rom'>/srv/rom</loader>",
            stored: ["<loader type='rom'>/srv/rom</loader>"]),
        Case(
            label: "A loader without a kind is a raw ROM", system: "<loader>/srv/rom</loader>",
            stored: ["<loader type='rom' format='raw'>/srv/rom</loader>"]),
        Case(
            label: "Two displays of a kind are defined", devices: "<graphics type='vnc'/><graphics type='vnc'/>",
            stored: ["<graphics type='vnc'"]),
        Case(
            label: "Video memory is rounded up", devices: "<video><model type='qxl' vram='1000' ram='0'/></video>",
            stored: ["ram='65536'", "vram='1024'"], line: ["\"vram_size\":1048576"]),
        Case(
            label: "The memory of a Bochs display", devices: "<video><model type='bochs' vram='9000'/></video>",
            stored: ["vram='16384'"], line: ["\"driver\":\"bochs-display\"", "\"vgamem\":16777216"]),
        Case(
            label: "No card has no attributes", devices: "<video><model type='none' heads='1' primary='yes'/></video>",
            stored: ["<model type='none'/>"]),
        Case(
            label: "Any rotation rate is kept, 0 is none",
            devices: """
                <disk type='file'><source file='/a'/><target dev='sda' bus='scsi' rotation_rate='10'/></disk>
                <disk type='file'><source file='/b'/><target dev='sdb' bus='scsi' rotation_rate='0'/></disk>
                """, stored: ["rotation_rate='10'"], unstored: ["rotation_rate='0'"]),
        Case(
            label: "CPU shares beyond the kernel's range", domain: "<cputune><shares>0</shares></cputune>",
            stored: ["<shares>0</shares>"]),
        Case(
            label: "Timers of a PC on ARM", architecture: "aarch64", machine: "virt",
            domain: "<clock offset='utc'><timer name='hpet' present='no'/></clock>", stored: ["<timer name='hpet'"]),
        Case(
            label: "A SCSI device of the host gets the machine's controller", machine: "pc",
            devices: """
                <hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host0'/>
                <address bus='0' target='0' unit='0'/></source></hostdev>
                """, stored: ["<controller type='scsi' index='0' model='lsilogic'>"]),
        Case(
            label: "Caches of memory need the HMAT",
            domain: """
                <cpu><numa><cell id='0' cpus='0' memory='1048576'>
                <cache level='1' associativity='direct' policy='writeback'><size value='8' unit='KiB'/>
                <line value='5' unit='B'/></cache></cell></numa></cpu>
                """, line: ["hmat=on", "initiator=0"]),
        Case(
            label: "A slice has the cache mode, too",
            devices: """
                <disk type='file'><driver name='qemu' type='raw' cache='none'/><source file='/a'>
                <slices><slice type='storage' offset='0' size='1048576'/></slices></source><target dev='vda'/></disk>
                """,
            line: [
                "\"node-name\":\"libvirt-1-slice-sto\",\"offset\":0,\"size\":1048576,\"file\":\"libvirt-1-storage\","
                    + "\"auto-read-only\":true,\"discard\":\"unmap\",\"cache\":{\"direct\":true,\"no-flush\":false}"
            ]),
        Case(
            label: "A USB controller 1 alone gets one 0",
            devices: "<controller type='usb' index='1' model='qemu-xhci'/>",
            stored: ["<controller type='usb' index='0' model='qemu-xhci'>", "<controller type='usb' index='1'"]),
        Case(
            label: "Controllers take the lowest free number",
            devices: "<controller type='scsi' index='3'/><controller type='scsi'/>",
            stored: ["type='scsi' index='0'", "type='scsi' index='3'"], unstored: ["type='scsi' index='4'"],
            isSettled: false),
        Case(
            label: "Parts of a USB 2 controller share a number",
            devices: """
                <controller type='usb' model='ich9-ehci1'/><controller type='usb' model='ich9-uhci1'/>
                <controller type='usb' model='ich9-uhci2'/>
                """, stored: ["index='0' model='ich9-uhci1'", "index='0' model='ich9-uhci2'"],
            unstored: ["type='usb' index='1'"]),
        Case(
            label: "I/O threads are as many as are listed or asked for",
            domain: "<iothreads>1</iothreads><iothreadids><iothread id='2'/><iothread id='4'/></iothreadids>",
            stored: ["<iothreads>2</iothreads>"]),
        Case(label: "No I/O threads are none", domain: "<iothreads>0</iothreads>", unstored: ["iothreads"]),
        Case(
            label: "A port of Open vSwitch has a name",
            devices: """
                <interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='a'/>
                <virtualport type='openvswitch'/></interface>
                """, stored: ["<parameters interfaceid='"]),
        Case(
            label: "What interfaces leave out is written down",
            devices: """
                <interface type='direct'><source dev='eth0'/></interface>
                <interface type='bridge'><source bridge='a'/><vlan><tag id='1'/><tag id='2'/></vlan></interface>
                """, stored: ["<source dev='eth0' mode='vepa'/>", "<vlan trunk='yes'>"]),
        Case(
            label: "One device on virtio-mmio takes all along", architecture: "aarch64", machine: "virt",
            devices: """
                <controller type='virtio-serial'><address type='virtio-mmio'/></controller>
                <rng model='virtio'><backend model='random'/></rng>
                """, line: ["virtio-rng-device"], unlined: ["pcie-root-port"]),
        Case(
            label: "A unit that is passed through has its own cache",
            devices: """
                <disk type='block' device='lun'><driver name='qemu' type='raw' cache='none'/><source dev='/dev/a'/>
                <target dev='sda' bus='scsi'/></disk>
                """, unlined: ["write-cache"]),
        Case(
            label: "Limits and sizes of 0 are none",
            devices: """
                <disk type='file'><source file='/a'/><target dev='vda'/><blockio logical_block_size='0'/>
                <iotune><read_bytes_sec>0</read_bytes_sec></iotune></disk>
                """, unstored: ["iotune", "blockio"]),
        Case(
            label: "The last display decides on sound", devices: "<graphics type='spice'/><graphics type='vnc'/>",
            stored: ["<audio id='1' type='none'/>"]),
        Case(
            label: "The BIOS's serial output", system: "<bios useserial='yes'/>", devices: "<serial type='pty'/>",
            line: ["graphics=off"]),
        Case(
            label: "The greatest CPU has no word on migration", domain: "<cpu mode='maximum'/>",
            unstored: ["migratable"]),
        Case(
            label: "A network card of the host that nobody manages",
            devices: """
                <interface type='hostdev' managed='no'><source><address type='pci' bus='3' slot='1'/></source></interface>
                """, stored: ["<address type='pci' domain='0x0000' bus='0x03' slot='0x01' function='0x0'/>"],
            unstored: ["managed"]),
        Case(
            label: "Cards that libvirt has no name for sit on PCI Express",
            devices: """
                <interface type='user'><mac address='52:54:00:00:00:01'/><model type='pcnet'/></interface>
                <interface type='user'><mac address='52:54:00:00:00:02'/><model type='VMXNET3'/></interface>
                """, stored: ["<model type='vmxnet3'/>", "bus='0x02' slot='0x00'", "bus='0x03' slot='0x01'"]),
        Case(
            label: "Hosts of network disks",
            devices: """
                <disk type='network'><source protocol='rbd' name='a/b'><host name='c'/></source><target dev='vda'/></disk>
                <disk type='network'><source protocol='nbd'><host name='c' transport='tcp'/></source><target dev='vdb'/></disk>
                """, unstored: ["transport="], line: ["\"port\":\"0\""]),
        Case(
            label: "Current memory is all there is, and an NVDIMM keeps its data",
            domain: """
                <maxMemory slots='4' unit='GiB'>8</maxMemory>
                <cpu><numa><cell id='0' cpus='0' memory='1048576' discard='yes'/></numa></cpu>
                """,
            devices: """
                <memory model='nvdimm'><source><path>/srv/n</path></source>
                <target><size unit='KiB'>131072</size><node>0</node></target></memory>
                """, stored: ["<currentMemory unit='KiB'>1179648</currentMemory>"],
            line: ["\"id\":\"memnvdimm0\",\"prealloc\":true"]),
        Case(
            label: "Memory that can grow brings a cell", domain: "<maxMemory slots='4' unit='GiB'>8</maxMemory>",
            stored: ["<cell id='0' cpus='0' memory='1048576' unit='KiB'/>"]),
        Case(
            label: "vCPUs that aren't listed are off",
            domain: "<vcpu>3</vcpu><vcpus><vcpu id='0' enabled='yes'/></vcpus>",
            stored: [
                "<vcpu placement='static' current='1'>3</vcpu>", "<vcpu id='2' enabled='no' hotpluggable='yes'/>",
            ],
            line: ["-smp 1,maxcpus=3"]),
        Case(
            label: "The maker of a chassis is always told, empty entries never",
            domain: """
                <sysinfo type='smbios'><system><entry name='product'></entry></system>
                <chassis><entry name='serial'>1</entry></chassis></sysinfo>
                """, system: "<smbios mode='sysinfo'/>", line: ["type=3,manufacturer=,serial=1"], unlined: ["type=1"]),
        Case(
            label: "A floppy drive on virt", architecture: "aarch64", machine: "virt",
            devices: "<disk type='file' device='floppy'><source file='/a'/><target dev='fda'/></disk>", line: ["floppy"]
        ),
        Case(
            label: "Of a boot device named twice the later place counts",
            system: "<boot dev='hd'/><boot dev='network'/><boot dev='hd'/>",
            devices: "<disk type='file'><source file='/a'/><target dev='vda'/></disk>", line: ["\"bootindex\":3"]),
        Case(
            label: "Switches that are off say no more",
            domain: """
                <features><smm state='off'><tseg unit='MiB'>8</tseg></smm>
                <hyperv><stimer state='on'><direct state='off'/></stimer></hyperv></features>
                """, stored: ["<smm state='off'/>", "<stimer state='on'/>"]),
        Case(
            label: "Huge pages of a machine without cells",
            domain: "<memoryBacking><hugepages><page size='2048' unit='KiB' nodeset='0'/></hugepages></memoryBacking>",
            stored: ["<page size='2048' unit='KiB'/>"]),
        Case(
            label: "A present HPET goes without saying",
            domain: "<clock offset='utc'><timer name='hpet' present='yes'/></clock>", unlined: ["hpet="]),
        // Distances, IOMMU, watchdogs
        Case(
            label: "Distances hold both ways",
            domain:
                "<vcpu>2</vcpu><cpu><numa><cell id='0' cpus='0' memory='524288'><distances><sibling id='1' value='21'/>"
                + "</distances></cell><cell id='1' cpus='1' memory='524288'/></numa></cpu>",
            stored: ["<sibling id='0' value='21'/>", "<sibling id='1' value='10'/>"]),
        Case(
            label: "Interrupt remapping brings the split I/O APIC",
            devices: "<iommu model='intel'><driver intremap='on'/></iommu>", stored: ["<ioapic driver='qemu'/>"]),
        Case(
            label: "The watchdog of the board does what the others do",
            devices: "<watchdog model='i6300esb' action='pause'/>", stored: ["<watchdog model='itco' action='pause'/>"]),
    ]

    static let refused: [Case] = [
        Case(
            label: "A ROM of a channel device", architecture: "s390x", machine: "s390-ccw-virtio",
            devices: "<interface type='network'><source network='a'/><rom bar='off'/></interface>"),
        Case(
            label: "ACPI's sleep on ARM", architecture: "aarch64", machine: "virt",
            domain: "<pm><suspend-to-mem enabled='yes'/></pm>"),
        Case(
            label: "An I/O APIC on POWER", architecture: "ppc64", machine: "pseries",
            domain: "<features><ioapic driver='qemu'/></features>"),
        Case(label: "The old watchdog on q35", devices: "<watchdog model='ib700' action='reset'/>"),
        Case(label: "The BIOS's serial output without a port", system: "<bios useserial='yes'/>"),
        Case(
            label: "A graphics card that this QEMU lacks", architecture: "s390x", machine: "s390-ccw-virtio",
            devices: "<video><model type='vga'/></video>"),
        Case(label: "A second controller of floppy drives", devices: "<controller type='fdc' index='1'/>"),
        Case(
            label: "A bridge behind one of a higher number",
            devices: "<controller type='pci' index='2' model='pci-bridge'/>"),
        Case(
            label: "A WWN on SATA",
            devices:
                "<disk type='file'><source file='/a'/><target dev='sda' bus='sata'/><wwn>5000c50015ea71aa</wwn></disk>"),
        Case(
            label: "A read-only disk on SATA",
            devices: "<disk type='file'><source file='/a'/><target dev='sda' bus='sata'/><readonly/></disk>"),
        Case(
            label: "A unit that is passed through in qcow2",
            devices: """
                <disk type='block' device='lun'><driver name='qemu' type='qcow2'/><source dev='/dev/a'/>
                <target dev='sda' bus='scsi'/></disk>
                """),
        Case(
            label: "Memory modules on s390", architecture: "s390x", machine: "s390-ccw-virtio",
            domain: "<maxMemory slots='4' unit='GiB'>8</maxMemory>",
            devices: "<memory model='dimm'><target><size unit='KiB'>524288</size></target></memory>"),
        Case(
            label: "More in modules than the machine has", domain: "<maxMemory slots='4' unit='GiB'>8</maxMemory>",
            devices: "<memory model='dimm'><target><size unit='KiB'>2097152</size></target></memory>"),
        Case(label: "No memory at all", domain: "<memory>0</memory>"),
        Case(label: "Two cards that can only be the first", devices: "<video/><video/>"),
        Case(
            label: "USB without a controller", architecture: "aarch64", machine: "virt", devices: "<sound model='usb'/>"
        ),
        Case(label: "Two serial consoles", devices: "<console type='pty'/><console type='pty'/>"),
        Case(
            label: "PCR banks of a TPM 1.2",
            devices: "<tpm><backend type='emulator'><active_pcr_banks><sha512/></active_pcr_banks></backend></tpm>"),
        Case(label: "A program of a container", kind: "exe"),
        // What needs shared memory
        Case(
            label: "vhost-user without shared memory",
            devices: "<interface type='vhostuser'><source type='unix' path='/tmp/v.sock' mode='client'/></interface>"),
    ]

    static let unstarted: [Case] = [
        Case(label: "Two displays of a kind", devices: "<graphics type='vnc'/><graphics type='vnc'/>"),
        Case(label: "A VNC port below QEMU's", devices: "<graphics type='vnc' port='80'/>"),
        Case(
            label: "Encrypted channels without a port for it",
            devices: "<graphics type='spice' port='5930' defaultMode='secure'/>"),
        Case(
            label: "Features of a CPU without a model", architecture: "riscv64", machine: "virt",
            domain: "<features><pmu state='off'/></features>"),
        Case(label: "A CPU model that only stands for others", domain: "<cpu><model>max</model></cpu>"),
        Case(label: "Wrapped keys on a PC", domain: "<keywrap><cipher name='aes' state='on'/></keywrap>"),
        Case(
            label: "An image below a raw one",
            devices: """
                <disk type='file'><driver name='qemu' type='raw'/><source file='/a'/>
                <backingStore type='file'><format type='raw'/><source file='/b'/></backingStore><target dev='vda'/></disk>
                """),
        Case(
            label: "A floppy drive on pseries", architecture: "ppc64", machine: "pseries",
            devices: "<disk type='file' device='floppy'><source file='/a'/><target dev='fda'/></disk>"),
    ]
}
