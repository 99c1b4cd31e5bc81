extension BrokenDocument {
    private static func disk(_ dev: String, _ rest: String = "") -> String {
        "<disk type='file'><source file='/\(dev)'/><target dev='\(dev)' bus='virtio'/>\(rest)</disk>"
    }

    private static let random = "<backend model='random'>/dev/urandom</backend>"

    /// Devices that get in each other's way.
    static let crossReferences = [
        BrokenDocument(
            "two disks of one name",
            devices: disk("vda") + "\n" + disk("1️⃣vda").replacingFirst("/1️⃣vda", "/vda"),
            ["duplicate-target", "the target 'vda' belongs to the disk in line 7 already"]),
        BrokenDocument(
            "two devices in one PCI slot",
            devices: "<rng model='virtio'>\(random)<address type='pci' bus='1' slot='0' function='0'/></rng>\n"
                + "<rng model='virtio'>\(random)1️⃣<address type='pci' bus='1' slot='0' function='0'/></rng>",
            ["duplicate-address", "PCI address 0000:01:00.0 is taken by the <rng> in line 7"]),
        BrokenDocument(
            "two disks on one drive address",
            devices: "<disk type='file'><source file='/a'/><target dev='sda' bus='scsi'/>"
                + "<address type='drive' controller='0' bus='0' target='0' unit='1'/></disk>\n"
                + "<disk type='file'><source file='/b'/><target dev='sdc' bus='scsi'/>"
                + "1️⃣<address type='drive' controller='0' bus='0' target='0' unit='1'/></disk>",
            ["duplicate-address", "scsi address controller 0, bus 0, target 0, unit 1"]),
        BrokenDocument(
            "an address against the one that a name implies",
            devices: "<disk type='file'><source file='/a'/><target dev='hda' bus='ide'/></disk>\n"
                + "<disk type='file'><source file='/b'/><target dev='hdb' bus='ide'/>"
                + "1️⃣<address type='drive' controller='0' bus='0' target='0' unit='0'/></disk>", machine: "pc",
            ["duplicate-address", "ide address"]),
        BrokenDocument(
            "one image for two disks",
            devices: "<disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/></disk>\n"
                + "<disk type='file'>1️⃣<source file='/a'/><target dev='vdb' bus='virtio'/></disk>",
            ["same-image", "'vdb' is the same file as 'vda' in line 7"]),
        BrokenDocument(
            "two devices on one USB port",
            devices: "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input>\n"
                + "<input type='mouse' bus='usb'>1️⃣<address type='usb' bus='0' port='1'/></input>",
            ["duplicate-address", "port 1 of USB bus 0"]),
        BrokenDocument(
            "two devices with one place in the boot order",
            devices: disk("vda", "<boot order='1'/>") + "\n" + disk("vdb", "<boot order='1️⃣1'/>"),
            ["duplicate-boot-order", "the boot order 1 belongs to the device in line 7 already"]),
        BrokenDocument(
            "two devices of one alias",
            devices: disk("vda", "<alias name='ua-a'/>") + "\n" + disk("vdb", "<alias name='1️⃣ua-a'/>"),
            ["duplicate-alias", "'ua-a'"]),
        BrokenDocument(
            "an alias with a blank", devices: disk("vda", "<alias name='1️⃣ua-a b'/>"),
            ["invalid-alias", "letters, digits"]),
        BrokenDocument(
            "boot orders of devices and of classes",
            document: """
                <domain type='qemu'><name>t</name><memory>1024</memory>
                <os><type>hvm</type><boot dev='hd'/></os>
                <devices><disk type='file'><source file='/a'/><target dev='vda'/>1️⃣<boot order='1'/></disk></devices></domain>
                """,
            ["two-boot-orders", "<os> has <boot> in line 2 too"]),
        BrokenDocument(
            "two controllers of one number",
            devices: "<controller type='scsi' index='0'/>\n<controller type='scsi' index='1️⃣0'/>",
            ["duplicate-controller", "the scsi controller 0 is there in line 7 already"]),
        BrokenDocument(
            "the root bus of another machine", devices: "<controller type='pci' index='0' model='1️⃣pci-root'/>",
            ["wrong-root-bus", "pcie-root"]),
        BrokenDocument(
            "a root bus with an address",
            devices: "<controller type='pci' index='0' model='pcie-root'>1️⃣<address type='pci' slot='1'/></controller>",
            ["root-address", "no address"]),
        BrokenDocument(
            "a USB tablet on a machine without USB",
            devices: "<controller type='usb' model='none'/>\n1️⃣<input type='tablet' bus='usb'/>",
            ["usb-disabled", "needs USB"]),
        BrokenDocument(
            "a floppy with the name of a disk",
            devices: "<disk type='file' device='floppy'><source file='/a'/><target dev='1️⃣sda' bus='fdc'/></disk>",
            ["target-name", "a floppy's target begins with 'fd'"]),
        BrokenDocument(
            "a target that is no name of a disk",
            devices: "<disk type='file'><source file='/a'/><target dev='1️⃣disk1'/></disk>",
            ["target-name", "'disk1' is no name of a disk such as 'vda'"]),
        BrokenDocument(
            "a target's name against its bus",
            devices: "<disk type='file'><source file='/a'/>1️⃣<target dev='vda' bus='sata'/></disk>"
                .replacingFirst("1️⃣<target dev='", "<target dev='1️⃣"),
            ["target-bus", "looks like virtio, but its bus is 'sata'"]),
        BrokenDocument(
            "a relative path of the emulator", devices: "1️⃣<emulator>qemu-system-x86_64</emulator>",
            ["relative-path", "must be absolute"]),
    ]
}
