"""Rarer settings of devices: for each kind of device what can be put into it, with weights."""
import xml.etree.ElementTree as ET

SECRET = "uuid='3fd0a1b4-5b9b-4bd5-8bb5-6d7bd5e4a4e2'"


def put(parent, *texts):
    for text in texts:
        parent.append(ET.fromstring(text))


def of(*texts):
    """One of some children, which takes the place of an older one."""
    def make(c, h, root, element):
        new = ET.fromstring(c.pick(*texts))
        for old in element.findall(new.tag):
            element.remove(old)
        element.append(new)
    return make


def within(name, *texts):
    """One of some children of a child that must be there."""
    def make(c, h, root, element):
        holder = element.find(name)
        if holder is not None:
            of(*texts)(c, h, root, holder)
    return make


def attribute(name, *values, inside=None, fresh=False):
    """An attribute of the element, or of a child of it, which is made when it is `fresh`."""
    def make(c, h, root, element):
        holder = element if inside is None else element.find(inside)
        if holder is None and fresh:
            holder = ET.Element(inside)
            element.insert(0, holder)
        if holder is not None:
            holder.set(name, c.pick(*values))
    return make


def another(*texts):
    """One more device beside this one."""
    def make(c, h, root, element):
        put(root.find("devices"), c.pick(*texts))
    return make


def instead(*texts):
    """Another form of this device."""
    def make(c, h, root, element):
        new = ET.fromstring(c.pick(*texts))
        element.attrib.clear()
        element.attrib.update(new.attrib)
        for old in list(element):
            element.remove(old)
        element.extend(list(new))
    return make


def disk_source(*pairs):
    """Another source for a disk; the kind of source comes with each."""
    def make(c, h, root, disk):
        kind, text = c.pick(*pairs)
        disk.set("type", kind)
        for old in disk.findall("source") + disk.findall("backingStore"):
            disk.remove(old)
        disk.append(ET.fromstring(text))
    return make


VIRTIO = [(0.3, attribute("iommu", "on", "off", inside="driver", fresh=True)), (0.2, attribute("page_per_vq", "on", "off", inside="driver", fresh=True)), (0.2, attribute("packed", "on", inside="driver", fresh=True)),
          (0.2, attribute("ats", "on", inside="driver", fresh=True))]
COMMON = [(0.15, of("<alias name='ua-mine'/>", "<alias name='dev7'/>")), (0.1, of("<acpi index='3'/>", "<acpi index='16384'/>")), (0.08, of("<address type='unassigned'/>")), (0.08, of("<rom bar='on' file='/srv/rom.bin'/>", "<rom/>"))]
ZPCI = (0.1, of("<address type='pci'><zpci uid='0x0001' fid='0x00000000'/></address>", "<address type='pci'><zpci uid='0x0019' fid='0x0000001f'/></address>"))

