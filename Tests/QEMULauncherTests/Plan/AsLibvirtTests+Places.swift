/// Where devices go that leave it open, and which of them a machine gets unasked.
extension AsLibvirtTests {
    static let placed: [Case] = [
        Case(
            label: "One device on virtio-mmio takes all along, whatever else is on PCI", architecture: "riscv64",
            machine: "virt",
            devices: """
                <controller type='scsi' model='lsilogic'/><video><model type='virtio'/></video>
                <vsock model='virtio'><cid auto='no' address='3'/></vsock>
                <disk type='block'><source dev='/dev/a'/><target dev='vda' bus='virtio'/>
                <address type='pci' domain='0' bus='0' slot='5' function='0'/></disk>
                <rng model='virtio'><backend model='random'/><address type='virtio-mmio'/></rng>
                """,
            stored: ["model='lsilogic'>\n      <address type='virtio-mmio'/>"],
            line: ["virtio-balloon-device", "vhost-vsock-pci"], unlined: ["virtio-balloon-pci"]),
        Case(
            label: "A crypto device may be on virtio-mmio", architecture: "aarch64", machine: "virt",
            devices: """
                <crypto model='virtio' type='qemu'><backend model='builtin'/><address type='virtio-mmio'/></crypto>
                """, line: ["virtio-crypto-device"]),
        Case(
            label: "A crypto device is on conventional PCI",
            devices: "<crypto model='virtio' type='qemu'><backend model='builtin'/></crypto>",
            stored: ["model='pcie-to-pci-bridge'"]),
        Case(
            label: "SAS controllers are conventional PCI", devices: "<controller type='scsi' model='lsisas1078'/>",
            stored: ["model='pcie-to-pci-bridge'"]),
        Case(
            label: "A device on a bus behind one that has to be added moves up",
            devices: """
                <controller type='scsi' model='lsilogic'><address type='pci' bus='1' slot='3'/></controller>
                """,
            stored: [
                "<address type='pci' domain='0x0000' bus='0x02' slot='0x03' function='0x0'/>",
                "<controller type='pci' index='2' model='pcie-to-pci-bridge'>",
            ]),
        Case(
            label: "Further conventional buses are bridges behind the first",
            devices: """
                <controller type='scsi' model='lsilogic'><address type='pci' bus='3' slot='1'/></controller>
                """,
            stored: [
                "<controller type='pci' index='2' model='pcie-to-pci-bridge'>",
                "<controller type='pci' index='3' model='pci-bridge'>",
            ]),
        Case(
            label: "An address that says only PCI is none", machine: "q35",
            devices: "<video><model type='vga'/><address type='pci'/></video>",
            stored: ["bus='0x00' slot='0x01' function='0x0'/>\n    </video>"]),
        Case(
            label: "POWER's SCSI controller has a register on any machine", machine: "pc",
            devices: "<controller type='scsi' model='ibmvscsi'/>",
            stored: ["<address type='spapr-vio' reg='0x00002000'/>"]),
        Case(
            label: "POWER's SCSI controller isn't on PCI", architecture: "ppc64", machine: "pseries",
            devices: """
                <controller type='scsi'><address type='pci' domain='0' bus='0' slot='0x12' function='0'/></controller>
                """, stored: ["<address type='spapr-vio' reg='0x00000000'/>"], unlined: ["\"reg\":0"]),
        Case(
            label: "A USB controller of RISC-V is the old one unless it says otherwise", architecture: "riscv64",
            machine: "virt", devices: "<controller type='usb'/>", stored: ["model='piix3-uhci'"]),
        Case(
            label: "Every board of POWER has keyboard and mouse with a display", architecture: "ppc64",
            machine: "powernv9", devices: "<graphics type='vnc'/>",
            stored: ["<input type='keyboard' bus='usb'>", "<input type='mouse' bus='usb'>"]),
        Case(
            label: "Boards that aren't 'virt' show a cirrus card", architecture: "riscv64", machine: "spike",
            devices: "<graphics type='vnc'/>", stored: ["<model type='cirrus'"]),
        Case(
            label: "Where somebody else has the first card's place, it is the first to get another", machine: "pc",
            devices: """
                <video><model type='vga'/></video><interface type='user'><address type='pci' slot='2'/></interface>
                """, line: ["\"driver\":\"VGA\",\"id\":\"video0\",\"vgamem_mb\":16,\"bus\":\"pci.0\",\"addr\":\"0x3\""]),
        Case(
            label: "On PCI Express it brings its bridge along first",
            devices: """
                <video><model type='vga'/></video><sound model='ac97'><address type='pci' slot='1'/></sound>
                """, stored: ["<controller type='pci' index='2' model='pcie-to-pci-bridge'>"]),
        Case(
            label: "Parts of USB 2 controllers behind others put all controllers in order", machine: "pc",
            devices: """
                <controller type='scsi' index='1' model='virtio-scsi'/><controller type='scsi' model='lsilogic'/>
                <controller type='usb' index='1' model='piix3-uhci'/><controller type='usb' model='ich9-ehci1'/>
                """,
            line: [
                "\"driver\":\"lsi\",\"id\":\"scsi0\",\"bus\":\"pci.0\",\"addr\":\"0x2\"",
                "\"driver\":\"ich9-usb-ehci1\",\"id\":\"usb\",\"bus\":\"pci.0\",\"addr\":\"0x4.0x7\"",
            ]),
        Case(
            label: "One in front of all others leaves them as they are", machine: "pc",
            devices: """
                <controller type='usb' model='ich9-ehci1'/><controller type='scsi' index='1' model='virtio-scsi'/>
                <controller type='scsi' model='lsilogic'/><controller type='usb' index='0' model='qemu-xhci'/>
                """, line: ["\"driver\":\"lsi\",\"id\":\"scsi0\",\"bus\":\"pci.0\",\"addr\":\"0x5\""], isSettled: false),
        Case(
            label: "A TPM of RISC-V sits on the board", architecture: "riscv64", machine: "virt",
            devices: "<tpm><backend type='emulator'/></tpm>", stored: ["version='2.0'"], line: ["tpm-tis-device"]),
    ]

