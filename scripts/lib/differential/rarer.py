"""What fewer documents have: settings that stand inside devices and features which the other files have made.

`add` walks a finished document and gives some of its elements one of the children or attributes that libvirt's format knows
for them. Most documents get one or two, so that a document is refused for one reason at a time. `rarer_devices.py` has what
goes into the devices.
"""
import xml.etree.ElementTree as ET

from . import rarer_devices

QEMU = "http://libvirt.org/schemas/domain/qemu/1.0"


def add(c, h, text):
    """The document with a few rarer settings in it."""
    if c.chance(0.35):
        return text
    root = ET.fromstring(text)
    found = [(root, GENERAL)] + [(e, INSIDE[e.tag]) for e in root.iter() if e.tag in INSIDE] + [
        (e, rarer_devices.PLACES.get(e.tag, [])) for e in root.find("devices")]
    makers = [(weight, make, element) for element, parts in found for weight, make in parts]
    count = c.weighted({1: 5, 2: 3, 3: 1, 5: 0.5})
    for _ in range(count):
        if makers:
            _, make, element = c.random.choices(makers, [weight for weight, _, _ in makers])[0]
            make(c, h, root, element)
    return ET.tostring(root, encoding="unicode")


def put(parent, *texts):
    """Adds elements that are written as text."""
    for text in texts:
        parent.append(ET.fromstring(text))


def child(parent, name):
    """The child of that name, which is added when there is none."""
    found = parent.find(name)
    return found if found is not None else ET.SubElement(parent, name)


def before_devices(root, text):
    root.insert([e.tag for e in root].index("devices"), ET.fromstring(text))


# --- what stands outside of devices

def numatune(c, h, root, _):
    cells = len(root.findall("cpu/numa/cell"))
    inside = c.maybe(0.75, lambda: f"<memory{c.attributes(mode=c.pick('strict', 'preferred', 'interleave', 'restrictive', None), nodeset=c.maybe(0.7, lambda: '0'), placement=c.maybe(0.2, lambda: c.pick('static', 'auto')))}/>") or ""
    if cells and c.chance(0.5):
        inside += f"<memnode cellid='{c.pick(0, cells - 1)}' mode='{c.pick('strict', 'preferred', 'interleave')}' nodeset='0'/>"
    before_devices(root, f"<numatune>{inside}</numatune>")


def seclabel(c, h, root, _):
    put(root, c.pick("<seclabel type='dynamic' model='dac' relabel='yes'/>", "<seclabel type='none' model='none'/>", "<seclabel type='static' model='dac' relabel='no'><label>+0:+0</label></seclabel>",
                     "<seclabel type='dynamic' model='apparmor' relabel='yes'><label>libvirt-c5dbcd41-19f6-4192-8a00-141bceca34fb</label><imagelabel>libvirt-c5dbcd41-19f6-4192-8a00-141bceca34fb</imagelabel></seclabel>",
                     "<seclabel type='dynamic' model='selinux' relabel='yes'><baselabel>system_u:system_r:svirt_custom_t:s0</baselabel></seclabel>", "<seclabel type='none'/>"))


def passthrough(c, h, root, _):
    for text in c.sample([f"<qemu:commandline xmlns:qemu='{QEMU}'><qemu:arg value='-fw_cfg'/><qemu:arg value='name=opt/a,string=b'/></qemu:commandline>",
                          f"<qemu:commandline xmlns:qemu='{QEMU}'><qemu:arg value='-global'/><qemu:arg value='PIIX4_PM.disable_s3=1'/><qemu:env name='QEMU_AUDIO_DRV' value='none'/></qemu:commandline>",
                          f"<qemu:override xmlns:qemu='{QEMU}'><qemu:device alias='balloon0'><qemu:frontend><qemu:property name='x' type='unsigned' value='7'/></qemu:frontend></qemu:device></qemu:override>",
                          f"<qemu:deprecation xmlns:qemu='{QEMU}' behavior='omit'/>"], 1):
        put(root, text)


