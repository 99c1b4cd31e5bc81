import Foundation
import Testing
import VMCore
import VMDomain
import VMJSON

@testable import QEMULauncher

/// Whole machines: planned, built and taken by a real QEMU, which is then asked what it has.
@Suite(.enabled(if: RealQEMU.installed != nil, "QEMU is not installed"))
struct RealMachineTests {
    static let capabilities = Result { try Capabilities.probe(emulator: RealQEMU.installed?.path ?? "") }

    /// Plans a document and gives the arguments of its machine.
    private func arguments(_ xml: String, folder: String = "/tmp") throws -> [String] {
        try line(xml, folder: folder).arguments()
    }

    private func line(_ xml: String, folder: String) throws -> QEMULauncher.CommandLine {
        let capabilities = try Self.capabilities.get()
        var host = HostFacts()
        host.folders.machine = folder
        host.folders.channels = folder
        let domain = try Domain(xml: xml)
        let complete = try Planner.complete(domain, capabilities: capabilities, host: host)
        let prepared = try Planner.prepare(complete, capabilities: capabilities, host: host)
        return try QEMULauncher.CommandLine.build(prepared, capabilities: capabilities, host: host)
    }

    private func document(machine: String = "pc", name: String = "vm", devices: String) -> String {
        """
        <domain type='qemu'>
          <name>\(name)</name>
          <uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>
          <memory unit='MiB'>64</memory>
          <vcpu>1</vcpu>
          <os><type arch='x86_64' machine='\(machine)'>hvm</type></os>
          <features><acpi/></features>
          <devices>
            <emulator>/usr/bin/qemu-system-x86_64</emulator>
            \(devices)
          </devices>
        </domain>
        """
    }

    private func ask(_ arguments: [String], _ commands: [(String, JSONObject)]) throws -> [JSONValue] {
        let qemu = try #require(RealQEMU.installed)
        // What the machine has by itself is not to be given twice.
        let own = arguments.filter { !["-S", "-no-user-config", "-nodefaults"].contains($0) }
        let answer = try qemu.ask(own, commands: commands)
        try #require(answer.status == 0, "\(answer.standardError)")
        return answer.replies
    }

    static let disks = """
        <disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none' discard='unmap'/>
          <source file='FOLDER/a.qcow2'/><target dev='vda' bus='virtio'/></disk>
        <disk type='file' device='disk'><driver name='qemu' type='raw'/>
          <source file='FOLDER/b.raw'/><target dev='sda' bus='sata'/></disk>
        <disk type='file' device='disk'><driver name='qemu' type='raw'/>
          <source file='FOLDER/b.raw'/><target dev='sdb' bus='scsi'/><shareable/></disk>
        <disk type='file' device='cdrom'><target dev='sdc' bus='sata'/></disk>
        <disk type='file' device='floppy'><source file='FOLDER/c.raw'/><target dev='fda' bus='fdc'/></disk>
        <disk type='file' device='disk'><source file='FOLDER/d.raw'/><target dev='sdd' bus='usb'/></disk>
        <controller type='scsi' model='virtio-scsi'/>
        """

