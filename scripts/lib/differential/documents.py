"""Random domain documents, as people and tools write them: a seed gives the same documents for ever.

Each part of a document is a function that returns text or nothing; `Host` is what stands around it, an architecture with a
machine type. `devices.py` has the devices, `rarer.py` what fewer documents have, `mistakes.py` what goes wrong in one of five.
"""
import random

from . import devices, mistakes, rarer
from .chance import Chance

# Architecture: machine types with weights; '' is no machine attribute.
MACHINES = {
    "x86_64": {"pc": 5, "q35": 8, "pc-i440fx-7.2": 2, "pc-q35-7.2": 3, "pc-q35-6.0": 1, "pc-i440fx-4.2": 1, "": 1, "isapc": 0.3,
               "microvm": 0.3},
    "aarch64": {"virt": 8, "virt-7.0": 2, "": 1, "sbsa-ref": 0.3, "raspi3b": 0.2},
    "ppc64": {"pseries": 8, "pseries-7.1": 2, "": 1, "powernv9": 0.3},
    "s390x": {"s390-ccw-virtio": 8, "s390-ccw-virtio-7.0": 2, "": 1},
    "riscv64": {"virt": 8, "": 1, "spike": 0.3},
    "armv7l": {"virt": 4, "vexpress-a15": 2, "versatilepb": 1},
    "i686": {"pc": 4, "q35": 3, "": 1},
    "ppc": {"g3beige": 2, "mac99": 1},
    "sparc64": {"sun4u": 1},
    "mips": {"malta": 1},
}
# How often each architecture comes where none is asked for.
WEIGHTS = {"x86_64": 45, "aarch64": 14, "ppc64": 12, "s390x": 12, "riscv64": 12, "armv7l": 2, "i686": 1.5, "ppc": 0.5,
           "sparc64": 0.5, "mips": 0.5}
EMULATORS = {"armv7l": "arm", "i686": "i386"}
FAMILIES = {"pc": "pc", "q35": "q35", "pc-i440fx": "pc", "pc-q35": "q35", "virt": "virt", "pseries": "pseries",
            "s390-ccw-virtio": "s390", "isapc": "isapc", "microvm": "microvm"}
DEFAULTS = {"x86_64": "pc", "i686": "pc", "aarch64": "virt", "armv7l": "virt", "riscv64": "virt", "ppc64": "pseries",
            "s390x": "s390"}


class Host:
    """The machine that a document is for."""

    def __init__(self, arch, machine):
        self.arch, self.machine = arch, machine
        bare = machine
        while bare and bare not in FAMILIES and "-" in bare:
            bare = bare.rsplit("-", 1)[0]
        self.family = FAMILIES.get(bare, "board") if machine else DEFAULTS.get(arch, "board")
        self.x86 = arch in ("x86_64", "i686")
        self.arm = arch in ("aarch64", "armv7l")
        self.pcie = self.family in ("q35", "virt")
        self.pci = self.pcie or self.family in ("pc", "pseries")
        self.firmware = None


def document(seed, number, arch=None, available=None):
    """The document of a number, its architecture and whether something was done to it on purpose."""
    c = Chance(random.Random(f"{seed} {number} {arch or ''}"))
    if arch is None:
        arch = c.weighted({a: w for a, w in WEIGHTS.items() if available is None or a in available})
    host = Host(arch, c.weighted(MACHINES[arch]))
    text = rarer.add(c, host, domain(c, host))
    wrong = c.chance(0.2)
    if wrong:
        text = mistakes.make(c, text)
    return text, arch, wrong