def vcpu_order(c, h, root, _):
    count = int(root.findtext("vcpu") or 1)
    for old in root.findall("vcpus"):
        root.remove(old)
    before_devices(root, "<vcpus>" + "".join(f"<vcpu id='{i}' enabled='{'no' if i and c.chance(0.4) else 'yes'}' hotpluggable='{'no' if i == 0 else 'yes'}' order='{i + 1}'/>" for i in range(count)) + "</vcpus>")


def throttle_groups(c, h, root, _):
    before_devices(root, "<throttlegroups><throttlegroup><group_name>limit0</group_name><total_bytes_sec>10485760</total_bytes_sec></throttlegroup></throttlegroups>")
    disks = root.findall("devices/disk")
    if disks and c.chance(0.7):
        put(c.pick(*disks), f"<throttlefilters><throttlefilter group='{c.pick('limit0', 'limit0', 'limit1')}'/></throttlefilters>")


def live(c, h, root, _):
    """As of a running machine: an id, names of devices, what a run has chosen."""
    root.set("id", "7")
    for number, device in enumerate(e for e in root.find("devices") if e.tag not in ("emulator", "audio")):
        if device.find("alias") is None:
            put(device, f"<alias name='{device.tag}{number}'/>")
    for device in root.findall("devices/serial") + root.findall("devices/console"):
        if device.get("type") == "pty":
            device.insert(0, ET.fromstring("<source path='/dev/pts/3'/>"))
            if device.tag == "console":
                device.set("tty", "/dev/pts/3")
    for device in root.findall("devices/interface"):
        if device.find("target") is None:
            put(device, "<target dev='vnet3'/>")


def alike_resource(c, h, root, _):
    if root.find("resource") is None:
        before_devices(root, c.pick("<resource><fibrechannel appid='userProvidedID'/></resource>", "<resource/>"))


def launch_security(c, h, root, _):
    put(root, c.pick("<launchSecurity type='sev'><policy>0x0001</policy><cbitpos>47</cbitpos><reducedPhysBits>1</reducedPhysBits></launchSecurity>", "<launchSecurity type='sev-snp'><policy>0x00030000</policy></launchSecurity>",
                     "<launchSecurity type='s390-pv'/>"))


GENERAL = [
    (3, numatune), (2, seclabel), (1, passthrough), (1, vcpu_order), (0.7, throttle_groups), (2, live), (0.5, alike_resource), (0.4, launch_security),
    (0.5, lambda c, h, root, _: put(root, "<idmap><uid start='0' target='1000' count='10'/><gid start='0' target='1000' count='10'/></idmap>")),
    (0.5, lambda c, h, root, _: put(root, f"<perf><event name='{c.pick('cmt', 'cpu_cycles', 'page_faults')}' enabled='{c.yesno()}'/></perf>")),
    (0.5, lambda c, h, root, _: put(root, f"<on_lockfailure>{c.pick('poweroff', 'ignore', 'pause')}</on_lockfailure>")),
    (0.5, lambda c, h, root, _: before_devices(root, f"<defaultiothread thread_pool_min='{c.pick(1, 8, 20)}' thread_pool_max='16'/>")),
    (1, lambda c, h, root, _: child(root, "iothreadids").append(ET.fromstring(f"<iothread id='{c.pick(7, 8)}'><poll max='{c.pick(0, 32768)}' grow='2' shrink='0'/></iothread>"))),
    (0.7, lambda c, h, root, _: put(root, "<metadata><libosinfo:libosinfo xmlns:libosinfo='http://libosinfo.org/xmlns/libvirt/domain/1.0'><libosinfo:os id='http://debian.org/debian/12'/></libosinfo:libosinfo></metadata>") if root.find("metadata") is None else None),
    (0.5, lambda c, h, root, _: put(root, "<sysinfo type='smbios'><bios><entry name='vendor'>A</entry><entry name='version'>1.2</entry><entry name='date'>01/02/2020</entry><entry name='release'>1.2</entry></bios><system><entry name='manufacturer'>B</entry>"
                                    "<entry name='product'>C</entry><entry name='version'>1</entry><entry name='serial'>2</entry><entry name='sku'>3</entry><entry name='family'>4</entry></system><baseBoard><entry name='product'>X</entry><entry name='location'>slot</entry></baseBoard>"
                                    "<baseBoard><entry name='asset'>Y</entry></baseBoard></sysinfo>") if root.find("sysinfo") is None else None),
    (0.5, lambda c, h, root, _: put(root, "<sysinfo type='fwcfg'><entry name='opt/com.example/name'>example value</entry><entry name='opt/com.example/file' file='/srv/provision.ign'/></sysinfo>")),
    (0.4, lambda c, h, root, _: child(root, "cputune")),
]


