/// What a document leaves unsaid, or says with an empty word, and what a run has left in it.
extension AsLibvirtTests {
    static let unsaid: [Case] = [
        Case(
            label: "An element without text is as good as absent",
            domain: """
                <title/><description/><iothreads/><on_reboot/><on_crash/><bootloader_args/><memtune><hard_limit unit='GiB'/>
                </memtune><cputune><shares/><quota/></cputune><blkiotune><weight/></blkiotune>
                """,
            system: "<kernel/><initrd/><cmdline/>",
            devices: """
                <emulator/><disk type='file'><source file='/a'/><target dev='sda' bus='scsi'/><iotune><total_iops_sec/>
                <group_name/></iotune><serial/><wwn/><vendor/><product/></disk>
                <interface type='user'><link/><tune><sndbuf/></tune></interface>
                """,
            stored: ["<on_reboot>restart</on_reboot>", "<on_crash>destroy</on_crash>"],
            unstored: [
                "<title", "<description", "<iothreads", "<bootloader", "<hard_limit", "<shares", "<quota", "<weight",
                "<kernel", "<initrd", "<cmdline", "total_iops_sec", "group_name", "<serial", "<wwn", "<vendor",
                "<product", "<tune", "<link",
            ], unlined: ["\"vendor\"", "\"product\"", "-kernel", "-append"]),
        Case(
            label: "A display whose address is empty is seen on this host alone",
            devices: "<graphics type='vnc' listen=''/>", stored: ["<listen type='address'/>"],
            line: ["-vnc 127.0.0.1:0"]),
        Case(
            label: "So is one with an element for that",
            devices: """
                <graphics type='vnc' port='5910'><listen type='address' address=''/></graphics>
                """, line: ["-vnc 127.0.0.1:10"]),
        Case(
            label: "A display with a socket doesn't listen anywhere else",
            devices: "<graphics type='vnc' socket='/srv/x'><listen type='address' address='0.0.0.0'/></graphics>",
            stored: ["<graphics type='vnc' socket='/srv/x'>", "<listen type='socket' socket='/srv/x'/>"],
            unstored: ["0.0.0.0"], line: ["-vnc unix:/srv/x"]),
        Case(
            label: "A socket without a path is chosen",
            devices: "<graphics type='vnc'><listen type='socket' socket=''/></graphics>",
            stored: ["<listen type='socket'/>"], line: ["/vnc.sock"]),
        Case(
            label: "Nor does one that leaves open which", devices: "<graphics type='vnc' socket=''/>",
            stored: ["<listen type='socket'/>"]),
        Case(
            label: "Where nothing listens on a port, no browser is let in either",
            devices: "<graphics type='vnc' port='5910' websocket='5911'><listen type='none'/></graphics>",
            unstored: ["websocket"]),
        Case(
            label: "When a password ends is read where there is one",
            devices: "<graphics type='vnc' passwdValidTo='' connected='fail'/>",
            unstored: ["passwdValidTo", "connected"]),
        Case(
            label: "A card with an empty model has the usual one",
            devices: "<interface type='user'><model type=''/><script path=''/></interface>",
            stored: ["<model type='rtl8139'/>"], unstored: ["<script"]),
        Case(
            label: "Numbers of the host's addresses that aren't said are 0",
            devices: """
                <hostdev mode='subsystem' type='pci'><driver name='vfio'/><source><address slot='3'/></source></hostdev>
                <disk type='nvme'><source type='pci' namespace='1'><address bus='1'/></source><target dev='vda'/></disk>
                """,
            stored: [
                "<address domain='0x0000' bus='0x00' slot='0x03' function='0x0'/>",
                "<source type='pci' managed='yes' namespace='1'>",
                "<address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>",
            ]),
        Case(
            label: "Geometries that don't say all are none",
            devices: "<disk type='file'><source file='/a'/><target dev='vda'/><geometry cyls='9' secs='63'/></disk>",
            unstored: ["<geometry"]),
        Case(
            label: "A queue of no length is of the usual one",
            devices: """
                <interface type='user'><model type='virtio'/><driver name='qemu' rx_queue_size='0' tx_queue_size='0'/>
                </interface>
                """, unstored: ["queue_size"]),
        Case(
            label: "Labels are for files",
            devices: """
                <disk type='network'><source protocol='nbd'><host name='a'/><seclabel model='selinux' relabel='yes'>
                <label>a:b</label></seclabel></source><target dev='vda'/></disk>
                """, unstored: ["<seclabel"]),
        Case(
            label: "A card without a model isn't told of the kernel's part", architecture: "aarch64", machine: "virt",
            devices: "<interface type='user'><backend tap='/dev/net/tun' vhost='/dev/vhost-net'/></interface>",
            stored: ["<backend tap='/dev/net/tun'/>"]),
        Case(
            label: "The width of addresses is the host's with any CPU",
            domain: "<cpu><maxphysaddr mode='passthrough'/></cpu>", line: ["host-phys-bits=on"]),
    ]

    /// What only a run knows, in a document that was taken from a running machine.
    static let afterRun: [Case] = [
        Case(
            label: "Which bridge a network has is left to the network",
            devices: """
                <interface type='network'><source network='default' bridge='virbr0' portgroup='x'
                portid='3f1d6a52-7c0b-4a3e-9d55-0a4c6f1e2b11'/><target dev='vnet7'/></interface>
                """,
            stored: ["<source network='default' portgroup='x'/>"], unstored: ["<target dev="]),
        Case(
            label: "Names of devices that a start makes aren't kept, of whatever kind the interface is",
            devices: """
                <interface type='ethernet'><target dev='macvtap2'/></interface>
                <interface type='bridge'><source bridge='br0'/><target dev='macvlan0'/></interface>
                """, unstored: ["<target dev='mac"]),
        Case(
            label: "Names that are nobody's to manage are kept",
            devices: "<interface type='ethernet'><target dev='macvtap2' managed='no'/></interface>",
            stored: ["<target dev='macvtap2' managed='no'/>"]),
        Case(
            label: "A name that isn't said is none", devices: "<interface type='user'><alias/></interface>",
            unstored: ["<alias"]),
    ]

    /// Ports of switches: the UUIDs are made of the card's address.
    static let ported: [Case] = [
        Case(
            label: "A port whose kind the network says is known either way",
            devices: """
                <interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/><virtualport>
                <parameters profileid='x'/></virtualport></interface>
                """, stored: ["<parameters instanceid='", "' interfaceid='", "' profileid='x'/>"]),
        Case(
            label: "A port of 802.1Qbg is an instance",
            devices: """
                <interface type='direct'><mac address='52:54:00:00:00:01'/><source dev='eth0'/><virtualport type='802.1Qbg'>
                <parameters managerid='1' typeid='2' typeidversion='3'/></virtualport></interface>
                """,
            stored: ["<parameters managerid='1' typeid='2' typeidversion='3' instanceid='"], unstored: ["interfaceid"]),
        Case(
            label: "A port of 802.1Qbh has no UUID",
            devices: """
                <interface type='network'><source network='default'/><virtualport type='802.1Qbh'/></interface>
                """, unstored: ["instanceid", "interfaceid"]),
    ]
}
