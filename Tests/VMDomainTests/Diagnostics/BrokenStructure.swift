extension BrokenDocument {
    /// What is missing, there twice, or no XML at all.
    static let structure = [
        BrokenDocument(
            "a disk without target", devices: "1️⃣<disk type='file'><source file='/a'/></disk>",
            ["missing-element", "<disk> needs a <target> element"]),
        BrokenDocument(
            "a target without name", devices: "<disk type='file'><source file='/a'/>1️⃣<target bus='virtio'/></disk>",
            ["missing-attribute", "<target> needs the attribute 'dev'"]),
        BrokenDocument(
            "a domain without name",
            document: "1️⃣<domain type='qemu'><memory>1</memory><os><type>hvm</type></os></domain>",
            ["missing-element", "<domain> needs a <name> element"]),
        BrokenDocument(
            "a domain without type",
            document: "1️⃣<domain><name>t</name><memory>1</memory><os><type>hvm</type></os></domain>",
            ["missing-attribute", "<domain> needs the attribute 'type'"]),
        BrokenDocument(
            "a domain without operating system", document: "<domain type='qemu'><name>t</name>1️⃣<os/></domain>",
            ["missing-element", "<os> needs a <type> element"]),
        BrokenDocument(
            "a CPU feature without name", "<cpu>1️⃣<feature policy='require'/></cpu>",
            ["missing-attribute", "<feature> needs the attribute 'name'"]),
        BrokenDocument(
            "features of a CPU without model", "<cpu mode='custom'>1️⃣<feature policy='require' name='aes'/></cpu>",
            ["missing-element", "a CPU with features needs a <model>"]),
        BrokenDocument(
            "a topology without threads", "<cpu>1️⃣<topology sockets='2' cores='2'/></cpu>",
            ["missing-attribute", "<topology> needs the attribute 'threads'"]),
        BrokenDocument(
            "an absolute clock without start", "1️⃣<clock offset='absolute'/>",
            ["missing-attribute", "<clock> needs the attribute 'start'"]),
        BrokenDocument(
            "a sev guest without policy", "1️⃣<launchSecurity type='sev'/>",
            ["missing-element", "<launchSecurity> needs a <policy> element"]),
        BrokenDocument(
            "a cipher without state", "<keywrap>1️⃣<cipher name='aes'/></keywrap>",
            ["missing-attribute", "<cipher> needs the attribute 'state'", "on or off"]),
        BrokenDocument(
            "a range of ids without count",
            "<idmap>1️⃣<uid start='0' target='1000'/><gid start='0' target='1000' count='1'/></idmap>",
            ["missing-attribute", "<uid> needs the attribute 'count'"]),
        BrokenDocument(
            "two names", "1️⃣<name>other</name>",
            ["duplicate-element", "<name> may stand only once in <domain>", "line 2"]),
        BrokenDocument(
            "two memories", "1️⃣<memory>1</memory>", ["duplicate-element", "the first is in line 3"]),
        BrokenDocument(
            "two targets",
            devices: "<disk type='file'><source file='/a'/><target dev='vda'/>1️⃣<target dev='vdb'/></disk>",
            ["duplicate-element", "<target> may stand only once in <disk>"]),
        BrokenDocument(
            "two lists of devices", "<devices/>1️⃣<devices/>", ["duplicate-element", "<devices> may stand only once"]),
        BrokenDocument(
            "a whole document of another kind", document: "1️⃣<network><name>default</name></network>",
            ["wrong-root", "the root element is <network>, expecting <domain>"]),
        BrokenDocument(
            "a device as the document", document: "1️⃣<disk type='file'/>",
            ["wrong-root", "expecting <domain>", "<disk> stands in <devices>"]),
        BrokenDocument(
            "the root misspelled", document: "1️⃣<domian type='qemu'/>", ["wrong-root", "did you mean 'domain'"]),
        BrokenDocument(
            "a domain in a namespace", document: "1️⃣<domain xmlns='urn:x' type='qemu'><name>t</name></domain>",
            ["wrong-root", "must stand in no namespace", "urn:x"]),
        BrokenDocument("nothing", document: "1️⃣", ["empty-document", "the document is empty"]),
        BrokenDocument("blanks", document: "1️⃣ \n ", ["empty-document", "the document is empty"]),
        BrokenDocument("no XML", document: "1️⃣hello", ["not-well-formed", "not well-formed XML"]),
        BrokenDocument(
            "an end tag of another name", document: "<domain type='qemu'><name>t</name2>1️⃣</domain>",
            ["not-well-formed", "not well-formed XML"]),
        BrokenDocument(
            "an end that is missing", document: "<domain type='qemu'><name>t</name>1️⃣", ["not-well-formed"]),
        BrokenDocument(
            "an attribute without quotes", document: "<domain type=1️⃣qemu><name>t</name></domain>", ["not-well-formed"]),
        BrokenDocument(
            "an attribute without value", document: "<domain type1️⃣><name>t</name></domain>", ["not-well-formed"]),
        BrokenDocument(
            "an attribute twice", document: "<domain type='kvm' type='qemu'1️⃣><name>t</name></domain>",
            ["not-well-formed", "redefined"]),
        BrokenDocument(
            "a bare ampersand", document: "<domain type='qemu'><name>a &1️⃣ b</name></domain>", ["not-well-formed"]),
        BrokenDocument(
            "an entity of HTML", document: "<domain type='qemu'><name>a&nbsp;1️⃣b</name></domain>",
            ["not-well-formed", "nbsp"]),
        BrokenDocument(
            "a bare angle bracket", document: "<domain type='qemu'><name>a <1️⃣ b</name></domain>", ["not-well-formed"]),
        BrokenDocument(
            "text behind the end",
            document: "<domain type='qemu'><name>t</name><os><type>hvm</type></os></domain>1️⃣x", ["not-well-formed"]),
        BrokenDocument(
            "a second root",
            document: "<domain type='qemu'><name>t</name><os><type>hvm</type></os></domain>1️⃣<domain/>",
            ["not-well-formed"]),
        BrokenDocument(
            "a document type", document: "<!DOCTYPE domain1️⃣><domain type='qemu'/>",
            ["doctype", "a DOCTYPE is not accepted"]),
        BrokenDocument(
            "an entity of its own",
            document: "<!DOCTYPE d 1️⃣[<!ENTITY a 'b'>]><domain type='qemu'><name>&a;</name></domain>",
            ["doctype", "a DOCTYPE is not accepted"]),
        BrokenDocument(
            "another address for QEMU's prefix",
            document: """
                <domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/2.0'>
                  <name>t</name><memory>1024</memory><os><type>hvm</type></os>
                  1️⃣<qemu:commandline><qemu:arg value='-S'/></qemu:commandline>
                </domain>
                """,
            ["unknown-namespace", "http://libvirt.org/schemas/domain/qemu/1.0"]),
        BrokenDocument(
            "QEMU's prefix without declaration",
            "1️⃣<qemu:commandline><qemu:arg value='-S'/></qemu:commandline>",
            ["unknown-element", "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'"]),
        BrokenDocument(
            "a misspelt policy for I/O errors",
            "<metadata><v:ioerror xmlns:v='urn:vmctl:domain:1' resume='1️⃣when-space-return' free='2️⃣much'/></metadata>",
            [
                "invalid-value", "of 'resume' in <v:ioerror>: never or when-space-returns",
                "did you mean 'when-space-returns'",
            ],
            ["invalid-value", "'much' is not a value of 'free' in <v:ioerror>"]),
        BrokenDocument(
            "a policy for I/O errors by another name",
            "<metadata xmlns:v='urn:vmctl:domain:1'>1️⃣<v:ioeror resume='never'/></metadata>",
            ["unknown-element", "vmctl has no element <v:ioeror>", "did you mean 'ioerror'"]),
        BrokenDocument(
            "an attribute that the policy for I/O errors doesn't have, and none that it needs",
            "<metadata><a:b xmlns:a='urn:a'/>1️⃣<v:ioerror xmlns:v='urn:vmctl:domain:1' resum='2️⃣never'/></metadata>",
            ["missing-attribute", "<v:ioerror> needs the attribute 'resume'"],
            ["unknown-attribute", "<v:ioerror> has no attribute 'resum'", "did you mean 'resume'"]),
        BrokenDocument(
            "another version of vmctl's namespace",
            "<metadata>1️⃣<v:ioerror xmlns:v='urn:vmctl:domain:2' resume='never'/></metadata>",
            ["unknown-namespace", "urn:vmctl:domain:1"]),
    ]
}
