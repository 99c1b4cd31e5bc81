"""The devices of random documents."""

LETTERS = "abcdefghijklmnop"
BUSES = {
    "pc": {"virtio": 6, "ide": 4, "scsi": 3, "sata": 1, "usb": 1, "fdc": 1},
    "q35": {"virtio": 6, "sata": 4, "scsi": 3, "usb": 1, "fdc": 0.3, "ide": 0.1},
    "virt": {"virtio": 6, "scsi": 3, "usb": 0.5, "sata": 0.3},
    "pseries": {"virtio": 6, "scsi": 5, "usb": 0.5, "sata": 0.3},
    "s390": {"virtio": 7, "scsi": 3},
    "isapc": {"ide": 5, "fdc": 2},
    "microvm": {"virtio": 5},
    "board": {"virtio": 2, "scsi": 2, "sd": 1, "ide": 1, "usb": 0.5},
}
PREFIXES = {"virtio": "vd", "ide": "hd", "scsi": "sd", "sata": "sd", "usb": "sd", "fdc": "fd", "sd": "sd"}


def all_devices(c, h):
    h.used, h.order, h.macs, h.slots, h.numbers, h.usb, h.spice = set(), 0, 0, set(), set(), h.family not in ("virt", "s390", "isapc", "microvm", "board"), False
    parts = [c.maybe(0.4, lambda: f"<emulator>/usr/bin/qemu-system-{ {'armv7l': 'arm', 'i686': 'i386'}.get(h.arch, h.arch)}</emulator>")]
    parts += [disk(c, h) for _ in range(c.pick(0, 1, 1, 2, 3))]
    parts += [controller(c, h) for _ in range(c.pick(0, 0, 1, 2, 4))]
    parts += [c.maybe(0.08, lambda: usb2(c, h))] if h.pci else []
    parts += [c.maybe(0.06, lambda: topology(c, h))] if h.pci else []
    parts += [interface(c, h) for _ in range(c.pick(0, 1, 1, 1, 2))]
    for probability, make in (
            (0.05, smartcard), (0.45, graphics), (0.07, graphics), (0.45, serial), (0.05, parallel), (0.4, console), (0.35, channel), (0.1, channel), (0.4, input_device),
            (0.15, input_device), (0.05, tpm), (0.2, sound), (0.05, audio), (0.45, video), (0.05, video),
            (0.1, hostdev), (0.12, redirdev), (0.04, hub), (0.1, watchdog), (0.5, memballoon), (0.25, rng), (0.12, panic), (0.04, shmem),
            (0.7 if h.grows else 0.01, memory_device), (0.05, iommu), (0.06, vsock), (0.08, filesystem), (0.02, nvram), (0.02, crypto), (0.02, lease)):
        if c.chance(probability):
            parts.append(make(c, h))
    parts = [p for p in parts if p]
    if needs_usb(parts) and not h.usb and c.chance(0.95):
        parts.append(f"<controller type='usb' index='0' model='{c.pick('qemu-xhci', 'nec-xhci', 'qemu-xhci', 'ich9-ehci1')}'/>")
    if c.chance(0.15):
        c.random.shuffle(parts)
    return "<devices>\n" + "\n".join(parts) + "\n</devices>"


def needs_usb(parts):
    return any(word in part for part in parts for word in ("bus='usb'", "type='usb'", "model='usb'", "usb-serial"))


def address(c, h, probability=0.12):
    """An address of the kind the machine has, now and then."""
    if not c.chance(probability):
        return ""
    if h.family == "s390":
        number = c.pick(*range(1, 40))
        return f"<address type='ccw' cssid='0xfe' ssid='0x0' devno='0x{number:04x}'/>"
    if h.family in ("virt", "microvm") and c.chance(0.3):
        return "<address type='virtio-mmio'/>"
    if not h.pci:
        return ""
    if c.chance(0.1):
        return "<address type='pci'/>"
    slot = c.pick(*[s for s in range(3, 30) if s not in h.slots])
    h.slots.add(slot)
    bus = c.weighted({0: 8, 1: 1, 2: 0.5})
    if h.pcie and bus:
        slot = 0
    return f"<address type='pci' domain='0x0000' bus='0x{bus:02x}' slot='0x{slot:02x}' function='0x{c.weighted({0: 12, 1: 1})}'{c.maybe(0.05, lambda: c.text(' multifunction=', 'on')) or ''}/>"


def boot(c, h, probability=0.4):
    if not h.boots_by_device or not c.chance(probability):
        return ""
    h.order += 1
    return f"<boot order='{h.order}'/>"


def virtio_options(c):
    return {"iommu": c.maybe(0.04, c.onoff), "ats": c.maybe(0.04, c.onoff), "packed": c.maybe(0.04, c.onoff)}


