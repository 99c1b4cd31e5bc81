extension BrokenDocument {
    /// Words, numbers and names that aren't what the place takes.
    static let values = [
        BrokenDocument(
            "a typing error in a word",
            devices: "<disk type='file' device='1️⃣cdrm'><source file='/a'/><target dev='sda'/></disk>",
            ["invalid-value", "'cdrm' is not a value of 'device'", "did you mean 'cdrom'"]),
        BrokenDocument(
            "a word in capitals", devices: "<disk type='1️⃣File'><source file='/a'/><target dev='vda'/></disk>",
            ["invalid-value", "did you mean 'file'"]),
        BrokenDocument(
            "a bus that doesn't exist",
            devices: "<disk type='file'><source file='/a'/><target dev='vda' bus='1️⃣warp'/></disk>",
            ["invalid-value", "'warp' is not a value of 'bus' in <target>", "virtio"]),
        BrokenDocument(
            "yes where on is meant", "<features><pmu state='1️⃣yes'/></features>",
            ["invalid-value", "'yes' is not a value of 'state'", "on or off"]),
        BrokenDocument(
            "on where yes is meant", "<pm><suspend-to-mem enabled='1️⃣on'/></pm>",
            ["invalid-value", "'on' is not a value of 'enabled'", "yes or no"]),
        BrokenDocument(
            "true where yes is meant", "<pm><suspend-to-disk enabled='1️⃣true'/></pm>", ["invalid-value", "yes or no"]),
        BrokenDocument(
            "an empty word", devices: "<disk type='1️⃣'><source file='/a'/><target dev='vda'/></disk>",
            ["invalid-value", "file"]),
        BrokenDocument(
            "a domain of an unknown hypervisor",
            document: "<domain type='1️⃣qemukvm'><name>t</name><memory>1</memory><os><type>hvm</type></os></domain>",
            ["invalid-value", "'qemukvm' is not a value of 'type' in <domain>"]),
        BrokenDocument(
            "a number with letters", "<cputune><shares>1️⃣10x</shares></cputune>",
            ["invalid-value", "'10x' is not a value of <shares>", "a whole number"]),
        BrokenDocument(
            "a negative number of CPUs", "<vcpus><vcpu id='1️⃣-1' enabled='yes'/></vcpus>",
            ["invalid-value", "a whole number from 0 to 4294967295"]),
        BrokenDocument(
            "a number beyond 64 bits", "<memtune><hard_limit>1️⃣99999999999999999999</hard_limit></memtune>",
            ["invalid-value", "a whole number"]),
        BrokenDocument(
            "a size beyond 64 bits", "<memtune><hard_limit unit='EiB'>1️⃣17</hard_limit></memtune>",
            ["number-too-large", "larger than 64 bits hold"]),
        BrokenDocument(
            "a number in exponent form", "<cputune><period>1️⃣1e5</period></cputune>", ["invalid-value", "'1e5'"]),
        BrokenDocument(
            "a fraction", "<cputune><shares>1️⃣1.5</shares></cputune>", ["invalid-value", "'1.5'"]),
        BrokenDocument(
            "an unknown unit", "<memtune><hard_limit unit='1️⃣Kilobyte'>1</hard_limit></memtune>",
            ["invalid-value", "'Kilobyte' is not a value of 'unit'"]),
        BrokenDocument(
            "a unit in the number", "<memtune><hard_limit>1️⃣1GiB</hard_limit></memtune>",
            ["invalid-value", "'1GiB' is not a value of <hard_limit>"]),
        BrokenDocument(
            "no number at all", "<iothreads> 1️⃣</iothreads>", ["invalid-value", "' ' is not a value of <iothreads>"]),
        BrokenDocument(
            "a UUID with a letter too few", "<uuid>1️⃣c7a5fdbd-edaf-9455-926a-d65c16db180</uuid>",
            ["invalid-value", "a UUID such as"]),
        BrokenDocument(
            "a UUID of zeros", "1️⃣<uuid>00000000-0000-0000-0000-000000000000</uuid>",
            ["zero-uuid", "must not be all zeros"]),
        BrokenDocument(
            "a MAC address with five bytes",
            devices: "<interface type='user'><mac address='1️⃣52:54:00:12:34'/></interface>",
            ["invalid-value", "a MAC address such as 52:54:00:12:34:56"]),
        BrokenDocument(
            "a MAC address with a letter that isn't hexadecimal",
            devices: "<interface type='user'><mac address='1️⃣52:54:00:12:34:5g'/></interface>",
            ["invalid-value", "a MAC address"]),
        BrokenDocument(
            "a PCI slot beyond the bus",
            devices: "<rng model='virtio'><backend model='random'>/dev/urandom</backend>"
                + "<address type='pci' domain='0' bus='0' slot='1️⃣0x20' function='0'/></rng>",
            ["invalid-value", "'0x20' is not a value of 'slot'", "0x1f"]),
        BrokenDocument(
            "a PCI function beyond the device",
            devices: "<rng model='virtio'><backend model='random'>/dev/urandom</backend>"
                + "<address type='pci' domain='0' bus='0' slot='1' function='1️⃣8'/></rng>",
            ["invalid-value", "'8' is not a value of 'function'"]),
        BrokenDocument(
            "a CPU set with letters", "<cputune><emulatorpin cpuset='1️⃣a-b'/></cputune>",
            ["invalid-value", "numbers and ranges"]),
        BrokenDocument(
            "a CPU set backwards", "<cputune><emulatorpin cpuset='1️⃣3-1'/></cputune>", ["invalid-value", "'3-1'"]),
        BrokenDocument(
            "an empty CPU set", "<cputune><emulatorpin cpuset='1️⃣1,^1'/></cputune>", ["invalid-value", "'1,^1'"]),
        BrokenDocument(
            "a boot order of zero",
            devices: "<disk type='file'><source file='/a'/><target dev='vda'/><boot order='1️⃣0'/></disk>",
            ["invalid-value", "'0' is not a value of 'order'"]),
        BrokenDocument(
            "a boot order that is a word",
            devices: "<disk type='file'><source file='/a'/><target dev='vda'/><boot order='1️⃣first'/></disk>",
            ["invalid-value", "'first'"]),
        BrokenDocument(
            "an unknown action", "<on_poweroff>1️⃣reboot</on_poweroff>",
            ["invalid-value", "'reboot' is not a value of <on_poweroff>", "destroy"]),
        BrokenDocument(
            "the crash action of coredumps misspelled", "<on_crash>1️⃣coredump-restrat</on_crash>",
            ["invalid-value", "did you mean 'coredump-restart'"]),
        BrokenDocument(
            "an unknown CPU mode", "<cpu mode='1️⃣host'/>",
            ["invalid-value", "'host' is not a value of 'mode' in <cpu>", "host-passthrough"]),
        BrokenDocument(
            "a CPU mode misspelled", "<cpu mode='1️⃣host-passthru'/>",
            ["invalid-value", "did you mean 'host-passthrough'"]),
        BrokenDocument(
            "an unknown policy of a feature", "<cpu><feature policy='1️⃣enable' name='x'/></cpu>",
            ["invalid-value", "require"]),
        BrokenDocument(
            "an unknown offset of the clock", "<clock offset='1️⃣UTC'/>", ["invalid-value", "did you mean 'utc'"]),
        BrokenDocument(
            "an unknown timer", "<clock offset='utc'><timer name='1️⃣kvm-clock'/></clock>",
            ["invalid-value", "did you mean 'kvmclock'"]),
        BrokenDocument(
            "an unknown device of the boot order", "<os><type>hvm</type><boot dev='1️⃣disk'/></os>",
            document: (), ["invalid-value", "'disk' is not a value of 'dev' in <boot>", "fd, hd, cdrom or network"]),
        BrokenDocument(
            "an unknown firmware", "<os firmware='1️⃣uefi'><type>hvm</type></os>", document: (),
            ["invalid-value", "did you mean 'efi'"]),
        BrokenDocument(
            "an unknown type of loader", "<os><type>hvm</type><loader type='1️⃣flash'>/a</loader></os>", document: (),
            ["invalid-value", "did you mean 'pflash'"]),
        BrokenDocument(
            "a boot menu's timeout beyond 16 bits",
            "<os><type>hvm</type><bootmenu enable='yes' timeout='1️⃣65536'/></os>", document: (),
            ["invalid-value", "0 to 65535"]),
        BrokenDocument(
            "a kind of operating system that isn't one", "<os>1️⃣<type>linuxx</type></os>", document: (),
            ["invalid-value", "'linuxx' is no kind of operating system"]),
        BrokenDocument(
            "a BIOS date the wrong way round",
            "<sysinfo type='smbios'><bios><entry name='date'>1️⃣2024-01-31</entry></bios></sysinfo>",
            ["invalid-date", "MM/DD/YYYY"]),
        BrokenDocument(
            "an unknown entry of SMBIOS",
            "<sysinfo type='smbios'><bios><entry name='1️⃣vender'>x</entry></bios></sysinfo>",
            ["invalid-value", "did you mean 'vendor'"]),
        BrokenDocument(
            "a spice port that is a word",
            devices: "<graphics type='vnc' port='1️⃣auto'/>", ["invalid-value", "'auto' is not a value of 'port'"]),
    ]

    /// What stands in place of `<os>` in an otherwise complete `<domain>`.
    init(_ title: String, _ os: String, document: Void, _ expected: [String]...) {
        let text = """
            <domain type='qemu'>
              <name>test</name>
              <memory unit='MiB'>512</memory>
              <vcpu>4</vcpu>
              \(os)
            </domain>
            """
        self.init(title, document: text, [])
        self.expected = expected
    }
}