def domain(c, h):
    body = [
        "<name>guest</name>",
        "<uuid>c5dbcd41-19f6-4192-8a00-141bceca34fb</uuid>",
        c.maybe(0.04 if h.x86 else 0.005, lambda: "<genid>e9392370-2917-565e-692b-d057f46512d6</genid>"),
        c.maybe(0.08, lambda: "<title>A guest</title>"),
        c.maybe(0.08, lambda: "<description>Made by a tool\n  in two lines</description>"),
        c.maybe(0.1, lambda: '<metadata><a:app xmlns:a="http://example.org/a">one<a:b c="2"/></a:app></metadata>'),
        *memory(c, h),
        c.maybe(0.06, lambda: blkiotune(c)),
        c.maybe(0.06, lambda: memtune(c)),
        *vcpus(c, h),
        c.maybe(0.1, lambda: iothreads(c)),
        c.maybe(0.08, lambda: cputune(c)),
        c.maybe(0.05, lambda: f"<resource><partition>{c.pick('/machine', '/virtualmachines/a')}</partition></resource>"),
        *sysinfo_and_os(c, h),
        c.maybe(0.9, lambda: features(c, h)),
        c.maybe(0.55, lambda: cpu(c, h)),
        c.maybe(0.75, lambda: clock(c, h)),
        *[c.maybe(0.4, lambda: f"<{e}>{c.pick(*v)}</{e}>") for e, v in (
            ("on_poweroff", ("destroy", "destroy", "destroy", "restart")),
            ("on_reboot", ("restart", "restart", "destroy")),
            ("on_crash", ("destroy", "restart", "coredump-destroy", "preserve")))],
        c.maybe(0.3 if h.x86 else 0.03, lambda: "<pm>" + "".join(
            c.maybe(0.7, lambda: f"<suspend-to-{w} enabled='{c.pick('yes', 'no', 'no')}'/>") or "" for w in ("mem", "disk"))
            + "</pm>"),
        devices.all_devices(c, h),
        c.maybe(0.04, lambda: "<seclabel type='none'/>"),
        c.maybe(0.15 if h.family == "s390" else 0.01, lambda: f"<keywrap><cipher name='aes' state='{c.pick('on', 'off')}'/></keywrap>"),
    ]
    kind = "kvm" if c.chance(0.01) else "qemu"
    return f"<domain type='{kind}'>\n" + "\n".join(b for b in body if b) + "\n</domain>\n"


