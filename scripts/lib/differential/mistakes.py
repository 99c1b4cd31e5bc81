"""One thing wrong in a document, as it happens when people and tools edit one."""
import xml.etree.ElementTree as ET

NUMBERS = ["0", "-1", "1", "31", "32", "256", "65536", "99999999999999999999", "0x1f", "1.5", "x", ""]
WORDS = {"yes": "no", "no": "yes", "on": "off", "off": "on"}
FOREIGN = ["<panic model='s390'/>", "<panic model='isa'/>", "<watchdog model='diag288' action='none'/>", "<watchdog model='ib700'/>", "<nvram><address type='spapr-vio' reg='0x3000'/></nvram>",
           "<controller type='scsi' index='7' model='ibmvscsi'/>", "<controller type='ide' index='3'/>", "<controller type='pci' index='9' model='pci-bridge'><address type='pci' slot='0' bus='0'/></controller>",
           "<iommu model='intel'/>", "<iommu model='smmuv3'/>", "<input type='keyboard' bus='ps2'/>", "<video><model type='cirrus'/></video><video><model type='cirrus'/></video>",
           "<console type='pty'><target type='sclp'/></console>", "<tpm model='tpm-spapr'><backend type='passthrough'/></tpm>", "<graphics type='vnc' port='80'/>", "<memory model='nvdimm'><target><size>1024</size></target></memory>",
           "<disk type='file' device='disk'><source file='/a'/><target dev='hda1' bus='ide'/></disk>", "<disk type='file' device='floppy'><source file='/a'/><target dev='fdc'/></disk>", "<interface type='user'><mac address='52:54:00:8c:b0:01'/></interface>"]
FEATURES = ["<gic version='2'/>", "<smm state='on'/>", "<apic eoi='on'/>", "<vmport state='on'/>", "<hpt resizing='enabled'/>", "<ioapic driver='qemu'/>", "<htm state='on'/>", "<vmcoreinfo state='on'/>", "<pmu state='off'/>", "<msrs unknown='ignore'/>",
            "<hyperv><relaxed state='on'/></hyperv>", "<kvm><hidden state='on'/></kvm>", "<async-teardown enabled='yes'/>", "<pvspinlock state='on'/>"]
GENERAL = ["<pm><suspend-to-mem enabled='yes'/></pm>", "<keywrap><cipher name='aes' state='on'/></keywrap>", "<launchSecurity type='s390-pv'/>", "<iothreads>-1</iothreads>", "<idmap><uid start='0' target='1000' count='10'/></idmap>", "<perf><event name='cmt' enabled='yes'/></perf>"]


def make(c, text):
    root = ET.fromstring(text)
    c.pick(drop, drop, spoil, spoil, spoil, twice, foreign, foreign, flip)(c, root)
    return ET.tostring(root, encoding="unicode")


def elements(root):
    """All elements with their parents, but for the document's name and number."""
    return [(parent, child) for parent in root.iter() for child in parent if child.tag not in ("name", "uuid")]


def drop(c, root):
    """An element or an attribute is missing."""
    parent, child = c.pick(*elements(root))
    if child.attrib and c.chance(0.6):
        del child.attrib[c.pick(*sorted(child.attrib))]
    elif child.tag not in ("devices", "os"):
        parent.remove(child)


def spoil(c, root):
    """A number is another one, or none."""
    places = [(e, n) for _, e in elements(root) for n, v in sorted(e.attrib.items()) if v[:1].isdigit() or v[:1] == "-"]
    texts = [e for _, e in elements(root) if (e.text or "").strip().isdigit()]
    if places and (not texts or c.chance(0.7)):
        element, name = c.pick(*places)
        element.set(name, c.pick(*NUMBERS))
    elif texts:
        c.pick(*texts).text = c.pick(*NUMBERS)


def twice(c, root):
    """The same thing stands there two times."""
    parent, child = c.pick(*elements(root))
    copy = ET.fromstring(ET.tostring(child))
    parent.insert(list(parent).index(child), copy)


def flip(c, root):
    """A word is another one."""
    places = [(e, n) for _, e in elements(root) for n, v in sorted(e.attrib.items()) if v in WORDS]
    words = [(e, n) for _, e in elements(root) for n, v in sorted(e.attrib.items()) if v.isalpha() and v not in WORDS]
    if places and c.chance(0.5):
        element, name = c.pick(*places)
        element.set(name, WORDS[element.get(name)])
    elif words:
        element, name = c.pick(*words)
        element.set(name, c.pick("none", "auto", "default", element.get(name) + "x", "virtio", "usb", "pci"))


def foreign(c, root):
    """What only other machines have."""
    where = c.weighted({"devices": 6, "features": 3, "": 1})
    if where == "devices":
        holder, choices = root.find("devices"), FOREIGN
    elif where == "features":
        holder, choices = root.find("features"), FEATURES
        if holder is None:
            holder = ET.SubElement(root, "features")
    else:
        holder, choices = root, GENERAL
    for child in ET.fromstring("<x>" + c.pick(*choices) + "</x>"):
        holder.append(child)