# --- <os>

def loader(c, h, root, os):
    found = os.find("loader")
    if found is None:
        if os.get("firmware") and c.chance(0.7):
            found = ET.SubElement(os, "loader")
        elif h.arch in ("x86_64", "aarch64") and c.chance(0.3):
            os.set("firmware", c.pick("efi", "bios"))
            found = ET.SubElement(os, "loader")
        else:
            return
    found.set(*c.pick(("secure", c.yesno()), ("stateless", c.yesno()), ("format", c.pick("raw", "qcow2")), ("readonly", c.yesno()), ("type", c.pick("rom", "pflash"))))


def os_nvram(c, h, root, os):
    if os.find("loader") is None and os.get("firmware") is None:
        return
    for old in os.findall("nvram"):
        os.remove(old)
    put(os, c.pick("<nvram type='file'><source file='/srv/guest_VARS.fd'/></nvram>", "<nvram type='block' format='qcow2'><source dev='/dev/vg/vars'/></nvram>", "<nvram format='qcow2'/>",
                   "<nvram type='network'><source protocol='iscsi' name='iqn.2013-07.com.example:nvram/1'><host name='example.com' port='6000'/></source></nvram>"))


def firmware_features(c, h, root, os):
    if os.get("firmware") is None:
        return
    put(os, "<firmware>" + c.some(lambda: f"<feature enabled='{c.yesno()}' name='secure-boot'/>", lambda: f"<feature enabled='{c.yesno()}' name='enrolled-keys'/>") + "</firmware>")


# --- <features>, <cpu>, <clock>, <cputune>

def feature(*texts):
    def make(c, h, root, features):
        new = ET.fromstring(c.pick(*texts))
        if features.find(new.tag) is None:
            features.append(new)
    return make


def set_one(name, *values):
    def make(c, h, root, element):
        element.set(name, c.pick(*values))
    return make


def topology(c, h, root, cpu):
    for old in cpu.findall("topology"):
        cpu.remove(old)
    count = int(root.findtext("vcpu") or 1)
    parts = c.pick((1, 1, 1, count, 1), (count, 1, 1, 1, 1), (1, 1, count, 1, 1), (1, count, 1, 1, 1))
    names = ["sockets", "dies", "clusters", "cores", "threads"]
    put(cpu, "<topology" + "".join(f" {n}='{p}'" for n, p in zip(names, parts) if n not in ("dies", "clusters") or p > 1 or c.chance(0.5)) + "/>")


def interconnects(c, h, root, numa):
    put(numa, "<interconnects><latency initiator='0' target='0' type='access' value='5'/><bandwidth initiator='0' target='0' type='access' value='204800' unit='KiB'/></interconnects>")


def timer(c, h, root, clock):
    put(clock, c.pick("<timer name='rtc' tickpolicy='catchup'><catchup threshold='123' slew='120' limit='10000'/></timer>", "<timer name='tsc' frequency='3504000000' mode='auto'/>", "<timer name='tsc' present='yes' mode='native'/>",
                      "<timer name='armvtimer' tickpolicy='delay'/>", "<timer name='pit' tickpolicy='discard'/>", "<timer name='hypervclock' present='yes'/>", "<timer name='hpet'/>", "<timer name='kvmclock'/>", "<timer name='rtc' present='no'/>",
                      "<timer name='platform'/>", "<timer name='rtc' tickpolicy='merge'/>", "<timer name='pit' present='no'/>"))