def disk(c, h):
    bus = c.weighted(BUSES[h.family])
    kind = "floppy" if bus == "fdc" else c.weighted({"disk": 7, "cdrom": 3 if bus != "virtio" else 0.1, "lun": 0.4 if bus in ("virtio", "scsi") else 0, None: 1})
    name = next(PREFIXES[bus] + l for l in LETTERS if PREFIXES[bus] + l not in h.used)
    h.used.add(name)
    source_kind = "block" if kind == "lun" else c.weighted({"file": 7, "block": 1.5, "network": 1.5, "nvme": 0.15 if h.pci else 0, "volume": 0})
    empty = kind in ("cdrom", "floppy") and c.chance(0.4)
    if empty:
        source, source_kind = c.pick("", "", "<source file=''/>", "<source startupPolicy='optional'/>"), "file"
    else:
        source = disk_source(c, source_kind, name)
    options = dict(name=c.pick("qemu", "qemu", None), type=c.maybe(0.85, lambda: "raw" if kind in ("lun", "cdrom", "floppy") else c.pick("raw", "qcow2", "qcow2")),
                   cache=c.maybe(0.25, lambda: c.pick("none", "writeback", "writethrough", "directsync", "unsafe")), error_policy=c.maybe(0.05, lambda: c.pick("stop", "report", "enospace")),
                   io=c.maybe(0.12, lambda: c.pick("threads", "io_uring")), discard=c.maybe(0.15, lambda: c.pick("unmap", "ignore")),
                   detect_zeroes=c.maybe(0.07, lambda: c.pick("off", "on", "unmap")), copy_on_read=c.maybe(0.02, c.onoff))
    if bus == "virtio":
        options.update(virtio_options(c), ioeventfd=c.maybe(0.05, c.onoff), event_idx=c.maybe(0.05, c.onoff), queues=c.maybe(0.07, lambda: c.pick(1, 4)), queue_size=c.maybe(0.03, lambda: 256))
    driver = f"<driver{c.attributes(**options)}/>" if c.chance(0.85) else ""
    extra = c.some(*([lambda: ""] * 6), lambda: f"<iotune>{c.some(*[lambda n=n: f'<{n}>{c.pick(0, 1000, 1000000)}</{n}>' for n in (('total_bytes_sec', 'total_iops_sec', 'total_iops_sec_max') if c.chance(0.5) else ('read_bytes_sec', 'write_bytes_sec', 'read_iops_sec'))])}</iotune>",
                   lambda: f"<serial>{c.pick('WD-WMAP9A966149', 'abc', 'a b')}</serial>",
                   lambda: f"<blockio{c.attributes(logical_block_size=c.pick(None, 512, 4096), physical_block_size=c.pick(None, 4096, 0))}/>",
                   lambda: "<shareable/>" if kind != "cdrom" and options["type"] == "raw" else "", lambda: "<backingStore/>",
                   lambda: "<wwn>5000c60015ea71ad</wwn>" if bus in ("ide", "scsi") else "",
                   lambda: "<vendor>SEAGATE</vendor><product>ST3567807GD</product>" if bus == "scsi" else "",
                   lambda: "<geometry cyls='16383' heads='16' secs='63'" + (" trans='lba'" if bus == "ide" else "") + "/>" if bus in ("ide", "scsi", "virtio") else "",
                   lambda: "<backingStore type='file'><format type='qcow2'/><source file='/srv/base.qcow2'/><backingStore/></backingStore>" if not empty and options["type"] == "qcow2" else "")
    readonly = "<readonly/>" if kind == "cdrom" and c.chance(0.8) or (kind == "disk" and c.chance(0.05)) else ""
    target = f"<target dev='{name}'{c.attributes(bus=bus if c.chance(0.93) else None, tray=c.maybe(0.03, lambda: 'open') if kind == 'cdrom' else None, removable=c.maybe(0.3, c.onoff) if bus == 'usb' else None, rotation_rate=c.maybe(0.04, lambda: c.pick(1, 7200)) if bus in ('scsi', 'sata', 'ide') else None)}/>"
    place = address(c, h) if bus == "virtio" else c.maybe(0.15, lambda: f"<address type='drive' controller='{c.weighted({0: 5, 1: 1})}' bus='{c.pick(0, 0, 1) if bus == 'ide' else 0}' target='0' unit='{c.pick(0, 1, 2) if bus not in ('ide', 'fdc') else c.pick(0, 1)}'/>") if bus != "usb" else ""
    attributes = c.attributes(type=source_kind, device=kind, model=c.maybe(0.05, lambda: c.pick("virtio", "virtio-transitional", "virtio-non-transitional")) if bus == "virtio" else None, snapshot=c.maybe(0.03, lambda: "no"),
                              sgio=None, rawio=c.maybe(0.2, c.yesno) if kind == "lun" else None)
    parts = [driver, source, target, boot(c, h), extra, readonly, place or ""]
    if c.chance(0.1):
        c.random.shuffle(parts)
    return f"<disk{attributes}>{''.join(parts)}</disk>"


