import QEMULauncher
import Testing
import VMCore
import VMDomain
import VMXML

/// Settings that are kept and come to nothing are told, each at its place.
@Suite struct IgnoredSettingsTests {
    private func ignored(_ before: String = "", os: String = "", devices: String = "") throws -> [String] {
        let text = """
            <domain type='qemu' xmlns:qemu='\(XMLNamespace.qemu.uri)'><name>m</name><memory unit='MiB'>64</memory>
            <os><type arch='x86_64' machine='q35'>hvm</type>\(os)</os>
            \(before)<devices>
            \(devices)</devices></domain>
            """
        let reading = try Domain.read(Array(text.utf8), file: "m.xml").validated()
        let found = IgnoredSettings.diagnostics(try reading.checked(), source: reading.source)
        #expect(found.allSatisfy { $0.severity == .warning && $0.place?.file == "m.xml" })
        #expect(
            found.allSatisfy {
                $0.message.hasPrefix("<") || $0.message.hasPrefix("'") || $0.path.hasSuffix("serial")
                    || $0.path.hasSuffix("seclabel")
            })
        return found.map { String($0.path.dropFirst("domain/".count)) }
    }

    @Test(
        "of the machine",
        arguments: [
            (
                "<idmap><uid start='0' target='1' count='1'/><gid start='0' target='1' count='1'/></idmap>", "idmap"
            ),
            ("<on_lockfailure>poweroff</on_lockfailure>", "on_lockfailure"),
            ("<perf><event name='cmt' enabled='yes'/></perf>", "perf"),
            ("<features><pae/></features>", "features/pae"), ("<features><viridian/></features>", "features/viridian"),
            ("<features><hap/></features>", "features/hap"),
            (
                "<clock><timer name='rtc' tickpolicy='catchup'><catchup slew='1'/></timer></clock>",
                "clock/timer/catchup"
            ),
            (
                "<sysinfo type='smbios'><system><entry name='serial'>1</entry></system></sysinfo>", "sysinfo"
            ),
            ("<resource><fibrechannel appid='a'/></resource>", "resource/fibrechannel"),
            ("<cputune><period>1000</period></cputune>", "cputune/period"),
            ("<cputune><emulator_period>1000</emulator_period></cputune>", "cputune/emulator_period"),
            ("<bootloader_args>a</bootloader_args>", "bootloader_args"),
            (
                "<seclabel type='static' model='selinux' relabel='yes'><label>l</label></seclabel>", "seclabel"
            ),
            ("<qemu:capabilities><qemu:add capability='kvm'/></qemu:capabilities>", "qemu:capabilities"),
        ])
    func machine(setting: String, path: String) throws {
        #expect(try ignored(setting) == [path])
    }

    @Test("of the operating system")
    func system() throws {
        // The firmware's text goes to the serial port of a machine that shows no picture.
        #expect(try ignored(os: "<bios useserial='yes'/>", devices: "<serial type='pty'/>") == [])
        // With the tables made from it, it has an effect.
        let information = "<sysinfo type='smbios'><system><entry name='serial'>1</entry></system></sysinfo>"
        #expect(try ignored(information, os: "<smbios mode='sysinfo'/>") == [])
    }

    @Test(
        "of devices",
        arguments: [
            ("<interface type='user'><vlan><tag id='42'/></vlan></interface>", "interface/vlan"),
            (
                "<interface type='user'><bandwidth><outbound average='128'/></bandwidth></interface>",
                "interface/bandwidth"
            ),
            ("<interface type='user'><target dev='tap7'/></interface>", "interface/target"),
            (
                "<interface type='bridge' trustGuestRxFilters='yes'><source bridge='b'/><model type='virtio'/></interface>",
                "interface/@trustGuestRxFilters"
            ),
            (
                "<interface type='bridge'><source bridge='b'/><coalesce><rx><frames max='7'/></rx></coalesce></interface>",
                "interface/coalesce"
            ),
            (
                "<interface type='user'><model type='e1000'/><driver><host tso4='off'/></driver></interface>",
                "interface/driver"
            ),
            ("<graphics type='rdp' autoport='yes'/>", "graphics/@type"),
            ("<graphics type='vnc' passwdValidTo='tomorrow'/>", "graphics/@passwdValidTo"),
            ("<controller type='xenbus'/>", "controller/@type"),
            (
                "<disk type='block' rawio='yes' device='lun'><source dev='/dev/sda'/><target dev='sda' bus='scsi'/></disk>",
                "disk/@rawio"
            ),
            (
                "<disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/>"
                    + "<serial>abcdefghijklmnopqrstu</serial></disk>", "disk/serial"
            ),
            (
                "<disk type='file'><source file='/a'/><target dev='sda' bus='scsi'/>"
                    + "<serial>abcdefghijklmnopqrstuvwxyz01234567890</serial></disk>", "disk/serial"
            ),
            (
                "<hostdev mode='subsystem' type='pci'><driver model='m'/><source><address domain='0' bus='1' slot='0' "
                    + "function='0'/></source></hostdev>", "hostdev/driver/@model"
            ),
            (
                "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='1' slot='0' function='0' "
                    + "multifunction='on'/></source></hostdev>", "hostdev/source/address/@multifunction"
            ),
            (
                "<interface type='bridge'><source bridge='b' macTableManager='libvirt'/></interface>",
                "interface/source/@macTableManager"
            ),
            (
                "<disk type='file'><source file='/a'><seclabel model='selinux' relabel='yes'><label>l</label></seclabel>"
                    + "</source><target dev='vda' bus='virtio'/></disk>", "disk/source/seclabel"
            ),
            (
                "<serial type='file'><source path='/a'><seclabel model='selinux' relabel='yes'><label>l</label></seclabel>"
                    + "</source></serial>", "serial/source/seclabel"
            ),
            (
                "<disk type='network'><source protocol='rbd' name='p/i'><host name='h'/><auth type='ceph' username='u'>"
                    + "<secret type='ceph' usage='s'/></auth></source><target dev='vda' bus='virtio'/></disk>",
                "disk/source/auth/@type"
            ),
            ("<controller type='ide' index='0' model='piix4'/>", "controller/@model"),
            ("<lease><lockspace>a</lockspace><key>k</key><target path='/a'/></lease>", "lease"),
        ])
    func devices(device: String, path: String) throws {
        #expect(try ignored(devices: device) == ["devices/" + path])
    }

    @Test("what has an effect isn't mentioned")
    func effective() throws {
        let devices = """
            <disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/><serial>abcdefghijklmnopqrst</serial></disk>
            <interface type='user'><model type='virtio'/><driver><host tso4='off'/></driver></interface>
            <interface type='bridge'><source bridge='b' macTableManager='kernel'/><target dev='tap7'/></interface>
            <hostdev mode='subsystem' type='pci' managed='no'><source><address domain='0' bus='1' slot='0' function='0'/>
            </source></hostdev>
            <serial type='file'><source path='/a'><seclabel relabel='no'/></source></serial>
            <graphics type='vnc' autoport='yes'/><controller type='usb' model='qemu-xhci'/>
            """
        let before =
            "<seclabel type='static' model='dac' relabel='yes'><label>a:b</label></seclabel><features><acpi/><apic/></features><clock offset='utc'><timer name='rtc' tickpolicy='catchup'/></clock>"
        #expect(try ignored(before, devices: devices) == [])
    }
}
