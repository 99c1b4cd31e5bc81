extension BrokenDevices {
    static let screens = [
        Self(
            "listen-mismatch", "'1.1.1.1'",
            "<graphics type='vnc' listen='«1.1.1.1'><listen type='address' address='::'/></graphics>"),
        Self("missing-attribute", "'network'", "<graphics type='vnc'>«<listen type='network'/></graphics>"),
        Self(
            "multiple-listens", "one place",
            "<graphics type='vnc'>«<listen type='address'/><listen type='none'/></graphics>"),
        Self("invalid-time", "2030", "<graphics type='vnc' passwd='x' passwdValidTo='«tomorrow'/>"),
        Self("password-length", "9", "<graphics type='vnc' passwd='«123456789'/>"),
        Self("unsupported-option", "viewers", "<graphics type='vnc' passwd='x' connected='«fail'/>"),
        Self("out-of-range", "5900", "<graphics type='vnc' port='«99'/>"),
        Self("out-of-range", "port number", "<graphics type='spice' port='«70000'/>"),
        Self("egl-headless", "'vnc'", "<graphics type='sdl'/>«<graphics type='egl-headless'/>"),
        Self(
            "multiple-gl", "one display",
            "<graphics type='spice'><gl enable='yes'/></graphics>«<graphics type='egl-headless'/>"),
        Self("unknown-audio", "id 4", "<graphics type='vnc'><audio id='«4'/></graphics>"),
        Self("spice-audio", "SPICE", "<audio id='1' type='«spice'/>"),
        Self("duplicate-id", "id 1", "<audio id='1' type='none'/><audio id='«1' type='oss'/>"),
        Self("no-effect", "codecs", "<sound model='ac97'>«<codec type='micro'/></sound>"),
        Self(
            "video-none", "beside",
            "<video><model type='vga'/></video><video><model type='«none'/></video>"),
        Self(
            "secondary-video", "'cirrus'",
            "<video><model type='vga'/></video><video><model type='«cirrus'/></video>"),
        Self(
            "multiple-primary", "only one",
            "<video><model type='qxl' primary='yes'/></video><video><model type='qxl' primary='«yes'/></video>"),
        Self("video-memory", "'qxl'", "<video><model type='vga' ram='«65536'/></video>"),
        Self("video-memory", "1 MiB", "<video><model type='vga' vram='«512'/></video>"),
        Self("video-driver", "'virtio'", "<video><driver name='«vhostuser'/><model type='vga'/></video>"),
        Self("video-acceleration", "3D", "<video><model type='vga'><acceleration accel3d='«yes'/></model></video>"),
        Self(
            "video-acceleration", "vhostuser",
            "<video><model type='virtio'><acceleration rendernode='«/dev/dri/a'/></model></video>"),
        Self("video-blob", "'virtio'", "<video><model type='vga' blob='«on'/></video>"),
    ]

    static let small = [
        Self("unknown-hub", "port 1.2", "<hub type='usb'><address type='usb' bus='0' port='«1.2.3'/></hub>"),
        Self(
            "out-of-range", "1 to 8",
            """
            <hub type='usb'><address type='usb' bus='0' port='1'/></hub>
            <input type='mouse' bus='usb'><address type='usb' bus='0' port='«1.9'/></input>
            """),
        Self(
            "out-of-range", "1 to 2",
            """
            <controller type='usb' model='piix3-uhci'/>
            <input type='mouse' bus='usb'><address type='usb' bus='0' port='«3'/></input>
            """),
        Self("unknown-bus", "index 4", "<input type='mouse' bus='usb'><address type='usb' bus='«4' port='1'/></input>"),
        Self(
            "out-of-range", "0xffffffff", "<serial><address type='spapr-vio' reg='«0x100000000'/></serial>",
            arch: "ppc64", machine: "pseries"),
        Self(
            "out-of-range", "uid",
            "<sound model='virtio'><address type='pci'><zpci uid='«0x0'/></address></sound>",
            arch: "s390x", machine: "s390-ccw-virtio"),
        Self("input-bus", "'ps2'", "<input type='tablet' bus='«ps2'/>"),
        Self("input-bus", "'usb'", "<input type='passthrough' bus='«usb'><source evdev='/e'/></input>"),
        Self("missing-attribute", "'evdev'", "«<input type='passthrough' bus='virtio'/>"),
        Self("missing-attribute", "'dev'", "<input type='evdev'>«<source grab='all'/></input>"),
        Self("virtio-model", "generations", "<input type='keyboard' bus='virtio' model='«virtio-transitional'/>"),
        Self("usb-disabled", "needs USB", "<controller type='usb' model='none'/>«<input type='tablet' bus='usb'/>"),
        Self("usb-disabled", "needs USB", "<controller type='usb' model='none'/>«<hub type='usb'/>"),
        Self("address-type", "'usb'", "<input type='mouse' bus='usb'><address type='«pci'/></input>"),
        Self("duplicate-tpm", "one TPM", "<tpm><backend type='emulator'/></tpm>«<tpm><backend type='emulator'/></tpm>"),
        Self("tpm-version", "2.0", "<tpm model='tpm-crb'><backend type='emulator' version='«1.2'/></tpm>"),
        Self("missing-element", "<backend>", "«<tpm/>"),
        Self("missing-element", "socket", "<tpm>«<backend type='external'/></tpm>"),
        Self("tpm-model", "pseries", "<tpm model='«tpm-spapr'><backend type='emulator'/></tpm>"),
        Self(
            "tpm-version", "banks",
            """
            <tpm><backend type='emulator' version='1.2'>«<active_pcr_banks><sha1/></active_pcr_banks></backend></tpm>
            """),
        Self("panic-model", "'s390'", "<panic model='«s390'/>"),
        Self(
            "address-type", "no address", "<panic model='s390'>«<address type='ccw'/></panic>", arch: "s390x",
            machine: "s390-ccw-virtio"),
        Self("address-type", "'pci'", "<panic model='pvpanic'><address type='«isa'/></panic>"),
        Self("missing-attribute", "'model'", "«<panic/>", arch: "riscv64", machine: "virt"),
        Self("duplicate-panic", "'isa'", "<panic model='isa'/><panic model='«isa'/>"),
        Self("watchdog-model", "q35", "<watchdog model='«itco'/>"),
        Self("watchdog-model", "s390", "<watchdog model='«diag288'/>"),
        Self("address-type", "no address", "<watchdog model='ib700'>«<address type='isa'/></watchdog>"),
        Self(
            "watchdog-action", "same action",
            "<watchdog model='ib700' action='reset'/><watchdog model='i6300esb' action='«pause'/>"),
        Self(
            "missing-attribute", "'host'",
            "<rng model='virtio'><backend model='egd' type='tcp'>«<source service='1'/></backend></rng>"),
        Self("balloon-model", "'xen'", "<memballoon model='«xen'/>"),
        Self("duplicate-display", "'vnc'", "<graphics type='vnc'/><graphics type='«vnc'/>"),
        Self("video-heads", "one head", "<video><model type='cirrus' heads='«2'/></video>"),
        Self("no-master", "USB 2", "<controller type='usb' index='0' model='«ich9-uhci1'/>"),
    ]
}