def disk_source(c, kind, name):
    if kind == "file":
        slice_ = c.maybe(0.03, lambda: "<slices><slice type='storage' offset='1024' size='1048576'/></slices>")
        policy = c.maybe(0.04, lambda: c.text(" startupPolicy=", c.pick("optional", "mandatory"))) or ""
        return f"<source file='/srv/images/{name}.img'{policy}>{slice_}</source>" if slice_ else f"<source file='/srv/images/{name}.img'{policy}/>"
    if kind == "block":
        return f"<source dev='/dev/vg/{name}'{c.maybe(0.03, lambda: c.text(' index=', '1')) or ''}/>"
    if kind == "nvme":
        return "<source type='pci' managed='yes' namespace='1'><address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source>"
    return c.pick(
        f"<source protocol='nbd' name='export'><host name='{c.pick('localhost', '::1')}'{c.pick('', c.text(' port=', '10809'))}{c.pick('', c.text(' transport=', 'tcp'))}/></source>",
        "<source protocol='nbd'><host transport='unix' socket='/tmp/nbd.sock'/></source>",
        f"<source protocol='rbd' name='pool/{name}'><host name='ceph1'{c.pick('', c.text(' port=', '6321'))}/><host name='ceph2'/></source>",
        f"<source protocol='iscsi' name='iqn.2013-07.com.example:iscsi-pool/1'><host name='example.com'{c.pick('', c.text(' port=', '3260'))}/></source>",
        f"<source protocol='gluster' name='Volume/{name}'><host name='example.org'/></source>",
        f"<source protocol='{c.pick('http', 'https')}' name='{name}.iso'><host name='example.org'{c.pick('', c.text(' port=', '8080'))}/></source>",
        f"<source protocol='ssh' name='/{name}'><host name='example.org'/></source>")


USB_MODELS = ["piix3-uhci", "piix4-uhci", "ehci", "ich9-ehci1", "nec-xhci", "qemu-xhci", "qemu-xhci", "pci-ohci", "vt82c686b-uhci", "none", None]


def controller(c, h):
    kind = c.weighted({"usb": 4, "scsi": 4, "virtio-serial": 3, "pci": 3 if h.pci else 0.1, "ide": 1 if h.family == "pc" else 0.1, "sata": 1, "ccid": 0.4, "fdc": 0.4})
    index = c.weighted({None: 1, 0: 5, 1: 3, 2: 1, 3: 1, 5: 0.4})
    if (kind, index) in h.numbers and index is not None and c.chance(0.97):
        return ""
    h.numbers.add((kind, index))
    inside, more = "", {}
    if kind == "usb":
        more["model"] = c.pick(*USB_MODELS)
        if more["model"] == "none" and not c.chance(0.1):
            more["model"] = "qemu-xhci"
        h.usb = True
        more["ports"] = c.maybe(0.2, lambda: c.pick(4, 8, 15)) if more["model"] in ("qemu-xhci", "nec-xhci") else None
    elif kind == "scsi":
        more["model"] = c.weighted({"virtio-scsi": 6, "lsilogic": 1.5, "lsisas1068": 0.7, "lsisas1078": 0.5, "ibmvscsi": 1.5 if h.family == "pseries" else 0.1, None: 2, "auto": 0.3, "virtio-non-transitional": 0.3, "ncr53c90": 0.1, "vmpvscsi": 0.3})
        inside = c.maybe(0.2, lambda: f"<driver{c.attributes(queues=c.pick(None, 4), iothread=c.maybe(0.2, lambda: 1), cmd_per_lun=c.pick(None, 50), max_sectors=c.pick(None, 512), **virtio_options(c))}/>") or "" if more["model"] == "virtio-scsi" else ""
    elif kind == "virtio-serial":
        more.update(ports=c.maybe(0.25, lambda: c.pick(4, 16, 31)), vectors=c.maybe(0.15, lambda: c.pick(0, 4)))
    elif kind == "pci":
        index = c.weighted({0: 0.2, 1: 3, 2: 2, 3: 1, None: 0.3, 6: 0.5})
        if ("pci", index) in h.numbers and index is not None:
            return ""
        h.numbers.add(("pci", index))
        roots = "pcie-root" if h.pcie else "pci-root"
        more["model"] = roots if index == 0 else c.pick(*(["pcie-root-port"] * 4 + ["pcie-to-pci-bridge", "dmi-to-pci-bridge", "pci-bridge", "pcie-switch-upstream-port", "pcie-expander-bus"] if h.pcie else ["pci-bridge", "pci-bridge", "pci-expander-bus"] if h.family != "pseries" else ["pci-root", "pci-root", "pci-bridge"]))
        if more["model"] == "pcie-root-port" and c.chance(0.4):
            inside = f"<model name='{c.pick('pcie-root-port', 'ioh3420')}'/><target chassis='{index or 1}' port='0x{c.pick(8, 9, 0x10):x}'/>"
    if kind == "fdc":
        index = 0
    place = address(c, h, 0.15) if kind not in ("ide", "ccid", "fdc") and (kind, index) != ("pci", 0) else ""
    return f"<controller{c.attributes(type=kind, index=index, **more)}>{inside}{place}</controller>"