DISK = VIRTIO + COMMON + [
    (1, within("source", f"<auth username='admin'><secret type='iscsi' {SECRET}/></auth>", f"<auth username='admin'><secret type='ceph' {SECRET}/></auth>", "<auth username='admin'><secret type='ceph' usage='mycluster'/></auth>")),
    (0.3, of(f"<auth username='admin'><secret type='iscsi' {SECRET}/></auth>", "<auth username='admin'><secret type='ceph' usage='mycluster'/></auth>")),
    (0.8, within("source", f"<encryption format='luks'><secret type='passphrase' {SECRET}/></encryption>", f"<encryption format='luks' engine='qemu'><secret type='passphrase' {SECRET}/></encryption>")),
    (0.5, of(f"<encryption format='luks'><secret type='passphrase' {SECRET}/></encryption>", f"<encryption format='qcow'><secret type='passphrase' {SECRET}/></encryption>")),
    (0.5, within("source", "<cookies><cookie name='a'>b</cookie></cookies>", "<ssl verify='no'/>", "<readahead size='65536'/>", "<timeout seconds='6'/>", "<reconnect delay='10'/>", "<snapshot name='snap'/>", "<config file='/srv/ceph.conf'/>",
                 "<initiator><iqn name='iqn.2013-07.com.example:client'/></initiator>", "<identity user='1' group='2'/>", "<reservations managed='yes'/>", "<reservations managed='no'><source type='unix' path='/srv/pr.sock' mode='client'/></reservations>",
                 "<seclabel model='dac' relabel='no'/>", "<seclabel relabel='no'/>", "<seclabel model='selinux' relabel='yes'><label>system_u:object_r:a:s0</label></seclabel>", "<slices><slice type='storage' offset='0' size='0'/></slices>")),
    (0.4, attribute("iothread", "1", "2", inside="driver", fresh=True)), (0.3, within("driver", "<iothreads><iothread id='1'/></iothreads>", "<iothreads><iothread id='1'><queue id='0'/></iothread></iothreads>")),
    (0.4, within("driver", "<metadata_cache><max_size unit='bytes'>1234</max_size></metadata_cache>")), (0.3, attribute("discard_no_unref", "on", "off", inside="driver")), (0.4, attribute("rerror_policy", "stop", "report", "ignore", inside="driver")),
    (0.3, attribute("io", "native", "threads", inside="driver")), (0.2, attribute("name", "file", "tap", inside="driver")), (0.3, attribute("type", "vmdk", "vdi", "qed", "vhdx", "luks", "aio", inside="driver")),
    (0.5, of("<transient/>", "<transient shareBacking='yes'/>")), (0.3, of("<mirror type='file' file='/srv/copy.img' format='raw' job='copy'><format type='raw'/><source file='/srv/copy.img'/></mirror>")),
    (0.8, of("<iotune><read_bytes_sec>1000</read_bytes_sec><read_bytes_sec_max>5000</read_bytes_sec_max><read_bytes_sec_max_length>3</read_bytes_sec_max_length><group_name>g</group_name></iotune>",
             "<iotune><total_iops_sec>100</total_iops_sec><size_iops_sec>4096</size_iops_sec></iotune>", "<iotune><write_iops_sec>10</write_iops_sec><write_iops_sec_max>5</write_iops_sec_max></iotune>",
             "<iotune><total_bytes_sec_max_length>3</total_bytes_sec_max_length></iotune>")),
    (0.5, of("<backingStore type='file'><format type='qcow2'/><source file='/srv/one.qcow2'/><backingStore type='block'><format type='raw'/><source dev='/dev/vg/base'/><backingStore/></backingStore></backingStore>",
             "<backingStore type='network'><format type='raw'/><source protocol='nbd' name='base'><host name='example.org'/></source></backingStore>")),
    (0.3, of("<blockio discard_granularity='4096'/>", "<blockio logical_block_size='513'/>", "<blockio logical_block_size='512' physical_block_size='512'/>")), (0.3, of("<product>ABCDEFGHIJKLMNOPQ</product>", "<vendor>SEAGATE</vendor>", "<wwn>0x5000c60015ea71ad</wwn>")),
    (0.3, attribute("rotation_rate", "1", "7200", "10", inside="target")), (0.3, attribute("sgio", "filtered", "unfiltered")), (0.3, attribute("snapshot", "no", "internal", "external", "manual")), (0.1, attribute("loadparm", "2", inside="boot")), ZPCI,
    (1, disk_source(("dir", "<source dir='/srv/folder'/>"), ("volume", "<source pool='default' volume='a.img'/>"), ("volume", "<source pool='default' volume='unit:0:0:1' mode='direct'/>"), ("vhostuser", "<source type='unix' path='/srv/vhost.sock'/>"),
                    ("vhostuser", "<source type='unix' path='/srv/vhost.sock'><reconnect enabled='yes' timeout='5'/></source>"), ("vhostvdpa", "<source dev='/dev/vhost-vdpa-0'/>"), ("network", "<source protocol='nfs' name='export/a.img'><host name='example.org'/></source>"),
                    ("network", "<source protocol='https' name='a.iso' query='x=1'><host name='example.org' port='443'/></source>"), ("network", "<source protocol='nbd' name='e' tls='yes'><host name='example.org'/></source>"),
                    ("network", "<source protocol='ssh' name='/a.img'><host name='example.org'/><knownHosts path='/srv/known'/><identity username='me' keyfile='/srv/key'/></source>"), ("network", "<source protocol='sheepdog' name='a'/>"),
                    ("network", "<source protocol='vxhs' name='a'><host name='example.org'/></source>"), ("network", "<source protocol='rbd' name='pool/image@snap'/>"), ("network", "<source protocol='rbd' name='pool/ns/image'><host name='h' port='6789'/></source>"),
                    ("network", "<source protocol='ftp' name='/a.iso'><host name='example.org'/></source>"), ("network", "<source protocol='gluster' name='vol/a'><host name='a'/><host transport='unix' socket='/srv/g.sock'/></source>"),
                    ("file", "<source file='/srv/data.img'><dataStore type='file'><format type='raw'/><source file='/srv/data.raw'/></dataStore></source>"), ("file", "<source file='relative.img'/>"), ("file", "<source file='/srv/a,b=c.img'/>"))),
    (0.2, attribute("tray", "open", "closed", inside="target")), (0.2, attribute("device", "disk", "cdrom", "lun")), (0.2, attribute("copy_on_read", "on", inside="driver")), (0.3, attribute("queues", "1", "8", inside="driver")),
]