    static let filled: [Case] = [
        Case(
            label: "Pluggable memory of RISC-V needs no NUMA cell", architecture: "riscv64", machine: "virt",
            domain: "<maxMemory slots='4' unit='GiB'>8</maxMemory>", unstored: ["<numa>"]),
        Case(
            label: "An NVDIMM of POWER is whole pieces beside its label, and has a name", architecture: "ppc64",
            machine: "pseries", domain: Self.pluggable, devices: Self.nvdimm(kibibytes: 523_264),
            stored: ["<size unit='KiB'>262272</size>", "<memory unit='KiB'>1310848</memory>", "<uuid>"],
            line: ["\"size\":268566528"]),
        Case(
            label: "A module of POWER is whole pieces", architecture: "ppc64", machine: "pseries",
            domain: Self.pluggable,
            devices: "<memory model='dimm'><target><size unit='KiB'>523264</size><node>0</node></target></memory>",
            stored: ["<size unit='KiB'>524288</size>"]),
        Case(
            label: "Processors that may leave come after the start",
            domain: """
                <vcpu>3</vcpu><vcpus><vcpu id='0' enabled='yes' hotpluggable='no'/>
                <vcpu id='1' enabled='yes' hotpluggable='yes'/><vcpu id='2' enabled='no' hotpluggable='yes'/></vcpus>
                """, stored: ["<vcpu placement='static' current='2'>3</vcpu>"], line: ["-smp 1,maxcpus=3,"]),
        Case(
            label: "A cable that says nothing is there", devices: "<interface type='user'><link/></interface>",
            line: ["\"driver\":\"rtl8139\""]),
        Case(
            label: "A panic device of POWER's usual machine", architecture: "ppc64", machine: "", devices: "<panic/>",
            stored: ["<panic model='pseries'/>"]),
        Case(
            label: "A storage has one slice",
            devices: """
                <disk type='file'><source file='/a'><slices><slice type='storage' offset='1024' size='4096'/>
                <slice type='storage' offset='8192' size='4096'/></slices></source><target dev='vda'/></disk>
                """, stored: ["offset='1024'"], unstored: ["offset='8192'"]),
        Case(
            label: "An entry for the firmware without a name is left out",
            domain: "<sysinfo type='smbios'><system><entry>a</entry><entry name='sku'>b</entry></system></sysinfo>",
            stored: ["<entry name='sku'>b</entry>"], unstored: ["<entry>"]),
        Case(
            label: "A sound card that this emulator lacks is the start's to tell", architecture: "s390x",
            machine: "s390-ccw-virtio", devices: "<sound model='ac97'/>", stored: ["<sound model='ac97'"]),
    ]

