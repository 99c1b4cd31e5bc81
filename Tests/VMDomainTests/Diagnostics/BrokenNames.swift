extension BrokenDocument {
    /// Elements and attributes that don't exist, or not there.
    static let names = [
        BrokenDocument(
            "a letter too many in an element", "1️⃣<memmory>1</memmory>",
            ["unknown-element", "<domain> has no element <memmory>", "did you mean 'memory'"]),
        BrokenDocument(
            "a letter swapped in an element", "1️⃣<feautres><acpi/></feautres>",
            ["unknown-element", "did you mean 'features'"]),
        BrokenDocument(
            "an element in capitals", "1️⃣<VCPU>2</VCPU>", ["unknown-element", "did you mean 'vcpu'"]),
        BrokenDocument(
            "a camel-case element in lower case", "1️⃣<currentmemory>1</currentmemory>",
            ["unknown-element", "did you mean 'currentMemory'"]),
        BrokenDocument(
            "an element from nowhere", "1️⃣<gpu/>", ["unknown-element", "<domain> has no element <gpu>"]),
        BrokenDocument(
            "a disk outside of devices", "1️⃣<disk type='file'><source file='/a'/><target dev='vda'/></disk>",
            ["unknown-element", "<disk> stands in <devices>"]),
        BrokenDocument(
            "an emulator outside of devices", "1️⃣<emulator>/usr/bin/qemu</emulator>",
            ["unknown-element", "<emulator> stands in <devices>"]),
        BrokenDocument(
            "a topology outside of cpu", "1️⃣<topology sockets='1' cores='4' threads='1'/>",
            ["unknown-element", "<topology> stands in <cpu>"]),
        BrokenDocument(
            "acpi outside of features", "1️⃣<acpi/>", ["unknown-element", "<acpi> stands in <"]),
        BrokenDocument(
            "sleep among the devices", devices: "1️⃣<pm><suspend-to-mem enabled='no'/></pm>",
            ["unknown-element", "<pm> stands in <domain>"]),
        BrokenDocument(
            "a boot order in the target",
            devices:
                "<disk type='file'><source file='/a'/><target dev='vda' bus='virtio'>1️⃣<boot order='1'/></target></disk>",
            ["unknown-element", "<target> has no element <boot>", "<boot> stands in"]),
        BrokenDocument(
            "a typing error in an attribute",
            devices: "<disk type='file'><source file='/a'/><target dev='vda' 1️⃣buss='virtio'/></disk>",
            ["unknown-attribute", "<target> has no attribute 'buss'", "did you mean 'bus'"]),
        BrokenDocument(
            "an attribute in capitals",
            devices: "<disk type='file' 1️⃣DEVICE='cdrom'><source file='/a'/><target dev='sda'/></disk>",
            ["unknown-attribute", "did you mean 'device'"]),
        BrokenDocument(
            "a block device's attribute in a file's source",
            devices: "<disk type='file'><source 1️⃣dev='/dev/sdb'/><target dev='vda'/></disk>",
            ["unknown-attribute", "it belongs to type='block'", "of <disk>"]),
        BrokenDocument(
            "a file's attribute in a block device's source",
            devices: "<disk type='block'><source 1️⃣file='/a.img'/><target dev='vda'/></disk>",
            ["unknown-attribute", "it belongs to type='file' of <disk>"]),
        BrokenDocument(
            "the path in the disk itself",
            devices: "<disk type='file' 1️⃣file='/a'><source file='/a'/><target dev='vda'/></disk>",
            ["unknown-attribute", "<source> in it has one"]),
        BrokenDocument(
            "an element written as an attribute",
            devices: "<disk type='file' 1️⃣target='vda'><source file='/a'/><target dev='vda'/></disk>",
            ["unknown-attribute", "<target> is an element of its own"]),
        BrokenDocument(
            "an attribute written as an element",
            devices: "<disk type='file'>1️⃣<device>cdrom</device><source file='/a'/><target dev='vda'/></disk>",
            ["unknown-element", "'device' is an attribute of it"]),
        BrokenDocument(
            "a bridge in an interface of type user",
            devices: "<interface type='user'><source 1️⃣bridge='br0'/></interface>",
            ["unknown-attribute", "it belongs to type="]),
        BrokenDocument(
            "PCI numbers in a USB address",
            devices: "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1' 1️⃣slot='3'/></input>",
            ["unknown-attribute", "it belongs to type='pci'"]),
        BrokenDocument(
            "the type misspelled",
            devices: "<disk 1️⃣typ='file'><source file='/a'/><target dev='vda'/></disk>",
            ["unknown-attribute", "did you mean 'type'"]),
        BrokenDocument(
            "a clock's timer with a wrong name of an attribute",
            "<clock offset='utc'><timer name='rtc' 1️⃣tickpolcy='delay'/></clock>",
            ["unknown-attribute", "did you mean 'tickpolicy'"]),
        BrokenDocument(
            "a timezone for UTC", "<clock offset='utc' 1️⃣timezone='Europe/Berlin'/>",
            ["unknown-attribute", "it belongs to offset='timezone'"]),
        BrokenDocument(
            "a child of the wrong launch security",
            "<launchSecurity type='sev'><policy>0x1</policy>1️⃣<hostData>x</hostData></launchSecurity>",
            ["unknown-element", "it belongs to type='sev-snp'"]),
        BrokenDocument(
            "QEMU's elements without their namespace", "1️⃣<commandline><arg value='-S'/></commandline>",
            ["unknown-element", "<domain> has no element <commandline>"]),
        BrokenDocument(
            "a misspelled child of QEMU's command line",
            document: """
                <domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
                  <name>t</name><memory>1024</memory><vcpu>1</vcpu>
                  <os><type>hvm</type></os>
                  <qemu:commandline>1️⃣<qemu:args value='-S'/></qemu:commandline>
                </domain>
                """,
            ["unknown-element", "<qemu:commandline> has no element <qemu:args>", "did you mean 'qemu:arg'"]),
        BrokenDocument(
            "text where only elements belong", "<features>1️⃣acpi</features>",
            ["stray-text", "<features> holds no text", "'acpi'"]),
        BrokenDocument(
            "an element in a text", "<title>a1️⃣<b/></title>", ["unknown-element", "<title> has no element <b>"]),
        BrokenDocument(
            "memory that can grow to nothing", "<maxMemory slots='1' unit='GiB'>1️⃣0</maxMemory>",
            ["memory-zero", "can't be 0"]),
        BrokenDocument(
            "a CPU feature's policy misspelled", "<cpu><feature 1️⃣polcy='require' name='vmx'/></cpu>",
            ["unknown-attribute", "did you mean 'policy'"]),
        BrokenDocument(
            "an alias with the wrong attribute",
            devices: "<disk type='file'><source file='/a'/><target dev='vda'/><alias 1️⃣id='ua-x'/></disk>",
            ["unknown-attribute", "<alias> has no attribute 'id'"]),
    ]
}

extension String {
    /// The first occurrence of `old` replaced.
    func replacingFirst(_ old: String, _ new: String) -> String {
        let parts = split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 ? parts[0] + new + parts[1] : self
    }
}