CONTROLLER = VIRTIO + COMMON + [
    (0.3, of("<pcihole64 unit='KiB'>1048576</pcihole64>")), (0.5, attribute("hotplug", "off", "on", inside="target", fresh=True)), (0.3, attribute("busNr", "100", inside="target", fresh=True)), (0.3, attribute("chassisNr", "7", inside="target", fresh=True)),
    (0.3, attribute("index", "0", "3", inside="target", fresh=True)), (0.2, attribute("memReserve", "4096", inside="target", fresh=True)), (0.3, within("target", "<node>0</node>")), (0.4, attribute("iothread", "1", inside="driver", fresh=True)),
    (0.3, attribute("ioeventfd", "on", "off", inside="driver", fresh=True)), (0.3, attribute("queues", "1", "4", inside="driver", fresh=True)), (0.3, attribute("ports", "1", "4", "32")), (0.3, attribute("vectors", "1", "8")),
    (0.3, within("driver", "<iothreads><iothread id='1'><queue id='0'/></iothread></iothreads>")), ZPCI,
    (0.5, another("<controller type='isa' index='0'/>", "<controller type='xenbus' index='0'/>", "<controller type='scsi' index='4' model='lsisas1078'/>", "<controller type='scsi' index='5' model='am53c974'/>", "<controller type='scsi' index='5' model='dc390'/>", "<controller type='nvme' index='0'><serial>abc</serial></controller>",
                  "<controller type='usb' index='4' model='ich9-uhci1'/>", "<controller type='usb' index='5' model='ehci'/>", "<controller type='virtio-serial' index='3' model='virtio-non-transitional'/>", "<controller type='sata' index='2'/>", "<controller type='pci' index='11' model='pcie-expander-bus'/>",
                  "<controller type='pci' index='12' model='pci-bridge'><model name='pci-bridge'/><target chassisNr='12'/></controller>", "<controller type='pci' index='9' model='pcie-to-pci-bridge'><model name='pcie-pci-bridge'/></controller>")),
]