    private static let pluggable = """
        <maxMemory slots='4' unit='GiB'>8</maxMemory><cpu><numa><cell cpus='0' memory='1048576'/></numa></cpu>
        """

    private static func nvdimm(kibibytes: Int, label: String = "<label><size unit='KiB'>128</size></label>") -> String {
        """
        <memory model='nvdimm'><source><path>/a</path></source>
        <target><size unit='KiB'>\(kibibytes)</size><node>0</node>\(label)</target></memory>
        """
    }

    static let unplaced: [Case] = [
        Case(
            label: "A bridge from PCI Express needs a port of its own",
            devices: "<controller type='pci' index='1' model='pcie-to-pci-bridge'/>"),
        Case(
            label: "Slot 0 of a bridge is its own",
            devices: "<controller type='scsi' model='lsilogic'><address type='pci' bus='1'/></controller>"),
        Case(
            label: "RISC-V has no expander of PCI Express", architecture: "riscv64", machine: "virt",
            devices: "<controller type='pci' index='1' model='pcie-expander-bus'/>"),
        Case(
            label: "A source of random numbers has one backend",
            devices: "<rng model='virtio'><backend model='random'/><backend model='builtin'/></rng>"),
        Case(
            label: "An NVDIMM of POWER needs a label", architecture: "ppc64", machine: "pseries",
            domain: Self.pluggable,
            devices: Self.nvdimm(kibibytes: 524_288, label: "")),
        Case(
            label: "An NVDIMM of POWER is a piece at least", architecture: "ppc64", machine: "pseries",
            domain: Self.pluggable, devices: Self.nvdimm(kibibytes: 200_000)),
        Case(
            label: "A passed through input device that this QEMU lacks", architecture: "s390x",
            machine: "s390-ccw-virtio",
            devices: "<input type='passthrough' bus='virtio'><source evdev='/dev/input/event1'/></input>"),
        Case(
            label: "QEMU has no BusLogic", devices: "<controller type='scsi' model='buslogic'/>"),
        Case(
            label: "An SD card shows no serial number", architecture: "riscv64", machine: "spike",
            devices: "<disk type='file'><source file='/a'/><target dev='sda' bus='sd'/><serial>a</serial></disk>"),
        Case(
            label: "A switch for migration that only x86 has", architecture: "aarch64", machine: "virt",
            domain: "<cpu mode='host-passthrough' migratable='on'/>"),
    ]

    static let unsettled: [Case] = [
        Case(
            label: "Features of s390 are there or not", architecture: "s390x", machine: "s390-ccw-virtio",
            domain: "<cpu><model>gen15a</model><feature name='te' policy='optional'/></cpu>"),
        Case(
            label: "A switch of QEMU that documents have another element for", architecture: "aarch64", machine: "virt",
            domain: "<cpu mode='maximum'><feature name='pmu' policy='require'/></cpu>"),
        Case(
            label: "A sound card that this emulator lacks", architecture: "s390x", machine: "s390-ccw-virtio",
            devices: "<sound model='ac97'/><audio id='1' type='none'/>"),
    ]
}
