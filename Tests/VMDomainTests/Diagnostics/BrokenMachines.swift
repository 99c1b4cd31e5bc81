extension BrokenDocument {
    /// Machines that make no sense outside their devices.
    static let machines = [
        BrokenDocument(
            "no memory",
            document: """
                <domain type='qemu'><name>t</name><memory>1️⃣0</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>
                """, ["memory-zero", "the machine needs memory"]),
        BrokenDocument(
            "no virtual CPU",
            document: """
                <domain type='qemu'><name>t</name><memory>1024</memory><vcpu>1️⃣0</vcpu><os><type>hvm</type></os></domain>
                """, ["vcpu-zero", "at least one virtual CPU"]),
        BrokenDocument(
            "more current CPUs than there are",
            document: """
                <domain type='qemu'><name>t</name><memory>1024</memory><vcpu current='1️⃣3'>2</vcpu>\
                <os><type>hvm</type></os></domain>
                """, ["vcpu-order", "3 current virtual CPUs are more than the largest number of 2"]),
        BrokenDocument(
            "a million CPUs",
            document: """
                <domain type='qemu'><name>t</name><memory>1024</memory><vcpu>1️⃣1000000</vcpu>\
                <os><type>hvm</type></os></domain>
                """, ["vcpu-too-many", "1000000"]),
        BrokenDocument(
            "more current memory than memory", "<currentMemory unit='GiB'>1️⃣1</currentMemory>",
            ["memory-order", "exceeds the memory of 512 MiB"]),
        BrokenDocument(
            "less maximum memory than memory",
            "<maxMemory slots='2' unit='MiB'>1️⃣256</maxMemory>"
                + "<cpu><numa><cell id='0' cpus='0-3' memory='512' unit='MiB'/></numa></cpu>",
            ["memory-order", "less than the memory"]),
        BrokenDocument(
            "a name with a slash",
            document: "<domain type='qemu'>1️⃣<name>a/b</name><memory>1024</memory><os><type>hvm</type></os></domain>",
            ["invalid-name", "can't contain '/'"]),
        BrokenDocument(
            "a name with a line break",
            document:
                "<domain type='qemu'>1️⃣<name>a\nb</name><memory>1024</memory><os><type>hvm</type></os></domain>",
            ["invalid-name", "control characters"]),
        BrokenDocument(
            "a name of two dots",
            document: "<domain type='qemu'>1️⃣<name>..</name><memory>1024</memory><os><type>hvm</type></os></domain>",
            ["invalid-name", "'..'"]),
        BrokenDocument(
            "an empty name",
            document: "1️⃣<domain type='qemu'><name></name><memory>1024</memory><os><type>hvm</type></os></domain>",
            ["missing-element", "<domain> needs a <name> element"]),
        BrokenDocument(
            "a name of 300 bytes",
            document: "<domain type='qemu'>1️⃣<name>" + String(repeating: "あ", count: 100)
                + "</name><memory>1024</memory><os><type>hvm</type></os></domain>",
            ["invalid-name", "300 bytes, more than the 200 allowed"]),
        BrokenDocument(
            "a name that looks like an option",
            document: "<domain type='qemu'>1️⃣<name>-rf</name><memory>1024</memory><os><type>hvm</type></os></domain>",
            ["doubtful-name", "begins with '-'"]),
        BrokenDocument(
            "a name that turns the reading direction",
            document:
                "<domain type='qemu'>1️⃣<name>a\u{202e}b</name><memory>1024</memory><os><type>hvm</type></os></domain>",
            ["doubtful-name", "direction-changing"]),
        BrokenDocument("a title of two lines", "1️⃣<title>a\nb</title>", ["invalid-title", "one line"]),
        BrokenDocument(
            "a topology that doesn't fit the CPUs", "<cpu>1️⃣<topology sockets='1' cores='2' threads='1'/></cpu>",
            ["topology-mismatch", "makes 2 virtual CPUs, but <vcpu> has 4"]),
        BrokenDocument(
            "a topology without cores", "<cpu><topology sockets='4' cores='1️⃣0' threads='1'/></cpu>",
            ["topology-zero", "the number of cores can't be 0"]),
        BrokenDocument(
            "a NUMA cell with a CPU that isn't there",
            "<cpu><numa><cell id='0' cpus='1️⃣0-4' memory='1'/></numa></cpu>",
            ["missing-vcpu", "virtual CPU 4, but <vcpu> has 4, counted from 0"]),
        BrokenDocument(
            "two NUMA cells with one CPU",
            "<cpu><numa><cell id='0' cpus='0-1' memory='1'/><cell id='1' cpus='1️⃣1-2' memory='1'/></numa></cpu>",
            ["duplicate-vcpu", "in line 6 already"]),
        BrokenDocument(
            "a NUMA cell twice",
            "<cpu><numa><cell id='0' memory='1'/><cell id='1️⃣0' memory='1'/></numa></cpu>",
            ["duplicate-cell", "NUMA cell 0 is there twice"]),
        BrokenDocument(
            "a gap in the NUMA cells", "<cpu><numa><cell id='0' memory='1'/><cell id='1️⃣2' memory='1'/></numa></cpu>",
            ["cell-gap", "numbered 0 to 1"]),
        BrokenDocument(
            "a NUMA distance below 10",
            "<cpu><numa><cell id='0' memory='1'><distances><sibling id='0' value='1️⃣5'/></distances></cell></numa></cpu>",
            ["numa-distance", "from 10 to 255"]),
        BrokenDocument(
            "a CPU feature twice",
            "<cpu><model>EPYC</model><feature name='vmx' policy='require'/><feature name='1️⃣vmx' policy='disable'/></cpu>",
            ["duplicate-feature", "the CPU feature 'vmx' is there in line 6 already"]),
        BrokenDocument(
            "an emulated cache of level 2", "<cpu><cache mode='emulate' level='1️⃣2'/></cpu>",
            ["cpu-cache", "only at level 3"]),
        BrokenDocument(
            "a cache passed through to a model",
            "<cpu mode='custom'><model>qemu64</model><cache mode='1️⃣passthrough'/></cpu>",
            ["cpu-cache", "host-passthrough or maximum"]),
        BrokenDocument(
            "a vendor id of three letters",
            "<cpu mode='custom'><model vendor_id='1️⃣abc'>qemu64</model></cpu>",
            ["vendor-id", "exactly 12 characters"]),
        BrokenDocument(
            "a virtual CPU pinned twice",
            "<cputune><vcpupin vcpu='0' cpuset='0'/><vcpupin vcpu='1️⃣0' cpuset='1'/></cputune>",
            ["duplicate-pin", "virtual CPU 0 is pinned twice"]),
        BrokenDocument(
            "a period out of range", "<cputune>1️⃣<period>10</period></cputune>",
            ["out-of-range", "<period> takes numbers from 1000 to 1000000"]),
        BrokenDocument(
            "real-time scheduling without priority",
            "<cputune>1️⃣<vcpusched vcpus='0' scheduler='fifo'/></cputune>",
            ["missing-attribute", "needs the attribute 'priority'"]),
        BrokenDocument(
            "I/O thread zero", "<iothreadids><iothread id='1️⃣0'/></iothreadids>",
            ["iothread-zero", "I/O threads count from 1"]),
        BrokenDocument(
            "an I/O thread twice", "<iothreadids><iothread id='1'/><iothread id='1️⃣1'/></iothreadids>",
            ["duplicate-iothread", "I/O thread 1 is listed twice"]),
        BrokenDocument(
            "huge pages of anonymous memory",
            "<memoryBacking><hugepages/><source type='1️⃣anonymous'/></memoryBacking>",
            ["hugepages-source", "anonymous"]),
        BrokenDocument(
            "two default sizes of huge pages",
            "<memoryBacking><hugepages><page size='2' unit='M'/>1️⃣<page size='1' unit='G'/></hugepages></memoryBacking>",
            ["duplicate-page", "in line 6 there is one"]),
        BrokenDocument(
            "huge pages for a node that isn't there",
            "<memoryBacking><hugepages><page size='2' unit='M' nodeset='1️⃣1'/></hugepages></memoryBacking>",
            ["missing-node", "no NUMA cells"]),
        BrokenDocument(
            "NUMA tuning of a cell that isn't there",
            "<numatune><memnode cellid='1️⃣0' mode='strict' nodeset='0'/></numatune>",
            ["missing-cell", "no NUMA cell 0"]),
        BrokenDocument(
            "few retries of spinlocks",
            "<features><hyperv><spinlocks state='on' retries='1️⃣100'/></hyperv></features>",
            ["spinlock-retries", "at least 4095"]),
        BrokenDocument(
            "a dirty ring of an odd size",
            "<features><kvm><dirty-ring state='on' size='1️⃣1000'/></kvm></features>",
            ["dirty-ring-size", "power of two"]),
        BrokenDocument(
            "the VMware port without PS/2",
            "<features>1️⃣<vmport state='on'/><ps2 state='off'/></features>",
            ["vmport-without-ps2", "PS/2"]),
        BrokenDocument(
            "TSEG on a machine without it", "<features>1️⃣<smm state='on'><tseg unit='MiB'>48</tseg></smm></features>",
            machine: "pc", ["tseg-machine", "needs a machine of type q35, not 'pc'"]),
        BrokenDocument(
            "ARM's interrupt controller on x86", "<features>1️⃣<gic version='3'/></features>",
            ["feature-platform", "<gic> is there for ARM's virt machines"]),
        BrokenDocument(
            "ARM's timer on x86", "<clock offset='utc'><timer name='1️⃣armvtimer'/></clock>",
            ["timer-platform", "isn't there on 'x86_64'"]),
        BrokenDocument(
            "protected virtualization of s390 on x86", "<launchSecurity type='1️⃣s390-pv'/>",
            ["launch-security-platform", "isn't there on 'x86_64'"]),
        BrokenDocument(
            "UEFI without ACPI",
            "<os 1️⃣firmware='efi'><type arch='x86_64' machine='q35'>hvm</type></os>".replacingFirst(
                "1️⃣firmware='efi'", "firmware='1️⃣efi'"), document: (),
            ["efi-without-acpi", "UEFI firmware needs <acpi/> in <features>"]),
        BrokenDocument(
            "NVRAM without loader", "<os><type>hvm</type>1️⃣<nvram>/a</nvram></os>", document: (),
            ["nvram-without-loader", "needs a <loader> of type pflash"]),
        BrokenDocument(
            "a kernel's command line without kernel", "<os><type>hvm</type>1️⃣<cmdline>quiet</cmdline></os>",
            document: (), ["no-effect", "<cmdline> is of no use without a <kernel>"]),
        BrokenDocument(
            "a stateless loader with a template",
            "<os><type>hvm</type><loader type='pflash' stateless='yes'>/a</loader><nvram template='1️⃣/b'>/c</nvram></os>",
            document: (), ["stateless-loader", "no NVRAM template"]),
        BrokenDocument(
            "two labels of one model",
            "<seclabel type='none' model='dac'/><seclabel type='none' model='1️⃣dac'/>",
            ["duplicate-seclabel", "'dac'", "line 6"]),
        BrokenDocument(
            "an SMBIOS UUID that isn't the machine's",
            "<uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid><sysinfo type='smbios'><system>"
                + "<entry name='uuid'>1️⃣11111111-edaf-9455-926a-d65c16db1809</entry></system></sysinfo>",
            ["uuid-mismatch", "differs from the domain's"]),
        BrokenDocument(
            "a fw_cfg entry of QEMU's own",
            "<sysinfo type='fwcfg'><entry name='1️⃣etc/x'>y</entry></sysinfo>", ["fwcfg-name", "begin with 'opt/'"]),
        BrokenDocument(
            "preserving a machine that has ended", "1️⃣<on_poweroff>preserve</on_poweroff>",
            ["unsupported-action", "can't preserve"]),
        BrokenDocument(
            "a relative resource partition", "<resource>1️⃣<partition>machine</partition></resource>",
            ["relative-path", "absolute path"]),
        BrokenDocument(
            "two throttle groups of one name",
            "<throttlegroups><throttlegroup><group_name>a</group_name></throttlegroup><throttlegroup>"
                + "1️⃣<group_name>a</group_name></throttlegroup></throttlegroups>",
            ["duplicate-group", "'a' is there twice"]),
        BrokenDocument(
            "a total limit beside its parts",
            "<throttlegroups><throttlegroup>1️⃣<total_bytes_sec>1</total_bytes_sec><read_bytes_sec>1</read_bytes_sec>"
                + "<group_name>a</group_name></throttlegroup></throttlegroups>",
            ["total-and-parts", "<total_bytes_sec> excludes"]),
    ]
}