INTERFACE = VIRTIO + COMMON + [
    (0.5, instead("<interface type='user'><mac address='52:54:00:8c:b0:71'/><backend type='passt' logFile='/srv/passt.log'/><portForward proto='tcp'><range start='2022' to='22'/></portForward><model type='virtio'/></interface>",
                  "<interface type='user'><mac address='52:54:00:8c:b0:72'/><ip family='ipv4' address='172.17.2.0' prefix='24'/><ip family='ipv6' address='2001:db8:ac10:fd01::' prefix='64'/><model type='rtl8139'/></interface>",
                  "<interface type='udp'><mac address='52:54:00:8c:b0:73'/><source address='127.0.0.1' port='11115'><local address='127.0.0.1' port='11116'/></source><model type='rtl8139'/></interface>",
                  "<interface type='server'><mac address='52:54:00:8c:b0:74'/><source address='127.0.0.1' port='5558'/><model type='rtl8139'/></interface>", "<interface type='client'><mac address='52:54:00:8c:b0:75'/><source address='127.0.0.1' port='5558'/></interface>",
                  "<interface type='vdpa'><mac address='52:54:00:8c:b0:76'/><source dev='/dev/vhost-vdpa-0'/></interface>", "<interface type='vhostuser'><mac address='52:54:00:8c:b0:77'/><source type='unix' path='/srv/vhost.sock' mode='client'><reconnect enabled='yes' timeout='10'/></source><model type='virtio'/></interface>",
                  "<interface type='ethernet'><mac address='52:54:00:8c:b0:78'/><source><ip address='192.168.123.1' family='ipv4' prefix='24'/><route family='ipv4' address='0.0.0.0' gateway='192.168.123.2'/></source><script path='/etc/qemu-ifup'/><target dev='nic02' managed='no'/></interface>",
                  "<interface type='direct'><mac address='52:54:00:8c:b0:79'/><source dev='eth0' mode='vepa'/><virtualport type='802.1Qbg'><parameters managerid='11' typeid='1193047' typeidversion='2' instanceid='09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f'/></virtualport><model type='virtio'/></interface>",
                  "<interface type='direct'><mac address='52:54:00:8c:b0:7a'/><source dev='eth0' mode='private'/><virtualport type='802.1Qbh'><parameters profileid='finance'/></virtualport></interface>", "<interface type='null'><mac address='52:54:00:8c:b0:7b'/></interface>",
                  "<interface type='bridge'><mac address='52:54:00:8c:b0:7c'/><source bridge='ovs'/><virtualport type='openvswitch'><parameters profileid='menial' interfaceid='09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f'/></virtualport></interface>",
                  "<interface type='hostdev' managed='yes'><mac address='52:54:00:8c:b0:7d'/><driver name='vfio'/><source><address type='pci' domain='0x0000' bus='0x03' slot='0x10' function='0x3'/></source><vlan><tag id='42'/></vlan></interface>")),
    (0.3, of("<backend tap='/dev/net/tun' vhost='/dev/vhost-net'/>", "<backend vhost='/dev/vhost-net'/>")), (0.3, of("<coalesce><rx><frames max='32'/></rx></coalesce>")), (0.3, of("<tune><sndbuf>1600</sndbuf></tune>", "<tune><sndbuf>0</sndbuf></tune>")),
    (0.3, of("<port isolated='yes'/>")), (0.3, of("<teaming type='persistent'/>", "<teaming type='transient' persistent='ua-mine'/>")), (0.3, of("<vlan trunk='yes'><tag id='42'/><tag id='47' nativeMode='untagged'/></vlan>", "<vlan><tag id='4096'/></vlan>")),
    (0.3, of("<bandwidth><inbound average='1000' peak='5000' floor='200' burst='1024'/><outbound average='128' peak='256' burst='256'/></bandwidth>", "<bandwidth/>", "<bandwidth><inbound peak='5000'/></bandwidth>")),
    (0.3, of("<driver name='vhost' txmode='iothread' ioeventfd='on' event_idx='off' queues='5' rx_queue_size='256' tx_queue_size='256'><host csum='off' gso='off' tso4='off' tso6='off' ecn='off' ufo='off' mrg_rxbuf='off'/><guest csum='off' tso4='off' tso6='off' ecn='off' ufo='off'/></driver>",
             "<driver rss='on' rss_hash_report='off'/>", "<driver name='qemu'/>", "<driver/>")),
    (0.3, of("<ip address='192.168.122.5' prefix='24'/>", "<route address='0.0.0.0' gateway='192.168.122.1'/>", "<script path='/etc/qemu-ifup'/>", "<downscript path='/etc/qemu-ifdown'/>", "<guest dev='eth9'/>", "<filterref filter='clean-traffic'><parameter name='IP' value='10.0.0.1'/></filterref>")),
    (0.3, attribute("portgroup", "engineering", inside="source")), (0.2, attribute("portid", "0d5d9a3c-3f2f-4a42-9d4c-0a9f9a4e2c3a", inside="source")), (0.3, of("<mtu size='9000'/>", "<mtu size='100'/>")), (0.2, of("<virtualport/>", "<virtualport type='midonet'><parameters interfaceid='0d5d9a3c-3f2f-4a42-9d4c-0a9f9a4e2c3a'/></virtualport>")),
    (0.4, of("<model type='igb'/>", "<model type='usb-net'/>", "<model type='lan9118'/>", "<model type='tulip'/>", "<model type='i82559c'/>", "<model type='E1000'/>", "<model type='e1000-82545em'/>", "<model type='vmxnet3'/>", "<model type='ne2k_isa'/>")), ZPCI,
    (0.2, attribute("type", "generated", "static", inside="mac")), (0.2, attribute("check", "no", inside="mac")),
]

CHARACTER = [
    (0.6, instead("<serial type='spicevmc'/>", "<serial type='spiceport'><source channel='org.qemu.console.serial.0'/></serial>", "<serial type='vc'/>", "<serial type='nmdm'><source master='/dev/nmdm0A' slave='/dev/nmdm0B'/></serial>", "<serial type='qemu-vdagent'/>", "<serial type='dbus'><source channel='a.b'/></serial>",
                  "<serial type='tcp'><source mode='connect' host='example.org' service='telnet' tls='yes'/><protocol type='raw'/></serial>", "<serial type='tcp'><source mode='connect' host='127.0.0.1' service='5'><reconnect enabled='yes' timeout='10'/></source><protocol type='telnets'/></serial>",
                  "<serial type='unix'><source mode='connect' path='/srv/s.sock'><reconnect enabled='yes' timeout='5'/></source></serial>", "<serial type='unix'><source mode='bind' path='/srv/s.sock'><seclabel model='dac' relabel='no'/></source></serial>", "<serial type='udp'><source mode='connect' host='127.0.0.1' service='9998'/></serial>")),
    (0.6, of("<address type='isa' iobase='0x3f8' irq='0x4'/>", "<address type='isa'/>", "<address type='spapr-vio' reg='0x30001000'/>", "<address type='pci' domain='0' bus='0' slot='0x14' function='0'/>", "<address type='virtio-serial' controller='0' bus='0' port='7'/>", "<address type='usb' bus='0' port='3'/>")),
    (0.4, of("<target type='pci-serial' port='0'><model name='pci-serial'/></target>", "<target type='isa-debug' port='0'><model name='isa-debugcon'/></target>", "<target type='usb-serial' port='0'/>", "<target port='5'/>", "<target type='sclp-serial' port='1'><model name='sclplmconsole'/></target>",
             "<target type='spapr-vio-serial' port='1'/>", "<target type='system-serial' port='0'><model name='16550a'/></target>", "<target type='xen'/>")),
    (0.2, of("<log file='/srv/log.txt'/>", "<log file='/srv/log.txt' append='on'/>")), (0.1, of("<alias name='ua-port'/>")),
]

