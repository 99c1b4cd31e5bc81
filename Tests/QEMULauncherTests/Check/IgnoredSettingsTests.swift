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
            found.allSatisfy { $0.message.hasPrefix("<") || $0.message.hasPrefix("'") || $0.path.hasSuffix("serial") })
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
            ("<qemu:capabilities><qemu:add capability='kvm'/></qemu:capabilities>", "qemu:capabilities"),
        ])
    func machine(setting: String, path: String) throws {
        #expect(try ignored(setting) == [path])
    }

    @Test("of the operating system")
    func system() throws {
        #expect(try ignored(os: "<bios useserial='yes'/>", devices: "<serial type='pty'/>") == ["os/bios/@useserial"])
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
            <interface type='bridge'><source bridge='b'/><target dev='tap7'/></interface>
            <graphics type='vnc' autoport='yes'/><controller type='usb' model='qemu-xhci'/>
            """
        let before =
            "<features><acpi/><apic/></features><clock offset='utc'><timer name='rtc' tickpolicy='catchup'/></clock>"
        #expect(try ignored(before, devices: devices) == [])
    }
}