def memory(c, h):
    mib = c.pick(64, 256, 512, 1024, 1024, 2048, 4096, 8192, 1000, 1023)
    unit, factor = c.pick(("MiB", 1), ("KiB", 1024), (None, 1024), ("MiB", 1), ("GiB", 0))
    amount = max(1, mib // 1024) if unit == "GiB" else mib * factor
    attribute = f" unit='{unit}'" if unit else ""
    h.grows = c.chance(0.08)
    if h.grows:
        yield f"<maxMemory slots='{c.pick(4, 16)}' unit='GiB'>{c.pick(16, 32)}</maxMemory>"
    yield c.maybe(0.997, lambda: f"<memory{attribute}{c.maybe(0.03, lambda: c.text(' dumpCore=', c.onoff())) or ''}>{amount}</memory>")
    yield c.maybe(0.5, lambda: f"<currentMemory{attribute}>{c.pick(amount, amount, max(1, amount // 2))}</currentMemory>")
    yield c.maybe(0.08, lambda: memory_backing(c))


def memory_backing(c):
    return "<memoryBacking>" + c.some(
        lambda: c.pick("<hugepages/>", "<hugepages><page size='2' unit='M'/></hugepages>",
                       "<hugepages><page size='1' unit='G' nodeset='0'/></hugepages>"),
        lambda: "<nosharepages/>", lambda: "<locked/>",
        lambda: f"<source type='{c.pick('file', 'anonymous', 'memfd')}'/>",
        lambda: f"<access mode='{c.pick('shared', 'private')}'/>",
        lambda: f"<allocation mode='{c.pick('immediate', 'ondemand')}'{c.pick('', c.text(' threads=', '4'))}/>",
        lambda: "<discard/>") + "</memoryBacking>"


def memtune(c):
    return "<memtune>" + c.some(*[lambda n=n: f"<{n} unit='{c.pick('KiB', 'GiB')}'>{c.pick(2, 64, 9007199254740991)}</{n}>"
                                  for n in ("hard_limit", "soft_limit", "swap_hard_limit")]) + "</memtune>"


def blkiotune(c):
    return "<blkiotune>" + c.some(
        lambda: f"<weight>{c.pick(100, 800, 1000, 50)}</weight>",
        lambda: f"<device><path>/dev/sda</path><weight>{c.pick(200, 0)}</weight>"
                f"<read_bytes_sec>{c.pick(0, 10000)}</read_bytes_sec></device>") + "</blkiotune>"


def vcpus(c, h):
    count = c.pick(1, 1, 2, 2, 4, 8, 3)
    h.vcpus = count
    attributes = c.attributes(placement=c.maybe(0.5, lambda: "static"), cpuset=c.maybe(0.05, lambda: c.pick("0-1", "0,1", "^1,0-1")),
                              current=c.maybe(0.1, lambda: str(max(1, count // 2))))
    yield c.maybe(0.95, lambda: f"<vcpu{attributes}>{count}</vcpu>")
    if c.chance(0.04):
        listed = [f"<vcpu id='{i}' enabled='{'yes' if i == 0 else c.pick('yes', 'no')}' hotpluggable='{'no' if i == 0 else 'yes'}'/>"
                  for i in range(c.pick(count, max(1, count - 1)))]
        yield "<vcpus>" + "".join(listed) + "</vcpus>"


def iothreads(c):
    count = c.pick(0, 1, 2, 4)
    text = c.maybe(0.7, lambda: f"<iothreads>{count}</iothreads>") or ""
    if c.chance(0.5):
        text += "<iothreadids>" + "".join(f"<iothread id='{i}'{c.maybe(0.1, lambda: c.text(' thread_pool_min=', '2') + c.text(' thread_pool_max=', '8')) or ''}/>" for i in c.sample([1, 2, 3, 4, 6], c.pick(1, 2, 3))) + "</iothreadids>"
    return text


def cputune(c):
    return "<cputune>" + c.some(
        lambda: f"<shares>{c.pick(2, 1024, 2048, 0)}</shares>", lambda: "<period>100000</period>", lambda: f"<quota>{c.pick(-1, 50000)}</quota>",
        lambda: "<vcpupin vcpu='0' cpuset='0-1'/>", lambda: "<emulatorpin cpuset='1'/>",
        lambda: "<vcpusched vcpus='0' scheduler='fifo' priority='1'/>",
        lambda: "<global_period>100000</global_period>") + "</cputune>"


SMBIOS = """<sysinfo type='smbios'><bios><entry name='vendor'>LENOVO</entry></bios><system><entry name='manufacturer'>Fedora</entry>
<entry name='product'>{}</entry>{}</system>{}</sysinfo>"""


def sysinfo_and_os(c, h):
    smbios = c.maybe(0.1 if not h.arch.startswith("s390") else 0.02, lambda: True)
    if smbios:
        yield SMBIOS.format(c.pick("Virt-Manager", "oVirt Node", ""), c.pick("", "<entry name='uuid'>c5dbcd41-19f6-4192-8a00-141bceca34fb</entry>"),
                            c.pick("", "", "<chassis><entry name='serial'>12</entry></chassis>", "<oemStrings><entry>a=b,c</entry></oemStrings>",
                                   "<baseBoard><entry name='manufacturer'>Dell</entry></baseBoard>"))
    if c.chance(0.02):
        yield "<sysinfo type='fwcfg'><entry name='opt/com.example/a'>value</entry></sysinfo>"
    arch = c.attributes(arch=c.maybe(0.97 if h.arch == "x86_64" else 1, lambda: h.arch), machine=h.machine or None)
    parts = [f"<type{arch}>hvm</type>"]
    attributes = ""
    if (h.x86 and c.chance(0.1)) or (h.arch == "aarch64" and c.chance(0.4)):
        parts += firmware(c, h)
        if not parts[-1]:
            attributes = " firmware='efi'"
        h.firmware = "efi"
    if c.chance(0.12):
        parts.append(f"<kernel>/boot/vmlinuz</kernel>{c.pick('', '<initrd>/boot/initrd</initrd>')}<cmdline>console=ttyS0 root=/dev/vda</cmdline>"
                     f"{c.pick('', '', '<dtb>/boot/a.dtb</dtb>') if not h.x86 else ''}")
    h.boots_by_device = c.chance(0.3)
    if not h.boots_by_device:
        for device in c.sample(["hd", "cdrom", "network", "fd"], c.pick(0, 1, 1, 2, 3)):
            parts.append(f"<boot dev='{device}'/>")
    parts.append(c.maybe(0.15, lambda: f"<bootmenu enable='{c.yesno()}'{c.pick('', c.text(' timeout=', '3000'))}/>"))
    parts.append(c.maybe(0.05 if h.x86 else 0.01, lambda: c.pick("<bios useserial='yes'/>", "<bios rebootTimeout='0'/>",
                                                                  "<bios useserial='yes' rebootTimeout='500'/>")))
    parts.append("<smbios mode='sysinfo'/>" if smbios else c.maybe(0.04, lambda: f"<smbios mode='{c.pick('host', 'emulate')}'/>"))
    yield f"<os{attributes}>" + "".join(p for p in parts if p) + "</os>"


def firmware(c, h):
    """Parts of <os>; an empty last part stands for firmware='efi'."""
    if h.x86:
        code, template = "/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"
    else:
        code, template = "/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF_VARS.fd"
    return c.pick(
        [""], [""],
        [f"<loader readonly='yes' type='pflash'>{code}</loader>", f"<nvram template='{template}'>/srv/guest_VARS.fd</nvram>"],
        [f"<loader readonly='yes' type='pflash'>{code}</loader>", "<nvram>/srv/guest_VARS.fd</nvram>"],
        [f"<loader type='rom'>{c.pick('/usr/share/seabios/bios.bin', '/srv/rom.bin')}</loader>"],
        [f"<loader readonly='yes' type='pflash'>{code}</loader>"])


def features(c, h):
    parts = []
    if h.x86:
        parts += [c.maybe(0.9, lambda: "<acpi/>"), c.maybe(0.8, lambda: c.pick("<apic/>", "<apic/>", "<apic eoi='on'/>")),
                  c.maybe(0.2, lambda: "<pae/>"), c.maybe(0.12, lambda: hyperv(c)),
                  c.maybe(0.1, lambda: c.pick("<kvm><hidden state='on'/></kvm>", "<kvm><hint-dedicated state='on'/></kvm>")),
                  c.maybe(0.15, lambda: f"<vmport state='{c.onoff()}'/>"), c.maybe(0.05, lambda: f"<pmu state='{c.onoff()}'/>"),
                  c.maybe(0.04, lambda: f"<smm state='{c.onoff()}'/>") if h.family == "q35" else None,
                  c.maybe(0.03, lambda: c.pick("<ioapic driver='qemu'/>", "<ioapic driver='kvm'/>")),
                  c.maybe(0.03, lambda: f"<vmcoreinfo state='{c.onoff()}'/>"), c.maybe(0.03, lambda: "<hap/>"),
                  c.maybe(0.02, lambda: f"<pvspinlock state='{c.onoff()}'/>")]
    elif h.arm:
        parts += [c.maybe(0.98 if h.firmware else 0.01, lambda: "<acpi/>"), c.maybe(0.4, lambda: c.pick("<gic version='2'/>", "<gic version='3'/>", "<gic/>", "<gic version='host'/>")),
                  c.maybe(0.1, lambda: "<vmcoreinfo/>"), c.maybe(0.05, lambda: f"<pmu state='{c.onoff()}'/>")]
    elif h.family == "pseries":
        parts += [c.maybe(0.1, lambda: f"<{c.pick('htm', 'nested-hv', 'ccf-assist')} state='{c.onoff()}'/>"), c.maybe(0.1, lambda: f"<hpt resizing='{c.pick('enabled', 'disabled', 'required')}'/>"),
                  c.maybe(0.05, lambda: f"<{c.pick('cfpc', 'sbbc')} value='{c.pick('broken', 'workaround', 'fixed')}'/>"), c.maybe(0.1, lambda: "<acpi/>")]
    else:
        parts += [c.maybe(0.1, lambda: "<acpi/>"), c.maybe(0.05, lambda: "<apic/>")]
    return "<features>" + "".join(p for p in parts if p) + "</features>"


def hyperv(c):
    return "<hyperv>" + c.some(*[lambda n=n: f"<{n} state='{c.pick('on', 'on', 'off')}'/>" for n in ("relaxed", "vapic", "vpindex", "synic", "reset", "frequencies", "runtime")],
                               lambda: f"<spinlocks state='on' retries='{c.pick(8191, 4095)}'/>", lambda: c.pick("<stimer state='on'/>", "<stimer state='on'><direct state='off'/></stimer>"),
                               lambda: "<vendor_id state='on' value='KVM Hv'/>") + "</hyperv>"


MODELS = {"x86_64": ["Haswell", "Haswell-noTSX", "EPYC", "Skylake-Client", "Westmere", "qemu64", "Nehalem", "core2duo", "Opteron_G3"],
          "i686": ["qemu32", "pentium3"], "aarch64": ["cortex-a57", "cortex-a72", "max"], "armv7l": ["cortex-a15"],
          "ppc64": ["POWER8", "POWER9"], "s390x": ["z14", "gen15a"], "riscv64": ["rv64"]}
FLAGS = {"x86_64": ["vmx", "avx2", "aes", "pcid", "spec-ctrl", "invtsc", "svm", "x2apic", "hypervisor"], "aarch64": ["sve", "sve256", "pmu"],
         "s390x": ["vx", "te"], "i686": ["sse2"]}


def cpu(c, h):
    mode = c.weighted({"custom": 5, "host-passthrough": 1.2, "host-model": 0.8, "maximum": 1, "": 2})
    inside = ""
    attributes = {"mode": mode or None}
    if mode in ("custom", "") and h.arch in MODELS and c.chance(0.8 if mode else 0.3):
        inside += f"<model{c.attributes(fallback=c.pick(None, 'allow', 'forbid'))}>{c.pick(*MODELS[h.arch])}</model>"
        attributes["match"] = c.pick(None, "exact", "exact", "minimum" if c.chance(0.2) else "exact")
    if mode in ("host-passthrough", "maximum"):
        attributes["migratable"] = c.maybe(0.3, c.onoff)
    attributes["check"] = c.maybe(0.4, lambda: c.pick("none", "none", "partial", "full"))
    if c.chance(0.3):
        sockets, cores, threads = c.pick((1, h.vcpus, 1), (h.vcpus, 1, 1), (1, 1, h.vcpus), (1, h.vcpus // 2, 2) if h.vcpus % 2 == 0 else (1, h.vcpus, 1))
        inside += f"<topology sockets='{sockets}'{c.pick('', c.text(' dies=', '1'))} cores='{cores}' threads='{threads}'/>"
    if c.chance(0.1):
        if h.x86:
            inside += c.pick("<cache mode='passthrough'/>" if mode.startswith("host-p") else "", "<cache level='3' mode='emulate'/>", "<maxphysaddr mode='emulate' bits='42'/>")
    if h.arch in FLAGS and ("<model" in inside or mode.startswith("host") or mode == "maximum") and c.chance(0.35):
        for flag in c.sample(FLAGS[h.arch], c.pick(1, 1, 2)):
            inside += f"<feature policy='{c.pick('require', 'disable', 'require', 'optional', 'force')}' name='{flag}'/>"
    if c.chance(0.9 if h.grows else 0.1):
        inside += numa(c, h)
    return f"<cpu{c.attributes(**attributes)}>{inside}</cpu>"


def numa(c, h):
    cells = c.pick(1, 2) if h.vcpus > 1 else 1
    share = h.vcpus // cells
    text = ""
    for cell in range(cells):
        last = h.vcpus - 1 if cell == cells - 1 else share - 1
        cpus = f"{cell * share}-{last}" if last > cell * share else f"{last}"
        attributes = c.attributes(id=c.pick(str(cell), None), cpus=cpus, memory=str(c.pick(256, 512) * 1024 * (256 if h.family == "pseries" else 1) // (256 if h.family == "pseries" else 1)),
                                  unit=c.pick("KiB", None), memAccess=c.maybe(0.1, lambda: c.pick("shared", "private")), discard=c.maybe(0.05, c.yesno))
        inside = c.maybe(0.15, lambda: f"<distances><sibling id='{cell}' value='10'/>" + (f"<sibling id='{1 - cell}' value='21'/>" if cells > 1 else "") + "</distances>") or ""
        inside += c.maybe(0.1, lambda: "<cache level='1' associativity='direct' policy='writeback'><size value='8' unit='KiB'/><line value='5' unit='B'/></cache>") or ""
        text += f"<cell{attributes}>{inside}</cell>"
    return f"<numa>{text}</numa>"


def clock(c, h):
    offset = c.weighted({"utc": 6, "localtime": 2, "variable": 1.5, "timezone": 0.5, "absolute": 0.2})
    attributes = {"offset": offset}
    if offset in ("utc", "localtime"):
        attributes["adjustment"] = c.maybe(0.15, lambda: c.pick("reset", "3600", "-10", "0"))
    if offset == "variable":
        attributes["adjustment"] = c.pick("0", "123456", "-3600", None)
        attributes["basis"] = c.pick(None, "utc", "localtime")
    if offset == "timezone":
        attributes["timezone"] = "Europe/Paris"
    if offset == "absolute":
        attributes["start"] = "1000000000"
    timers = ""
    if h.x86 and c.chance(0.55):
        timers += "<timer name='rtc' tickpolicy='catchup'/><timer name='pit' tickpolicy='delay'/>" if c.chance(0.8) else f"<timer name='rtc' track='{c.pick('guest', 'wall')}'/>"
        timers += c.maybe(0.8, lambda: f"<timer name='hpet' present='{c.pick('no', 'no', 'yes')}'/>") or ""
        timers += c.maybe(0.1, lambda: f"<timer name='{c.pick('kvmclock', 'hypervclock')}' present='{c.yesno()}'/>") or ""
        timers += c.maybe(0.05, lambda: "<timer name='tsc' frequency='2000000000' mode='native'/>") or ""
    elif c.chance(0.08):
        timers += c.pick("<timer name='armvtimer' tickpolicy='discard'/>" if h.arm else "", "<timer name='rtc' tickpolicy='catchup'/>", "<timer name='hpet' present='no'/>")
    return f"<clock{c.attributes(**attributes)}>{timers}</clock>"
