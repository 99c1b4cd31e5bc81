extension BrokenDocument {
    /// Mistakes in documents of many lines, with tabs, comments and characters of several bytes.
    static let texts = [
        BrokenDocument(
            "several mistakes at once",
            devices: """
                <disk type='file' 1️⃣devise='cdrom'>
                  <source 2️⃣dev='/a'/>
                  <target dev='vda' bus='3️⃣virtoi'/>
                  4️⃣<readnoly/>
                </disk>
                """,
            ["unknown-attribute", "'device'"], ["unknown-attribute", "type='block'"], ["invalid-value", "'virtio'"],
            ["unknown-element", "'readonly'"]),
        BrokenDocument(
            "a mistake behind characters of several bytes", "<title>größer 🙂 漢字</title>1️⃣<mempry/>",
            ["unknown-element", "did you mean 'memory'"]),
        BrokenDocument(
            "a blank that only looks like one", "<features>1️⃣\u{a0}<acpi/></features><iothreads>2️⃣2\u{a0}</iothreads>",
            ["stray-text", "has '[U+00A0]'"], ["invalid-value", "'2[U+00A0]' is not a value"]),
        BrokenDocument(
            "a mistake behind tabs", "\t\t<features>\n\t\t\t1️⃣<acpy/>\n\t\t</features>",
            ["unknown-element", "did you mean 'acpi'"]),
        BrokenDocument(
            "a mistake behind a comment with tags", "<!-- <disk> > --><features><!-- x -->1️⃣<apik/></features>",
            ["unknown-element", "did you mean 'apic'"]),
        BrokenDocument(
            "a wrong value behind one that looks like it",
            devices: "<disk type='file'><source file='bus=&quot;x&quot;'/><target dev='vda' bus = \"1️⃣x\"/></disk>",
            ["invalid-value", "'x' is not a value of 'bus'"]),
        BrokenDocument(
            "a wrong value over several lines",
            devices: "<disk\n type='file'\n  device =\n   '1️⃣dvd'><source file='/a'/><target dev='vda'/></disk>",
            ["invalid-value", "'dvd' is not a value of 'device'"]),
        BrokenDocument(
            "a wrong value with an angle bracket",
            devices: "<disk type='file'><source file='/a'/><target dev='vda' bus='1️⃣a>b'/></disk>",
            ["invalid-value", "'a>b'"]),
        BrokenDocument(
            "a wrong number in CDATA", "<cputune><shares>1️⃣<![CDATA[many]]></shares></cputune>",
            ["invalid-value", "'many' is not a value of <shares>"]),
        BrokenDocument(
            "a wrong number with a comment in it", "<cputune><shares>1️⃣12<!-- x -->y</shares></cputune>",
            ["invalid-value", "'12y'"]),
        BrokenDocument(
            "a value with a line break",
            devices: "<disk type='file'><source file='/a'/><target dev='vda' bus='1️⃣vir\ntio'/></disk>",
            ["invalid-value", "'vir tio'"]),
        BrokenDocument(
            "a very long value",
            devices: "<disk type='file'><source file='/a'/><target dev='vda' bus='1️⃣"
                + String(repeating: "x", count: 5000) + "'/></disk>",
            ["invalid-value", "xxx…"]),
        BrokenDocument(
            "a document on Windows' lines", "<features>\r\n1️⃣<acpy/>\r\n</features>",
            ["unknown-element", "did you mean 'acpi'"]),
    ]
}