CHANNEL = [
    (1, instead("<channel type='pty'><target type='guestfwd' address='10.0.2.1' port='4600'/></channel>", "<channel type='unix'><source mode='bind' path='/srv/fwd.sock'/><target type='guestfwd' address='10.0.2.1' port='4601'/></channel>", "<channel type='pty'><target type='virtio' name='org.example.pty'/></channel>",
                "<channel type='qemu-vdagent'><source><clipboard copypaste='yes'/><mouse mode='client'/></source><target type='virtio' name='com.redhat.spice.0'/></channel>", "<channel type='qemu-vdagent'><target type='virtio'/></channel>",
                "<channel type='spiceport'><source channel='org.spice-space.webdav.0'/><target type='virtio' name='org.spice-space.webdav.0'/></channel>", "<channel type='dbus'><source channel='org.qemu.x'/><target type='virtio' name='org.qemu.x'/></channel>",
                "<channel type='tcp'><source mode='bind' host='127.0.0.1' service='8888'/><protocol type='raw'/><target type='virtio' name='org.example.tcp'/></channel>", "<channel type='file'><source path='/srv/f'/><target type='virtio' name='org.example.file'/></channel>",
                "<channel type='unix'><source mode='connect' path='/srv/c.sock'><reconnect enabled='yes' timeout='20'/></source><target type='virtio' name='org.example.connect'/></channel>", "<channel type='null'><target type='virtio'/></channel>",
                "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/><address type='virtio-serial' controller='2' bus='0' port='9'/></channel>", "<channel type='unix'><target type='xen' name='a'/></channel>")),
    (0.3, of("<address type='virtio-serial' controller='1' bus='0' port='2'/>", "<address type='virtio-serial' controller='0' bus='0' port='0'/>", "<address type='virtio-serial' controller='0' bus='1' port='1'/>")), (0.2, of("<log file='/srv/c.txt' append='off'/>")),
]

AUDIO = another("<audio id='2' type='pulseaudio' serverName='unix:/run/p'><input name='a' streamName='b' latency='100'/><output mixingEngine='yes' fixedSettings='yes' voices='2' bufferLength='9'><settings frequency='44100' channels='2' format='s16'/></output></audio>",
                  "<audio id='3' type='alsa'><input dev='plughw:1' tryPoll='yes'/></audio>", "<audio id='1' type='none'/>", "<audio id='1' type='file' path='/srv/a.wav'/>", "<audio type='jack'><output serverName='f' clientName='g' connectPorts='h' exactName='yes'/></audio>",
                  "<audio id='1' type='oss' tryMMap='yes' exclusive='no' dspPolicy='3'><input dev='/dev/dsp0' bufferCount='50' tryPoll='no'/></audio>", "<audio id='1' type='sdl' driver='esd'><output bufferCount='4'/></audio>", "<audio id='1' type='spice'/>", "<audio id='1' type='coreaudio'/>", "<audio id='1' type='pipewire'/>", "<audio id='1' type='dbus'/>")
