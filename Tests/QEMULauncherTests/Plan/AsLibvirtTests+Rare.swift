/// Settings that few documents have: what becomes of them, and which are refused.
extension AsLibvirtTests {
    static let settled: [Case] = [
        Case(
            label: "Who doesn't say that it listens calls",
            devices: "<serial type='unix'><source path='/a'/></serial>",
            stored: ["<source mode='connect' path='/a'/>"], unlined: ["id=charserial0,path=/a,server=on"]),
        Case(
            label: "A console alone hands its place and name to its serial port",
            devices: "<console type='pty'><alias name='ua-c'/><address type='isa' iobase='0x3f8' irq='0x4'/></console>",
            stored: ["</target>\n      <alias name='ua-c'/>\n      <address type='isa' iobase='0x3f8' irq='0x4'/>"],
            line: ["\"id\":\"ua-c\""]),
        Case(
            label: "What the first place to listen leaves open, the attribute says",
            devices: "<graphics type='vnc' listen='127.0.0.1'><listen type='address'/></graphics>",
            stored: ["<listen type='address' address='127.0.0.1'/>"]),
        Case(
            label: "A place without an address becomes the socket that is named",
            devices: "<graphics type='vnc' socket='/srv/x'><listen type='address'/></graphics>",
            stored: ["<listen type='socket' socket='/srv/x'/>"], line: ["unix:/srv/x"]),
        Case(
            label: "A SCSI device's controller is the first of all, and of the usual model",
            devices: """
                <controller type='scsi' index='3' model='virtio-scsi'/><hostdev mode='subsystem' type='scsi'><source>
                <adapter name='scsi_host0'/><address bus='0' target='0' unit='0'/></source></hostdev>
                """, stored: ["<controller type='scsi' index='0' model='lsilogic'>"]),
        Case(
            label: "Options of virtio devices stay where they do nothing",
            devices: "<input type='mouse' bus='usb'><driver ats='on'/></input>", stored: ["<driver ats='on'/>"],
            unlined: ["\"ats\""]),
        Case(
            label: "Options of virtio devices aren't given to other SCSI controllers",
            devices: "<controller type='scsi' model='lsilogic'><driver packed='on'/></controller>",
            stored: ["<driver packed='on'/>"], unlined: ["\"packed\""]),
        Case(
            label: "An address of a guest has a family",
            devices: """
                <interface type='user'><ip address='192.168.122.5' prefix='24'/><ip address='fec0::1'/></interface>
                """, stored: ["<ip address='192.168.122.5' family='ipv4'", "<ip address='fec0::1' family='ipv6'/>"]),
        Case(
            label: "An interface with a <mac> that says nothing gets an address",
            devices: "<interface type='user'><mac/></interface>",
            stored: ["<mac address='52:54:00:"]),
        Case(
            label: "Memory is bound strictly unless another way is given",
            domain: "<numatune><memory placement='static' nodeset='0'/></numatune>",
            stored: ["<memory mode='strict' nodeset='0'/>"]),
        Case(
            label: "A store of last words sits on conventional PCI",
            devices: "<pstore backend='acpi-erst'><path>/srv/p</path><size unit='KiB'>64</size></pstore>",
            stored: ["model='pcie-to-pci-bridge'"], line: ["\"driver\":\"acpi-erst\""]),
        Case(
            label: "A device is in persistent memory that all may see",
            domain: "<maxMemory unit='GiB'>16</maxMemory>",
            devices: """
                <memory model='virtio-pmem'><source><path>/p</path></source><target><size>524288</size></target></memory>
                """, stored: ["<memory model='virtio-pmem' access='shared'>"], unstored: ["<node>"]),
        Case(
            label: "Of a clipboard nothing is said when nothing is asked",
            devices: "<channel type='qemu-vdagent'><target type='virtio'/></channel>",
            unstored: ["com.redhat.spice.0"], unlined: ["clipboard", "com.redhat.spice.0"]),
        Case(
            label: "A switch for migration isn't given to a CPU that has none", architecture: "s390x",
            machine: "s390-ccw-virtio", domain: "<cpu mode='maximum' migratable='on'/>", unlined: ["migratable"]),
        Case(
            label: "Other architectures have timers of PCs that do nothing", architecture: "aarch64", machine: "virt",
            domain: "<clock offset='utc'><timer name='kvmclock'/></clock>", stored: ["<timer name='kvmclock'/>"],
            unlined: ["kvmclock"]),
        Case(
            label: "Folders stay on PCI where all else goes to the board", architecture: "aarch64", machine: "virt",
            devices: """
                <filesystem type='mount'><source dir='/a'/><target dir='a'/></filesystem>
                <rng model='virtio'><backend model='random'/><address type='virtio-mmio'/></rng>
                """, line: ["virtio-9p-pci"]),
    ]