def usb2(c, h):
    """USB 2 with its companions, as virt-install writes it: with or without numbers, with or without addresses."""
    index = c.pick(" index='0'", "", " index='1'")
    slot = c.pick(None, 7, 0x1d)
    text = ""
    for number, (model, port) in enumerate((("ich9-ehci1", None), ("ich9-uhci1", 0), ("ich9-uhci2", 2), ("ich9-uhci3", 4))):
        function = 7 if port is None else port // 2
        place = f"<address type='pci' domain='0' bus='0' slot='{slot}' function='{function}'{' multifunction=' + chr(39) + 'on' + chr(39) if function == 0 else ''}/>" if slot else ""
        master = f"<master startport='{port}'/>" if port is not None else ""
        text += f"<controller type='usb'{index} model='{model}'>{master}{place}</controller>"
    return text


def topology(c, h):
    """Bridges that stand on one another."""
    if any(kind == "pci" for kind, _ in h.numbers):
        return ""
    if h.pcie:
        return c.pick(
            "<controller type='pci' index='0' model='pcie-root'/><controller type='pci' index='1' model='dmi-to-pci-bridge'/><controller type='pci' index='2' model='pci-bridge'/>",
            "<controller type='pci' index='1' model='pcie-root-port'/><controller type='pci' index='2' model='pcie-switch-upstream-port'/><controller type='pci' index='3' model='pcie-switch-downstream-port'/>",
            "<controller type='pci' index='1' model='pcie-expander-bus'><target busNr='180'/></controller><controller type='pci' index='2' model='pcie-root-port'><address type='pci' bus='0x01' slot='0x00' function='0x0'/></controller>",
            "<controller type='pci' model='pcie-root-port'/><controller type='pci' model='pcie-root-port'/><controller type='pci' model='pcie-to-pci-bridge'/>",
            "<controller type='pci' index='3' model='pcie-root-port'/>")
    return c.pick("<controller type='pci' index='0' model='pci-root'/><controller type='pci' index='1' model='pci-bridge'/><controller type='pci' index='2' model='pci-bridge'><address type='pci' bus='1' slot='1' function='0'/></controller>",
                  "<controller type='pci' index='2' model='pci-bridge'/>", "<controller type='pci' index='1' model='pci-expander-bus'><target busNr='254'/></controller>")


def interface(c, h):
    h.macs += 1
    kind = c.weighted({"network": 5, "bridge": 4, "user": 4, "direct": 1, "ethernet": 1, "hostdev": 0.3 if h.pci else 0, "vhostuser": 0.2, "internal": 0.1, "mcast": 0.1})
    source = {"network": "<source network='default'/>", "bridge": "<source bridge='br0'/>", "direct": f"<source dev='eth0'{c.pick('', c.text(' mode=', 'bridge'))}/>",
              "hostdev": "<source><address type='pci' domain='0x0000' bus='0x03' slot='0x10' function='0x1'/></source>", "vhostuser": "<source type='unix' path='/tmp/vhost1.sock' mode='client'/>",
              "internal": "<source name='x'/>", "mcast": "<source address='230.0.0.1' port='5558'/>"}.get(kind, "")
    model = c.maybe(0.85 if kind != "hostdev" else 0, lambda: c.weighted({"virtio": 7, "e1000": 2, "rtl8139": 1, "e1000e": 1, "ne2k_pci": 0.2, "pcnet": 0.2, "vmxnet3": 0.3, "spapr-vlan": 2 if h.family == "pseries" else 0.05, "virtio-non-transitional": 0.3, "virtio-transitional": 0.2, "i82551": 0.1, "igb": 0}))
    extra = c.some(*([lambda: ""] * 8), lambda: "<mtu size='1500'/>" if kind in ("network", "bridge") else "", lambda: f"<link state='{c.pick('up', 'down')}'/>", lambda: "<bandwidth><inbound average='1000'/></bandwidth>",
                   lambda: "<virtualport type='openvswitch'/>" if kind == "bridge" else "", lambda: "<vlan><tag id='42'/></vlan>" if kind == "bridge" else "", lambda: "<target dev='tap7'/>",
                   lambda: "<alias name='ua-net'/>", lambda: "<guest dev='eth1'/>", lambda: "<filterref filter='clean-traffic'/>", lambda: f"<rom bar='{c.onoff()}'/>" if h.pci else "", lambda: "<rom enabled='no'/>" if h.pci else "",
                   lambda: f"<driver{c.attributes(name=c.pick('vhost', 'qemu', None), queues=c.pick(None, 4), rx_queue_size=c.pick(None, 512), txmode=c.pick(None, 'iothread'), **virtio_options(c))}/>" if model == "virtio" and kind != "user" else "")
    mac = f"<mac address='52:54:00:8c:b0:{h.macs:02x}'/>"
    model_text = f"<model type='{model}'/>" if model else ""
    return f"<interface{c.attributes(type=kind, managed=c.maybe(0.5, c.yesno) if kind == 'hostdev' else None, trustGuestRxFilters=c.maybe(0.03, c.yesno))}>{mac}{source}{model_text}{extra}{boot(c, h, 0.3)}{address(c, h)}</interface>"