GRAPHICS = [
    (0.4, AUDIO),
    (1, of("<listen type='address' address='0.0.0.0'/>", "<listen type='address'/>", "<listen type='network' network='default'/>", "<listen type='none'/>", "<listen type='socket' socket='/srv/d.sock'/>", "<listen type='socket'/>")),
    (0.3, attribute("websocket", "-1", "5700")), (0.2, attribute("passwdValidTo", "2030-04-09T15:51:00")), (0.2, attribute("connected", "keep", "disconnect", "fail")), (0.2, attribute("powerControl", "yes", "no")), (0.2, attribute("socket", "/srv/x.sock")), (0.2, attribute("passwd", "12345678", "123456789")),
    (0.2, attribute("listen", "0.0.0.0", "::", "localhost")), (0.3, attribute("port", "5900", "5901", "-1", "0")), (0.2, attribute("autoport", "yes", "no")), (0.2, attribute("keymap", "de")), (0.2, attribute("wait", "no")),
    (0.6, instead("<graphics type='spice' port='5903' tlsPort='5904' autoport='no' listen='127.0.0.1'><channel name='main' mode='secure'/><channel name='inputs' mode='any'/><image compression='auto_glz'/><jpeg compression='auto'/><zlib compression='always'/><playback compression='off'/></graphics>",
                  "<graphics type='spice'><listen type='none'/><gl enable='yes' rendernode='/dev/dri/renderD128'/></graphics>", "<graphics type='egl-headless'><gl rendernode='/dev/dri/renderD128'/></graphics>", "<graphics type='dbus' p2p='yes'/>", "<graphics type='dbus' address='unix:path=/srv/bus'><gl enable='yes'/></graphics>",
                  "<graphics type='rdp' port='3389' autoport='yes'/>", "<graphics type='desktop' display=':0'/>", "<graphics type='sdl' display=':0.1' xauth='/root/.Xauthority' fullscreen='yes'/>", "<graphics type='vnc' autoport='yes'><audio id='1'/></graphics>", "<graphics type='sdl'><gl enable='yes'/></graphics>")),
]

VIDEO = VIRTIO + COMMON + [
    (0.5, attribute("blob", "on", "off", inside="model")), (0.4, attribute("name", "vhostuser", "qemu", inside="driver", fresh=True)), (0.3, attribute("edid", "off", "on", inside="model")), (0.3, attribute("vgamem", "32768", "1024", inside="model")), (0.3, attribute("vram64", "131072", inside="model")),
    (0.4, attribute("heads", "0", "2", "4", "17", inside="model")), (0.3, attribute("vgaconf", "io", "on", "off", inside="driver", fresh=True)), (0.3, attribute("primary", "yes", "no", inside="model")),
    (0.4, within("model", "<acceleration accel3d='yes'/>", "<acceleration accel3d='yes' rendernode='/dev/dri/renderD128'/>", "<acceleration accel2d='yes'/>", "<resolution x='1024' y='768'/>", "<resolution x='0' y='768'/>")), (0.4, another("<video><model type='virtio'/></video>", "<video><model type='qxl'/></video>", "<video/>")),
]

SOUND = COMMON + [
    (0.6, of("<audio id='1'/>", "<audio id='2'/>")), (0.6, instead("<sound model='usb' multichannel='yes'/>", "<sound model='virtio' streams='2'/>", "<sound model='virtio'/>", "<sound model='ich7'/>", "<sound/>")),
    (0.5, AUDIO),
]

HOSTDEV = COMMON + [
    (1, instead("<hostdev mode='subsystem' type='scsi'><source protocol='iscsi' name='iqn.1992-01.com.example'><host name='example.org' port='3260'/></source><address type='drive' controller='0' bus='0' target='0' unit='4'/></hostdev>",
                f"<hostdev mode='subsystem' type='scsi' rawio='yes'><source protocol='iscsi' name='iqn.1992-01.com.example/1'><host name='example.org'/><auth username='me'><secret type='iscsi' {SECRET}/></auth><initiator><iqn name='iqn.a:b'/></initiator></source></hostdev>",
                "<hostdev mode='subsystem' type='scsi_host'><source protocol='vhost' wwpn='naa.5123456789abcde0'/></hostdev>", "<hostdev mode='subsystem' type='mdev' model='vfio-pci' display='on' ramfb='on'><source><address uuid='53764d0e-85a0-42b4-af5c-2046b460b1dc'/></source></hostdev>",
                "<hostdev mode='subsystem' type='mdev' model='vfio-ap'><source><address uuid='53764d0e-85a0-42b4-af5c-2046b460b1dd'/></source></hostdev>", "<hostdev mode='subsystem' type='mdev' model='vfio-ccw'><source><address uuid='53764d0e-85a0-42b4-af5c-2046b460b1de'/></source><address type='ccw' cssid='0xfe' ssid='0x0' devno='0x0077'/></hostdev>",
                "<hostdev mode='subsystem' type='pci' managed='yes'><driver name='vfio'/><source><address domain='0x0000' bus='0x07' slot='0x00' function='0x0'/></source><teaming type='transient' persistent='ua-net'/></hostdev>",
                "<hostdev mode='subsystem' type='usb'><source guestReset='off'><vendor id='0x1234'/><product id='0xbeef'/><address bus='1' device='4'/></source></hostdev>", "<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host0'/><address bus='0' target='0' unit='2'/></source><readonly/><shareable/></hostdev>",
                "<hostdev mode='capabilities' type='misc'><source><char>/dev/input/event3</char></source></hostdev>", "<hostdev mode='subsystem' type='pci'><source writeFiltering='no'><address domain='0' bus='8' slot='0' function='0'/></source><rom enabled='no'/></hostdev>")),
    (0.2, of("<driver name='vfio'/>", "<driver name='kvm'/>", "<driver name='xen'/>", "<driver model='vfio-pci-x'/>", "<driver/>")), ZPCI,
]