    static let dropped: [Case] = [
        Case(
            label: "What is empty isn't kept",
            domain: """
                <currentMemory/><numatune><memory/></numatune><features><capabilities policy='default'/></features>
                """,
            devices: """
                <interface type='user'><backend/><bandwidth/></interface><memballoon model='virtio'><stats period='0'/>
                </memballoon><rng model='virtio'><rate bytes='0'/><driver/><backend model='random'/></rng>
                """,
            unstored: ["<numatune", "<capabilities", "<backend/>", "<bandwidth", "<stats", "<rate", "<driver"]),
        Case(
            label: "How a card is driven is kept of virtio cards alone",
            devices: "<interface type='user'><driver name='qemu' queues='4' txmode='iothread'/></interface>",
            unstored: ["<driver"]),
        Case(
            label: "Times of passwords need a password",
            devices: "<graphics type='vnc' passwdValidTo='2030-04-09T15:51:00' connected='keep'/>",
            unstored: ["passwdValidTo", "connected"]),
        Case(
            label: "A label that was chosen for a run isn't kept, and no label of no kind",
            domain: """
                <seclabel type='dynamic' model='dac' relabel='yes'><label>+1:+1</label><imagelabel>+1:+1</imagelabel></seclabel>
                """, stored: ["model='dac'"], unstored: ["<label>"]),
        Case(
            label: "Only real-time scheduling has a priority",
            domain:
                "<cputune><vcpusched vcpus='0' scheduler='idle' priority='1'/><vcpupin vcpu='7' cpuset='0'/></cputune>",
            unstored: ["priority", "<vcpupin"]),
        Case(
            label: "How a model has to match is said of models alone", domain: "<cpu mode='maximum' match='strict'/>",
            unstored: ["match="]),
        Case(
            label: "Of two SMBIOS texts of a name the first one counts",
            domain: """
                <sysinfo type='smbios'><bios><entry name='vendor'>L</entry><entry name='vendor'>M</entry></bios></sysinfo>
                """, stored: ["<entry name='vendor'>L</entry>"], unstored: [">M<"]),
        Case(
            label: "No balloon has no place",
            devices: "<memballoon model='none'><address type='unassigned'/></memballoon>",
            unstored: ["unassigned"]),
        Case(
            label: "A disk with asynchronous access is raw",
            devices: "<disk type='file'><driver type='aio' queues='0'/><source file='/a'/><target dev='vda'/></disk>",
            stored: ["<driver name='qemu' type='raw'/>"]),
    ]

    private static func disk(_ inside: String, target: String = "<target dev='vda' bus='virtio'/>") -> String {
        "<disk type='file'>\(inside)<source file='/a'/>\(target)</disk>"
    }