def character_source(c, name):
    kind = c.weighted({"pty": 8, "file": 1, "unix": 1.5, "tcp": 1, "udp": 0.3, "dev": 0.3, "pipe": 0.3, "null": 0.5, "stdio": 0.1})
    inside = {"file": f"<source path='/srv/{name}.log'{c.pick('', c.text(' append=', 'on'))}/>", "unix": f"<source mode='{c.pick('bind', 'connect')}' path='/srv/{name}.sock'/>",
              "tcp": f"<source mode='{c.pick('bind', 'connect')}' host='127.0.0.1' service='{c.pick(2445, 9999)}'/><protocol type='{c.pick('raw', 'telnet')}'/>",
              "udp": "<source mode='bind' host='127.0.0.1' service='0'/><source mode='connect' host='127.0.0.1' service='9998'/>", "dev": "<source path='/dev/ttyS0'/>", "pipe": f"<source path='/srv/{name}.pipe'/>"}.get(kind, "")
    inside += c.maybe(0.06, lambda: f"<log file='/srv/{name}-out.log' append='{c.onoff()}'/>") or ""
    return kind, inside


def serial(c, h):
    text = ""
    for number in range(c.pick(1, 1, 1, 2)):
        kind, inside = character_source(c, f"serial{number}")
        target = c.weighted({"": 2, f"<target port='{number}'/>": 5, "<target port='1'/>": 0.5, "<target/>": 0.5, "typed": 1})
        if target == "typed":
            types = {"s390": ("sclp-serial", "sclpconsole"), "pseries": ("spapr-vio-serial", "spapr-vty"), "virt": ("system-serial", "pl011" if h.arm else "16550a")}.get(h.family, ("isa-serial", "isa-serial"))
            target = c.pick(f"<target type='{types[0]}' port='{number}'><model name='{types[1]}'/></target>", f"<target type='{types[0]}'/>", "<target type='pci-serial'/>", "<target type='usb-serial'/>")
        text += f"<serial type='{kind}'>{inside}{target}</serial>"
    return text


def parallel(c, h):
    kind, inside = character_source(c, "parallel")
    return f"<parallel type='{kind}'>{inside}{c.pick('', c.text('<target port=', '0') + '/>')}</parallel>"


def console(c, h):
    kind, inside = character_source(c, "console")
    wanted = c.weighted({"serial": 5, "virtio": 3, None: 1, "sclp": 2 if h.family == "s390" else 0.05, "sclplm": 0.2 if h.family == "s390" else 0.02})
    target = f"<target{c.attributes(type=wanted, port=c.pick('0', '0', None))}/>" if c.chance(0.85) else ""
    text = f"<console type='{kind}'>{inside}{target}</console>"
    if c.chance(0.1):
        text += "<console type='pty'><target type='virtio'/></console>"
    return text


def channel(c, h):
    name = c.weighted({"org.qemu.guest_agent.0": 6, "com.redhat.spice.0": 3, "org.libguestfs.channel.0": 0.5, None: 0.3})
    if name in h.used:
        name = "org.example." + str(len(h.used))
    h.used.add(name)
    source = "spicevmc" if name == "com.redhat.spice.0" and (h.spice or c.chance(0.02)) else "unix"
    inside = "" if source == "spicevmc" else c.pick("", "<source mode='bind'/>", "<source mode='bind' path='/srv/channel.sock'/>")
    state = c.maybe(0.2, lambda: c.text(" state=", "connected")) or ""
    place = c.maybe(0.2, lambda: f"<address type='virtio-serial' controller='{c.weighted({0: 6, 1: 1})}' bus='0' port='{c.pick(1, 2, 3)}'/>") or ""
    return f"<channel type='{source}'>{inside}<target type='virtio'{c.attributes(name=name)}{state}/>{place}</channel>"