MEMORY = COMMON + [
    (1, instead("<memory model='dimm' access='private' discard='yes'><source><nodemask>0</nodemask><pagesize unit='KiB'>4</pagesize></source><target><size unit='MiB'>512</size><node>0</node></target></memory>",
                "<memory model='nvdimm' access='shared'><source><path>/srv/nv</path><alignsize unit='KiB'>2048</alignsize><pmem/></source><target><size unit='MiB'>512</size><node>0</node><readonly/></target></memory>",
                "<memory model='nvdimm'><uuid>49545eb3-75e1-2d0a-acdd-f0294406c99e</uuid><source><path>/srv/nv</path></source><target><size unit='MiB'>512</size><node>0</node><label><size unit='KiB'>128</size></label></target><address type='dimm' slot='0'/></memory>",
                "<memory model='virtio-mem'><target dynamicMemslots='yes'><size unit='MiB'>1024</size><node>0</node><block unit='MiB'>2</block><requested unit='MiB'>512</requested><current unit='MiB'>512</current></target></memory>",
                "<memory model='sgx-epc'><target><size unit='MiB'>16</size></target></memory>", "<memory model='virtio-mem'><target><size unit='MiB'>1024</size><node>0</node><block unit='MiB'>3</block><requested unit='MiB'>512</requested></target></memory>",
                "<memory model='virtio-pmem' access='shared'><source><path>/srv/pmem</path></source><target><size unit='MiB'>512</size><address base='0x140000000'/></target></memory>")),
    (0.5, of("<address type='dimm' slot='1'/>", "<address type='dimm' slot='0' base='0x100000000'/>", "<address type='dimm' slot='99'/>")),
]

FILESYSTEM = VIRTIO + COMMON + [
    (1, instead("<filesystem type='mount' accessmode='passthrough'><driver type='virtiofs' queue='1024'/><binary path='/usr/libexec/virtiofsd' xattr='on'><cache mode='always'/><lock posix='on' flock='on'/></binary><source dir='/srv/v'/><target dir='v'/></filesystem>",
                "<filesystem type='mount'><driver type='virtiofs'/><source socket='/srv/fs.sock'/><target dir='w'/></filesystem>", "<filesystem type='mount' accessmode='mapped' fmode='0644' dmode='0755' multidevs='remap'><source dir='/srv/m'/><target dir='m'/></filesystem>",
                "<filesystem type='file'><source file='/srv/a'/><target dir='f'/></filesystem>", "<filesystem type='template'><source name='a'/><target dir='t'/></filesystem>", "<filesystem type='ram'><source usage='1024'/><target dir='/r'/></filesystem>",
                "<filesystem type='mount'><driver type='virtiofs'/><source dir='/srv/ro'/><target dir='ro'/><readonly/></filesystem>", "<filesystem type='mount'><driver type='handle'/><source dir='/srv/h'/><target dir='h'/></filesystem>",
                "<filesystem type='mount' accessmode='passthrough'><driver type='virtiofs'/><binary><sandbox mode='chroot'/><thread_pool size='16'/><openfiles max='1000'/></binary><idmap><uid start='0' target='1000' count='1'/></idmap><source dir='/srv/i'/><target dir='i'/></filesystem>")),
]

INPUT = VIRTIO + COMMON + [
    (0.6, instead("<input type='evdev'><source dev='/dev/input/event1' grab='all' grabToggle='ctrl-ctrl' repeat='on'/></input>", "<input type='passthrough' bus='virtio'><source evdev='/dev/input/event1'/></input>", "<input type='mouse' bus='virtio' model='virtio-transitional'/>", "<input type='tablet' bus='usb'><address type='usb' bus='1' port='1'/></input>",
                  "<input type='keyboard' bus='xen'/>", "<input type='evdev' model='virtio'/>", "<input type='tablet' bus='virtio' model='virtio-non-transitional'/>")),
]