    @Test("a Q35 with everything common is taken by QEMU, every device at its place")
    func everything() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        for name in ["b.raw", "c.raw", "d.raw"] {
            _ = try folder.write(String(repeating: "\0", count: 1_474_560), to: name)
        }
        let image = Process()
        image.executableURL = URL(fileURLWithPath: "/usr/bin/qemu-img")
        image.arguments = ["create", "-q", "-f", "qcow2", folder.path + "/a.qcow2", "1M"]
        _ = try image.run(input: "")
        let devices =
            Self.disks.replacingOccurrences(of: "FOLDER", with: folder.path).replacingOccurrences(
                of: "<target dev='sda' bus='sata'/>", with: "<target dev='sda' bus='sata'/><shareable/>") + """
                <interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>
                <interface type='user'><mac address='52:54:00:00:00:02'/><model type='e1000'/>
                  <portForward proto='tcp' address='127.0.0.1'><range start='42177' to='22'/></portForward></interface>
                <serial type='pty'/><serial type='file'><source path='\(folder.path)/serial.log'/></serial>
                <parallel type='null'/>
                <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
                <console type='pty'/><console type='pty'><target type='virtio'/></console>
                <input type='tablet' bus='usb'/><input type='keyboard' bus='virtio'/>
                <graphics type='vnc' port='-1' autoport='yes'><listen type='socket' socket='\(folder.path)/vnc'/></graphics>
                <sound model='ich9'/><video><model type='virtio'/></video><video><model type='qxl'/></video>
                <watchdog model='i6300esb' action='reset'/>
                <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
                <panic model='isa'/><hub type='usb'/>
                """
        let replies = try ask(
            try arguments(document(machine: "q35", devices: devices), folder: folder.path),
            [("query-block", [:]), ("query-pci", [:]), ("query-chardev", [:]), ("query-mice", [:])])
        let drives = (replies[0].array ?? []).compactMap { $0["qdev"]?.string }
        #expect(drives.filter { $0.contains("virtio-disk0") }.count == 1)
        #expect(drives.count == 6)
        #expect(replies[1].array?.isEmpty == false)
        let chardevs = Set((replies[2].array ?? []).compactMap { $0["label"]?.string })
        #expect(chardevs.isSuperset(of: ["charserial0", "charserial1", "charparallel0", "charchannel0"]))
    }

    @Test(
        "machine types are taken", arguments: ["pc", "q35", "microvm", "isapc", "pc-i440fx-5.2", "pc-q35-6.0"])
    func machines(machine: String) throws {
        let devices = "<controller type='usb' model='none'/><memballoon model='none'/>"
        let replies = try ask(try arguments(document(machine: machine, devices: devices)), [("query-machines", [:])])
        #expect(replies.first?.array?.isEmpty == false)
    }

    @Test("names and paths with commas, quotes and the like arrive as they were written")
    func injection() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let odd = "a,b=c \"q\" \\ 'x' ü%s$(id)--.img"
        _ = try folder.write(String(repeating: "\0", count: 65536), to: odd)
        func escaped(_ text: String) -> String {
            text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "'", with: "&apos;")
                .replacingOccurrences(of: "\"", with: "&quot;")
        }
        let disk = """
            <disk type='file' device='disk'><driver name='qemu' type='raw'/>
            <source file='\(escaped(folder.path + "/" + odd))'/><target dev='vda' bus='virtio'/>
            <serial>a,b=\(escaped("\"c"))</serial></disk>
            """
        let name = "vm,=x \"y\""
        let replies = try ask(
            try arguments(document(name: escaped(name), devices: disk)),
            [
                ("query-name", [:]), ("query-block", [:]),
                ("qom-get", ["path": "/machine/peripheral/virtio-disk0", "property": "serial"]),
            ])
        #expect(replies[0]["name"]?.string == name)
        #expect(replies[1][0]?["inserted"]?["image"]?["filename"]?.string == folder.path + "/" + odd)
        #expect(replies[2].string == "a,b=\"c")
    }

    @Test("a disk is plugged into a running machine by the options it would be started with")
    func hotPlug() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        _ = try folder.write(String(repeating: "\0", count: 65536), to: "d.raw")
        let disk = """
            <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='\(folder.path)/d.raw'/>
            <target dev='vda' bus='virtio'/></disk>
            """
        let cold = try line(document(devices: disk), folder: folder.path)
        let isDisk = { (option: QEMUOption) in
            option.name == .blockdev || option.id == "virtio-disk0"
        }
        let calls = try cold.options.filter(isDisk).map { try $0.qmpCall() }
        #expect(calls.map(\.command) == ["blockdev-add", "blockdev-add", "device_add"] || calls.count == 2)
        let bare = QEMULauncher.CommandLine(
            options: cold.options.filter { !isDisk($0) }, monitorIndex: 0, syntax: cold.syntax)
        let replies = try ask(
            try bare.arguments(), calls.map { ($0.command, $0.arguments) } + [("query-block", [:])])
        let drives = replies.last?.array ?? []
        #expect(drives.contains { $0["qdev"]?.string?.contains("virtio-disk0") == true })
    }
}