def input_device(c, h):
    kind = c.weighted({"tablet": 5, "mouse": 3, "keyboard": 4, "passthrough": 0.2, "evdev": 0.2})
    if kind == "evdev":
        return "<input type='evdev'><source dev='/dev/input/event1'/></input>"
    if kind == "passthrough":
        return "<input type='passthrough' bus='virtio'><source evdev='/dev/input/event1'/></input>"
    bus = c.weighted({"usb": 5, "ps2": (3 if h.x86 else 0.1) if kind != "tablet" else 0.05, "virtio": 2, None: 1})
    place = address(c, h) if bus == "virtio" else c.maybe(0.1, lambda: f"<address type='usb' bus='0' port='{c.pick(1, 2, 7)}'/>") or "" if bus == "usb" else ""
    return f"<input{c.attributes(type=kind, bus=bus, model=c.maybe(0.1, lambda: 'virtio-non-transitional') if bus == 'virtio' else None)}>{place}</input>"


def tpm(c, h):
    model = c.weighted({"tpm-crb": 4 if h.x86 else 0.3, "tpm-tis": 3, "tpm-spapr": 4 if h.family == "pseries" else 0.1, None: 1})
    backend = c.pick("<backend type='emulator' version='2.0'/>", "<backend type='emulator'/>", "<backend type='passthrough'><device path='/dev/tpm0'/></backend>", "<backend type='passthrough'/>",
                     "<backend type='emulator' version='2.0' persistent_state='yes'/>", "<backend type='emulator' version='2.0'><active_pcr_banks><sha256/></active_pcr_banks></backend>")
    return f"<tpm{c.attributes(model=model)}>{backend}</tpm>"


def graphics(c, h):
    kind = c.weighted({"vnc": 6, "spice": 5 if h.x86 else 0.3, "sdl": 0.3, "egl-headless": 0.2, "dbus": 0.1})
    if kind == "sdl":
        return "<graphics type='sdl' display=':0.0' xauth='/root/.Xauthority'/>"
    if kind in ("egl-headless", "dbus"):
        return f"<graphics type='{kind}'/>" if h.used.isdisjoint({kind}) and not h.used.add(kind) else ""
    h.spice = h.spice or kind == "spice"
    attributes = c.pick(dict(port="-1", autoport="yes"), dict(port="-1", autoport="yes"), dict(autoport="yes"), dict(port=c.pick("5901", "5950", "5903"), autoport="no"), dict(port="5904"), {}, dict(port="-1"))
    if kind == "spice" and attributes.get("port") == "-1" and c.chance(0.6):
        attributes["tlsPort"] = "-1"
    listen = c.pick({}, {}, dict(listen="0.0.0.0"), dict(listen="127.0.0.1"))
    inside = c.pick("", f"<listen type='address' address='{listen['listen']}'/>", "") if listen else c.pick("", "", "<listen type='address'/>", "<listen type='none'/>", "<listen type='socket'/>")
    more = dict(keymap=c.maybe(0.15, lambda: c.pick("en-us", "de")), passwd=c.maybe(0.04, lambda: "secret"), sharePolicy=c.maybe(0.04, lambda: "force-shared") if kind == "vnc" else None, defaultMode=c.maybe(0.1, lambda: "insecure") if kind == "spice" else None)
    if kind == "spice":
        inside += c.some(*([lambda: ""] * 4), lambda: f"<image compression='{c.pick('off', 'auto_glz', 'quic')}'/>", lambda: f"<gl enable='{c.yesno()}'/>", lambda: f"<streaming mode='{c.pick('filter', 'off')}'/>", lambda: f"<clipboard copypaste='{c.yesno()}'/>",
                         lambda: "<mouse mode='client'/>", lambda: "<channel name='main' mode='insecure'/>", lambda: f"<filetransfer enable='{c.yesno()}'/>")
    return f"<graphics type='{kind}'{c.attributes(**attributes, **listen, **more)}>{inside}</graphics>"


def sound(c, h):
    model = c.weighted({"ich6": 4, "ich9": 3, "ac97": 2, "es1370": 0.5, "sb16": 0.5, "pcspk": 0.3, "usb": 0.4})
    codec = c.maybe(0.3, lambda: f"<codec type='{c.pick('duplex', 'micro', 'output')}'/>") or "" if model in ("ich6", "ich9") else ""
    return f"<sound model='{model}'>{codec}{address(c, h, 0.1) if model not in ('sb16', 'pcspk', 'usb') else ''}</sound>"


def audio(c, h):
    return f"<audio id='1' type='{c.pick('none', 'pulseaudio', 'alsa', 'sdl', 'oss', 'file')}'/>"