def tune(c, h, root, cputune):
    put(cputune, c.pick("<global_quota>-1</global_quota>", "<emulator_period>100000</emulator_period>", "<emulator_quota>50000</emulator_quota>", "<iothread_period>100000</iothread_period>", "<iothread_quota>-1</iothread_quota>",
                        "<iothreadpin iothread='1' cpuset='0'/>", "<iothreadsched iothreads='1' scheduler='batch'/>", "<emulatorsched scheduler='rr' priority='3'/>", "<vcpusched vcpus='0' scheduler='idle'/>", "<vcpupin vcpu='7' cpuset='0'/>",
                        "<cachetune vcpus='0'><cache id='0' level='3' type='both' size='3' unit='MiB'/></cachetune>", "<memorytune vcpus='0'><node id='0' bandwidth='60'/></memorytune>"))


INSIDE = {
    "os": [(3, loader), (2, os_nvram), (2, firmware_features), (0.3, lambda c, h, root, os: put(os, "<acpi><table type='slic'>/srv/slic.dat</table></acpi>")), (0.3, lambda c, h, root, os: put(os, "<initrd>/boot/initrd</initrd>"))],
    "features": [(1, feature("<ps2 state='off'/>", "<ps2 state='on'/>")), (0.5, feature("<async-teardown enabled='yes'/>", "<async-teardown enabled='no'/>", "<async-teardown/>")), (0.5, feature("<tcg><tb-cache unit='MiB'>128</tb-cache></tcg>")),
                 (1, feature("<smm state='on'><tseg unit='MiB'>48</tseg></smm>", "<smm state='on'/>")), (0.5, feature("<msrs unknown='ignore'/>", "<msrs unknown='fault'/>")),
                 (0.4, feature("<ibs value='workaround'/>", "<ras state='on'/>", "<aia value='aplic'/>", "<privnet/>", "<viridian/>", "<capabilities policy='default'/>", "<nested-hv state='on'/>")),
                 (0.5, feature("<hpt><maxpagesize unit='GiB'>1</maxpagesize></hpt>")), (0.7, feature("<hyperv mode='passthrough'/>", "<hyperv mode='custom'><vpindex state='on'/></hyperv>", "<hyperv/>")),
                 (0.7, feature("<kvm><poll-control state='on'/><pv-ipi state='off'/></kvm>", "<kvm><dirty-ring state='on' size='4096'/></kvm>", "<kvm><hidden state='off'/></kvm>")), (0.3, feature("<pmu/>", "<gic/>", "<vmport/>", "<hap/>", "<apic/>"))],
    "hyperv": [(1, lambda c, h, root, e: put(e, c.pick("<ipi state='on'/>", "<evmcs state='off'/>", "<avic state='on'/>", "<emsr_bitmap state='on'/>", "<xmm_input state='on'/>", "<tlbflush state='on'/>",
                                                       "<tlbflush state='on'><direct state='on'/><extended state='on'/></tlbflush>", "<reenlightenment state='on'/>", "<spinlocks state='on' retries='8192'/>", "<spinlocks state='off'/>", "<vendor_id state='off'/>")))],
    "cpu": [(1.5, topology), (0.6, lambda c, h, root, e: put(e, f"<vendor>{c.pick('Intel', 'AMD')}</vendor>")), (0.5, lambda c, h, root, e: e.find("model") is not None and e.find("model").set("vendor_id", "GenuineIntel")),
            (0.6, lambda c, h, root, e: put(e, c.pick("<maxphysaddr mode='passthrough'/>", "<maxphysaddr mode='passthrough' limit='39'/>", "<maxphysaddr mode='emulate' bits='46'/>", "<maxphysaddr mode='emulate'/>"))),
            (0.3, set_one("deprecated_features", "on", "off")), (0.4, set_one("check", "none", "partial", "full")), (0.4, set_one("match", "strict", "minimum", "exact")),
            (0.7, lambda c, h, root, e: put(e, f"<feature policy='{c.pick('forbid', 'disable', 'require')}' name='{c.pick('vmx', 'apic', 'pcid', 'md-clear', 'arch-capabilities', 'sve', 'vx', 'nosuch')}'/>")),
            (0.6, lambda c, h, root, e: put(e, "<cache level='3' mode='disable'/>" if c.chance(0.1) else c.pick("<cache mode='disable'/>", "<cache mode='passthrough'/>", "<cache level='3' mode='emulate'/>", "<cache level='2' mode='emulate'/>")))],
    "numa": [(1, interconnects)],
    "clock": [(1, timer)],
    "cputune": [(1.5, tune)],
}