    static let impossible: [Case] = [
        Case(
            label: "A serial console behind one of another kind",
            devices: "<console type='pty'><target type='virtio'/></console><console type='pty'/>"),
        Case(label: "Two <numatune>", domain: "<numatune/><numatune/>"),
        Case(label: "A mode of memory without nodes", domain: "<numatune><memory mode='strict'/></numatune>"),
        Case(label: "A label without kind and model", domain: "<seclabel/>"),
        Case(label: "Users mapped, groups not", domain: "<idmap><uid start='0' target='1' count='1'/></idmap>"),
        Case(
            label: "A cipher twice",
            domain: "<keywrap><cipher name='aes' state='on'/><cipher name='aes' state='on'/></keywrap>"),
        Case(
            label: "Two caches", domain: "<cpu><cache level='3' mode='emulate'/><cache level='3' mode='emulate'/></cpu>"
        ),
        Case(
            label: "A cache of another architecture", architecture: "ppc64", machine: "pseries",
            domain: "<cpu><cache mode='disable'/></cpu>"),
        Case(label: "More processors than the machine takes", domain: "<vcpu>300</vcpu>"),
        Case(
            label: "Lengths of vectors that aren't there", architecture: "aarch64", machine: "virt",
            domain: "<cpu><model>max</model><feature policy='disable' name='sve'/><feature name='sve256'/></cpu>"),
        Case(
            label: "Hyper-V on POWER", architecture: "ppc64", machine: "pseries",
            domain: "<features><hyperv/></features>"),
        Case(
            label: "Secure boot without SMM", domain: "<features><acpi/></features>",
            system: "<loader type='pflash' secure='yes' readonly='yes'>/srv/x</loader>"),
        Case(
            label: "Secure boot of another machine", machine: "pc",
            domain: "<features><acpi/><smm state='on'/></features>",
            system: "<loader type='pflash' secure='yes' readonly='yes'>/srv/x</loader>"),
        Case(
            label: "A device without a place",
            devices: "<rng model='virtio'><backend model='random'/><address type='unassigned'/></rng>"),
        Case(
            label: "An ACPI index of a USB device", devices: "<input type='mouse' bus='usb'><acpi index='3'/></input>"),
        Case(
            label: "zPCI on a PC",
            devices: "<memballoon model='virtio'><address type='pci'><zpci uid='1' fid='1'/></address></memballoon>"),
        Case(
            label: "A channel device on a PC",
            devices: "<memballoon model='virtio'><address type='ccw' cssid='0xfe' ssid='0' devno='1'/></memballoon>"),
        Case(label: "Two sources of a port", devices: "<serial type='pty'><source/><source/></serial>"),
        Case(label: "A console of Xen", devices: "<console type='pty'><target type='xen'/></console>"),
        Case(label: "A controller of Xen", devices: "<controller type='xenbus'/>"),
        Case(
            label: "A bridge that forbids plugging",
            devices: "<controller type='pci' index='3' model='dmi-to-pci-bridge'><target hotplug='off'/></controller>"),
        Case(label: "A partition as a target", devices: disk("", target: "<target dev='sda1' bus='sata'/>")),
        Case(label: "A disk named as a floppy", devices: disk("", target: "<target dev='fda' bus='virtio'/>")),
        Case(
            label: "A transient disk that isn't in a file",
            devices: "<disk type='block'><source dev='/a'/><target dev='vda'/><transient/></disk>"),
        Case(
            label: "A CD-ROM drive that can be pulled",
            devices: "<disk device='cdrom'><target dev='sda' bus='scsi' removable='on'/></disk>"),
        Case(
            label: "A user and password for NBD",
            devices:
                "<disk type='network'><source protocol='nbd'><host name='a'/><auth username='a'><secret type='ceph' usage='b'/></auth></source><target dev='vda'/></disk>"
        ),
        Case(
            label: "Data beside an image that isn't qcow2",
            devices:
                "<disk type='file'><source file='/a'><dataStore type='file'><format type='raw'/><source file='/b'/></dataStore></source><target dev='vda'/></disk>"
        ),
        Case(label: "A group without limits", devices: disk("<iotune><group_name>g</group_name></iotune>")),
        Case(label: "A format that is an encryption", devices: disk("<driver type='luks'/>")),
        Case(
            label: "Options of virtio devices on another card",
            devices: "<interface type='user'><driver packed='on'/></interface>"),
        Case(
            label: "Half a team that isn't of the host",
            devices: "<interface type='user'><teaming type='transient' persistent='ua-m'/></interface>"),
        Case(
            label: "Fixed settings without the mixing engine",
            devices: "<audio id='1' type='none'><output mixingEngine='no' fixedSettings='yes'/></audio>"),
        Case(
            label: "A card heard through a backend that isn't there",
            devices: "<graphics type='sdl'/><sound model='ich6'><audio id='1'/></sound>"),
        Case(label: "A sound card that nobody emulates", devices: "<sound model='ich7'/>"),
        Case(
            label: "Shared resources without shared memory", devices: "<video><model type='virtio' blob='on'/></video>"),
        Case(
            label: "A resolution of a card without",
            devices: "<video><model type='cirrus'><resolution x='10' y='10'/></model></video>"),
        Case(
            label: "A store of last words of an odd size",
            devices: "<pstore backend='acpi-erst'><path>/srv/p</path><size unit='KiB'>63</size></pstore>"),
        Case(
            label: "Crypto channels on a PC",
            devices:
                "<hostdev mode='subsystem' type='mdev' model='vfio-ap'><source><address uuid='53764d0e-85a0-42b4-af5c-2046b460b1dd'/></source></hostdev>"
        ),
    ]

    static let late: [Case] = [
        Case(label: "A kernel's archive without a kernel", system: "<initrd>/boot/i</initrd>"),
        Case(
            label: "Ports of a controller that has no choice",
            devices: "<controller type='usb' model='piix3-uhci' ports='4'/>"),
        Case(label: "No USB beside USB", devices: "<controller type='usb' index='2' model='none'/>"),
        Case(
            label: "A companion of nobody",
            devices: "<controller type='usb' index='0'/><controller type='usb' index='4' model='ich9-uhci1'/>"),
    ]
}