def video(c, h):
    model = c.weighted({"qxl": 4 if h.x86 else 0.2, "virtio": 5, "vga": 3, "cirrus": 2 if h.x86 else 0.2, "none": 0.7, "bochs": 0.7, "ramfb": 0.3, "vmvga": 0.3 if h.x86 else 0, "default": 0.1})
    attributes = dict(type=model)
    if model == "qxl":
        attributes.update(ram=c.maybe(0.6, lambda: c.pick(65536, 131072, 1000)), vram=c.maybe(0.6, lambda: c.pick(65536, 32768, 100)), vgamem=c.maybe(0.6, lambda: c.pick(16384, 8192)), heads=c.pick(1, 2, None))
    elif model in ("vga", "cirrus", "vmvga", "bochs"):
        attributes.update(vram=c.maybe(0.5, lambda: c.pick(16384, 9216, 1000, 1024, 0)), heads=c.pick(1, None))
    elif model == "virtio":
        attributes.update(heads=c.pick(1, 1, 2, None), vram=c.maybe(0.05, lambda: 16384), primary=c.maybe(0.1, lambda: "yes"))
    inside = c.maybe(0.12, lambda: f"<acceleration accel3d='{c.yesno()}'/>") or "" if model == "virtio" else ""
    inside += c.maybe(0.05, lambda: "<resolution x='1280' y='720'/>") or "" if model in ("virtio", "bochs", "vga", "qxl") else ""
    driver = f"<driver{c.attributes(**virtio_options(c))}/>" if model == "virtio" and c.chance(0.08) else ""
    return f"<video>{driver}<model{c.attributes(**attributes)}>{inside}</model>{address(c, h, 0.15) if model not in ('none', 'ramfb') else ''}</video>"


def hostdev(c, h):
    return c.pick(
        f"<hostdev mode='subsystem' type='usb'{c.pick('', c.text(' managed=', 'yes'))}><source><vendor id='0x1234'/><product id='0xbeef'/></source></hostdev>",
        "<hostdev mode='subsystem' type='usb'><source startupPolicy='optional'><address bus='1' device='3'/></source></hostdev>",
        f"<hostdev mode='subsystem' type='pci' managed='{c.yesno()}'><source><address domain='0x0000' bus='0x06' slot='0x02' function='0x{c.pick(0, 1)}'/></source>{boot(c, h, 0.3)}{c.pick('', '<rom bar=' + chr(39) + 'off' + chr(39) + '/>')}{address(c, h)}</hostdev>",
        f"<hostdev mode='subsystem' type='scsi'{c.pick('', c.text(' sgio=', 'filtered'))}><source><adapter name='scsi_host0'/><address bus='0' target='0' unit='0'/></source></hostdev>",
        f"<hostdev mode='subsystem' type='mdev' model='{'vfio-ccw' if h.family == 's390' else 'vfio-pci'}'><source><address uuid='53764d0e-85a0-42b4-af5c-2046b460b1dc'/></source></hostdev>")


def redirdev(c, h):
    return "".join(f"<redirdev bus='usb' type='{'spicevmc' if h.spice else 'tcp'}'>{c.maybe(0.1, lambda: '<address type=' + chr(39) + 'usb' + chr(39) + ' bus=' + chr(39) + '0' + chr(39) + ' port=' + chr(39) + '4' + chr(39) + '/>') or ''}</redirdev>".replace("type='tcp'>", "type='tcp'><source mode='connect' host='localhost' service='4000'/>") for _ in range(c.pick(1, 2)))


def watchdog(c, h):
    model = c.weighted({"i6300esb": 5, "ib700": 1.5 if h.x86 else 0.2, "diag288": 5 if h.family == "s390" else 0.2, "itco": 1 if h.family == "q35" else 0.1})
    return f"<watchdog model='{model}'{c.attributes(action=c.maybe(0.8, lambda: c.pick('reset', 'poweroff', 'pause', 'none', 'dump', 'inject-nmi')))}>{address(c, h, 0.1) if model == 'i6300esb' else ''}</watchdog>"


def memballoon(c, h):
    model = c.weighted({"virtio": 7, "none": 2, "virtio-non-transitional": 0.3})
    if model == "none":
        return "<memballoon model='none'/>"
    inside = c.maybe(0.2, lambda: "<stats period='5'/>") or ""
    return f"<memballoon model='{model}'{c.attributes(autodeflate=c.maybe(0.1, c.onoff), freePageReporting=c.maybe(0.05, c.onoff))}>{inside}{address(c, h)}</memballoon>"