TPM = COMMON + [
    (1, instead(f"<tpm model='tpm-tis'><backend type='emulator' version='2.0' debug='3'><encryption secret='3fd0a1b4-5b9b-4bd5-8bb5-6d7bd5e4a4e2'/></backend></tpm>", "<tpm model='tpm-crb'><backend type='external'><source type='unix' mode='connect' path='/srv/tpm.sock'/></backend></tpm>",
                "<tpm model='tpm-crb'><backend type='emulator' version='2.0'><profile source='local:restricted' removeDisabled='check'/></backend></tpm>", "<tpm model='tpm-spapr-proxy'><backend type='passthrough'><device path='/dev/tpmrm0'/></backend></tpm>", "<tpm model='tpm-tis'><backend type='emulator' version='1.2'/></tpm>",
                "<tpm model='tpm-tis'><backend type='emulator' version='2.0'><source type='file' path='/srv/tpm.state'/></backend></tpm>", "<tpm model='tpm-tis-device'><backend type='emulator'/></tpm>")),
    (0.3, another("<tpm model='tpm-tis'><backend type='emulator'/></tpm>", "<tpm model='tpm-spapr-proxy'><backend type='passthrough'><device path='/dev/tpmrm0'/></backend></tpm>")),
]

PLACES = {
    "disk": DISK, "controller": CONTROLLER, "interface": INTERFACE, "serial": CHARACTER, "console": CHARACTER, "parallel": CHARACTER[3:], "channel": CHANNEL, "graphics": GRAPHICS, "video": VIDEO, "sound": SOUND, "hostdev": HOSTDEV, "memory": MEMORY,
    "filesystem": FILESYSTEM, "input": INPUT, "tpm": TPM, "rng": VIRTIO + COMMON + [(0.5, instead("<rng model='virtio'><backend model='egd' type='tcp'><source mode='connect' host='1.2.3.4' service='1234'/><protocol type='telnet'/></backend></rng>", "<rng model='virtio'><rate bytes='0'/><backend model='builtin'/></rng>"))],
    "memballoon": VIRTIO + COMMON + [(0.3, of("<stats period='0'/>"))], "vsock": VIRTIO + COMMON + [(0.5, of("<cid auto='yes'/>", "<cid auto='yes' address='7'/>", "<cid auto='no'/>", "<cid address='2'/>"))],
    "crypto": VIRTIO + COMMON + [(0.5, instead("<crypto model='virtio' type='qemu'><backend model='lkcf' queues='2'/></crypto>", "<crypto model='virtio' type='qemu'><backend model='builtin'/></crypto>"))],
    "iommu": [(1, of("<driver intremap='on' eim='on' iotlb='on' aw_bits='48'/>", "<driver aw_bits='39' dma_translation='off'/>", "<driver eim='on'/>", "<driver iotlb='on'/>"))],
    "redirdev": COMMON + [(1, of("<boot order='9'/>", "<protocol type='raw'/>")), (1, another("<redirfilter><usbdev class='0x08' vendor='0x1234' product='0xBEEF' version='2.56' allow='yes'/><usbdev allow='no'/></redirfilter>"))],
    "audio": [(1, AUDIO)],
    "panic": [(1, another("<panic model='pvpanic'/>", "<panic model='hyperv'/>", "<panic model='pvpanic'><address type='pci' domain='0' bus='0' slot='0x1a' function='0'/></panic>"))],
    "watchdog": COMMON + [(1, another("<watchdog model='i6300esb' action='reset'/>", "<watchdog model='itco' action='reset'/>"))],
    "shmem": COMMON + [(1, instead("<shmem name='s'><model type='ivshmem-plain'/><size unit='M'>3</size></shmem>", "<shmem name='s'><model type='ivshmem-doorbell'/><server/><msi vectors='4'/></shmem>", "<shmem name='a/b'/>", "<shmem name='s'><server path='/srv/s.sock'/></shmem>"))],
    "smartcard": COMMON + [(1, instead("<smartcard mode='host-certificates'><certificate>a</certificate><certificate>b</certificate><certificate>c</certificate><database>/etc/pki/nssdb</database></smartcard>", "<smartcard mode='passthrough' type='tcp'><source mode='bind' host='127.0.0.1' service='2001'/><protocol type='raw'/></smartcard>"))],
    "lease": [(1, of("<target path='/srv/lease' offset='12345'/>"))], "hub": COMMON,
    "emulator": [(0.5, another("<pstore backend='acpi-erst'><path>/srv/pstore</path><size unit='KiB'>64</size></pstore>", "<vsock/>", "<crypto model='virtio' type='qemu'><backend model='builtin'/></crypto>", "<iommu model='virtio'/>", "<nvram/>", "<lease><lockspace>a</lockspace><key>c</key><target path='/srv/l2'/></lease>",
                               "<panic/>", "<shmem name='other'><model type='ivshmem-plain'/></shmem>", "<watchdog model='diag288'/>", "<memballoon model='virtio-transitional' autodeflate='on'/>", "<iommu model='amd'/>", "<smartcard mode='host'/>", "<smartcard mode='host'/>"))],
}