def rng(c, h):
    backend = c.pick("<backend model='random'>/dev/urandom</backend>", "<backend model='random'>/dev/urandom</backend>", "<backend model='random'>/dev/random</backend>", "<backend model='random'/>", "<backend model='builtin'/>",
                     "<backend model='egd' type='udp'><source mode='bind' service='1234'/><source mode='connect' host='1.2.3.4' service='1234'/></backend>")
    rate = c.maybe(0.25, lambda: f"<rate bytes='{c.pick(1024, 1234)}'{c.pick('', c.text(' period=', '2000'))}/>") or ""
    return f"<rng model='{c.weighted({'virtio': 8, 'virtio-transitional': 0.3, 'virtio-non-transitional': 0.3})}'>{rate}{backend}{address(c, h)}</rng>"


def panic(c, h):
    model = c.weighted({None: 3, "isa": 3 if h.x86 else 0.2, "pseries": 2 if h.family == "pseries" else 0.1, "hyperv": 0.3 if h.x86 else 0.1, "s390": 2 if h.family == "s390" else 0.1, "pvpanic": 0.01})
    if model is None and not (h.x86 or h.family in ("pseries", "s390")):
        model = "pvpanic" if c.chance(0.05) else "isa"
    return f"<panic{c.attributes(model=model)}>{c.maybe(0.15, lambda: '<address type=' + chr(39) + 'isa' + chr(39) + ' iobase=' + chr(39) + '0x505' + chr(39) + '/>') or ''}</panic>"


def shmem(c, h):
    return c.pick("<shmem name='shmem0'/>", f"<shmem name='shmem1'><model type='ivshmem-plain'/><size unit='M'>4</size>{address(c, h, 0.2)}</shmem>", "<shmem name='shmem2' role='peer'><model type='ivshmem-doorbell'/><server path='/srv/shmem.sock'/><msi vectors='32' ioeventfd='on'/></shmem>")


def memory_device(c, h):
    return c.pick(
        f"<memory model='dimm'><target><size unit='KiB'>524288</size>{c.pick('', '<node>0</node>')}</target></memory>",
        f"<memory model='nvdimm'><source><path>/srv/nvdimm</path></source><target><size unit='KiB'>{c.pick(524288, 523264)}</size><node>0</node>{c.pick('', '<label><size unit=' + chr(39) + 'KiB' + chr(39) + '>128</size></label>')}</target></memory>",
        "<memory model='virtio-mem'><target><size unit='KiB'>1048576</size><node>0</node><block unit='KiB'>2048</block><requested unit='KiB'>524288</requested></target></memory>",
        "<memory model='virtio-pmem' access='shared'><source><path>/srv/pmem</path></source><target><size unit='KiB'>524288</size></target></memory>")


def iommu(c, h):
    if not h.x86 and not h.arm and c.chance(0.8):
        return ""
    return c.pick("<iommu model='intel'/>" if h.family == "q35" else "", "<iommu model='intel'><driver intremap='on' caching_mode='on'/></iommu>", "<iommu model='smmuv3'/>" if h.arm else "<iommu model='virtio'/>", "<iommu model='virtio'/>")


def vsock(c, h):
    return f"<vsock model='{c.pick('virtio', 'virtio', 'virtio-non-transitional')}'><cid auto='no' address='{c.pick(3, 4)}'/>{address(c, h)}</vsock>"


def filesystem(c, h):
    target = c.pick("share", "data", "export")
    if target in h.used:
        return ""
    h.used.add(target)
    if c.chance(0.05):
        return f"<filesystem type='mount'><driver type='virtiofs'/><source dir='/srv/{target}'/><target dir='{target}'/></filesystem>"
    return f"<filesystem type='mount'{c.attributes(accessmode=c.pick(None, 'passthrough', 'mapped', 'squash'), model=c.maybe(0.1, lambda: 'virtio-non-transitional'))}>{c.pick('', '<driver type=' + chr(39) + 'path' + chr(39) + ' wrpolicy=' + chr(39) + 'immediate' + chr(39) + '/>')}<source dir='/srv/{target}'/><target dir='{target}'/>{c.pick('', '', '<readonly/>')}{address(c, h)}</filesystem>"


def nvram(c, h):
    return "<nvram><address type='spapr-vio' reg='0x4000'/></nvram>" if h.family == "pseries" else ""


def crypto(c, h):
    return "<crypto model='virtio' type='qemu'><backend model='builtin' queues='1'/></crypto>"


def lease(c, h):
    return "<lease><lockspace>a</lockspace><key>b</key><target path='/srv/lease'/></lease>"


def smartcard(c, h):
    return c.pick("<smartcard mode='host'/>", "<smartcard mode='passthrough' type='spicevmc'/>", "<smartcard mode='passthrough' type='spicevmc'><address type='ccid' controller='0' slot='0'/></smartcard>")


def hub(c, h):
    return f"<hub type='usb'>{c.pick('', '<address type=' + chr(39) + 'usb' + chr(39) + ' bus=' + chr(39) + '0' + chr(39) + ' port=' + chr(39) + '1' + chr(39) + '/>')}</hub>"
