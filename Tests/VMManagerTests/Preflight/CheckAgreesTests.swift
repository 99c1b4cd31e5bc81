import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMDomain
import VMXML

@testable import VMManager

/// A check and a start are of one mind: what a check calls good runs on a real QEMU, and what it refuses doesn't start.
@Suite(.serialized, .needs(.qemu, .qemuImg))
struct CheckAgreesTests {
    private static let folder = Need.project + "/Tests/QEMULauncherTests/Golden"

    /// Our own documents of x86, of all kinds of devices. What they name is mostly not on this host.
    private static let documents: [String] = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
        .filter { name in
            guard name.hasSuffix(".xml"), let text = try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            else { return false }
            return text.contains("arch='x86_64'")
        }.sorted()

    /// Starts what a check calls good, and tries to start what it refuses.
    private func agree(_ text: String, _ name: String) throws {
        let bench = try DomainBench()
        var text = text
        // What a start makes it makes in the test's own folder.
        for folder in ["/srv/", "/images/", "/var/log/", "/run/"] {
            for start in ["'", ">"] {
                text = text.replacingOccurrences(of: start + folder, with: start + bench.folder + folder)
            }
        }
        let reading = try Domain.read(Array(text.utf8), file: name, options: .lenient)
        var domain = reading.value
        domain.name = "m"
        domain.devices.emulator = Bench.qemu
        let defined = Result { try bench.manager.define(Array(domain.xml.utf8), file: name) }
        let found = bench.manager.check(domain)
        guard case .success = defined else {
            #expect(!found.causes.isEmpty, "\(name) can't be defined, and a check finds nothing: \(defined)")
            return
        }
        let stored = try bench.manager.check("m")
        let started = Result { try bench.manager.start("m", paused: true) }
        switch started {
        case .success:
            #expect(stored.causes.isEmpty, "\(name) runs, and a check refuses it: \(stored.causes.map(\.message))")
        case .failure(let error):
            #expect(!stored.causes.isEmpty, "\(name) doesn't start, and a check finds nothing: \(error)")
        }
    }

    @Test(arguments: documents)
    func `Each of our own documents`(_ name: String) throws {
        try agree(String(contentsOfFile: "\(Self.folder)/\(name)", encoding: .utf8), name)
    }

    private func document(_ body: String, devices: String = "", machine: String = "pc") -> String {
        """
        <domain type='qemu'><name>m</name><memory unit='MiB'>32</memory>\(body)
        <os><type arch='x86_64' machine='\(machine)'>hvm</type></os>
        <features><acpi/><tcg><tb-cache unit='MiB'>16</tb-cache></tcg></features>
        <devices>\(devices)</devices></domain>
        """
    }

    /// One need each, which is met here or isn't.
    @Test(arguments: [
        "<vcpu current='1'>4</vcpu>",
        "<vcpu>4</vcpu><vcpus><vcpu id='0' enabled='yes' hotpluggable='no'/><vcpu id='1' enabled='no' hotpluggable='yes'/>"
            + "<vcpu id='2' enabled='yes' hotpluggable='yes'/><vcpu id='3' enabled='no' hotpluggable='yes'/></vcpus>",
        "<vcpu>9999</vcpu>", "<vcpu cpuset='0'>1</vcpu>", "<vcpu cpuset='4000'>1</vcpu>",
        // Those of the usual size another test reserves for a moment.
        "<memoryBacking><hugepages><page size='1' unit='GiB'/></hugepages></memoryBacking>",
        "<memoryBacking><locked/></memoryBacking>", "<memoryBacking><source type='memfd'/></memoryBacking>",
        "<memoryBacking><source type='file'/></memoryBacking>",
        "<memoryBacking><allocation mode='immediate'/></memoryBacking>",
        "<numatune><memory mode='strict' nodeset='0'/></numatune>",
        "<numatune><memory mode='strict' nodeset='63'/></numatune>",
        "<numatune><memory mode='restrictive' nodeset='0'/></numatune>",
        "<cputune><vcpusched vcpus='0' scheduler='batch'/></cputune>",
        "<cputune><shares>100</shares><quota>50000</quota></cputune>", "<cputune><shares>1</shares></cputune>",
        "<blkiotune><device><path>/dev/nosuch</path><read_bytes_sec>5</read_bytes_sec></device></blkiotune>",
        "<blkiotune><weight>500</weight></blkiotune>",
        "<clock offset='timezone' timezone='Nowhere/Land'/>", "<iothreads>2</iothreads>",
        "<cpu mode='custom'><model>qemu64</model></cpu>", "<cpu mode='host-passthrough'/>",
        "<maxMemory slots='4' unit='GiB'>1</maxMemory><cpu><numa><cell id='0' cpus='0' memory='32' unit='MiB'/></numa></cpu>",
    ])
    func `One setting of the machine`(_ body: String) throws { try agree(document(body), body) }

    @Test(arguments: [
        "<vsock><cid auto='yes'/></vsock>", "<vsock><cid auto='no' address='7'/></vsock>",
        "<graphics type='vnc' autoport='yes'/>", "<graphics type='spice' autoport='yes'/>",
        "<graphics type='egl-headless'/>", "<graphics type='dbus'/>", "<graphics type='sdl'/>",
        "<graphics type='vnc' port='-1'><listen type='address' address='192.0.2.1'/></graphics>",
        "<graphics type='vnc' port='-1'><listen type='network' network='nosuch'/></graphics>",
        "<sound model='ich6'/><audio id='1' type='pulseaudio'/>", "<sound model='ich6'/><audio id='1' type='alsa'/>",
        "<sound model='ich6'/><audio id='1' type='jack'/>", "<sound model='ich6'/><audio id='1' type='sdl'/>",
        "<sound model='ich6'/><audio id='1' type='none'/>", "<sound model='ich6'/><audio id='1' type='spice'/>",
        "<interface type='network'><source network='nosuch'/></interface>",
        "<interface type='user'><backend type='passt'/></interface>", "<interface type='user'/>",
        "<interface type='vhostuser'><source type='unix' path='/run/nosuch' mode='client'/></interface>",
        "<interface type='udp'><source address='127.0.0.1' port='5555'><local address='127.0.0.1' port='5556'/></source>"
            + "</interface>",
        "<interface type='mcast'><source address='230.0.0.1' port='5557'/></interface>",
        "<interface type='client'><source address='127.0.0.1' port='1'/></interface>",
        "<interface type='internal'><source network='x'/></interface>",
        "<interface type='direct'><source dev='lo'/></interface>",
        "<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>",
        "<tpm model='tpm-tis'><backend type='passthrough'/></tpm>",
        "<smartcard mode='host'/>", "<smartcard mode='passthrough' type='spicevmc'/>",
        "<redirdev bus='usb' type='spicevmc'/>",
        "<redirdev bus='usb' type='tcp'><source mode='connect' host='localhost' "
            + "service='1'/></redirdev>",
        "<watchdog model='i6300esb'/>", "<panic model='isa'/>", "<rng model='virtio'><backend model='builtin'/></rng>",
        "<memballoon model='virtio'/>",
        "<crypto model='virtio' type='qemu'><backend model='builtin' queues='1'/></crypto>",
        "<disk type='network' device='disk'><source protocol='nbd' name='x'><host name='127.0.0.1' port='1'/></source>"
            + "<target dev='vda' bus='virtio'/></disk>",
        "<disk type='network' device='disk'><source protocol='http' name='x'><host name='127.0.0.1' port='1'/></source>"
            + "<target dev='vda' bus='virtio'/></disk>",
        "<disk type='volume' device='disk'><source pool='nosuch' volume='x'/><target dev='vda' bus='virtio'/></disk>",
        "<disk type='dir' device='floppy'><source dir='\(Need.project)/Sources/vmctl'/><target dev='fda'/><readonly/></disk>",
        "<disk type='nvme' device='disk'><source type='pci' managed='yes' namespace='1'><address bus='0x3f' slot='0x1f'/>"
            + "</source><target dev='vda' bus='virtio'/></disk>",
        "<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host77'/><address bus='0' target='0' unit='0'/>"
            + "</source></hostdev>",
        "<hostdev mode='subsystem' type='scsi_host'><source protocol='vhost' wwpn='naa.5001405c6f6a3f44'/></hostdev>",
        "<shmem name='s1'><model type='ivshmem-plain'/><size unit='M'>1</size></shmem>",
        "<serial type='tcp'><source mode='connect' host='localhost' service='1'/></serial>",
        "<serial type='tcp'><source mode='bind' host='192.0.2.1' service='7'/></serial>",
        "<serial type='udp'><source mode='connect' host='localhost' service='1'/></serial>",
        "<console type='pty'><target type='virtio'/></console>", "<parallel type='null'/>",
        "<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>",
        "<channel type='dbus'><source channel='org.qemu.console'/><target type='virtio' name='a'/></channel>",
        "<channel type='qemu-vdagent'><target type='virtio' name='com.redhat.spice.0'/></channel>",
        "<video><model type='virtio'><acceleration accel3d='yes'/></model></video>",
        "<video><driver name='vhostuser'/><model type='virtio'/></video>", "<video><model type='qxl'/></video>",
        "<input type='tablet' bus='usb'/>", "<hub type='usb'/>", "<iommu model='virtio'/>",
    ])
    func `One device`(_ device: String) throws { try agree(document("", devices: device), device) }

    @Test(arguments: [
        ("qcow2", ""), ("raw", ""), ("qcow2", "cache='none' io='native'"),
        ("qcow2", "io='native'"), ("qcow2", "io='io_uring'"), ("qcow2", "discard='unmap'"),
        ("raw", "cache='directsync' io='native'"), ("qcow2", "iothread='3'"),
    ])
    func `One way to use a disk`(_ format: String, _ driver: String) throws {
        let image = "/tmp/vmctl-agree-\(UInt64.random(in: 0...(.max))).img"
        let maker = Process()
        maker.executableURL = URL(fileURLWithPath: "/usr/bin/qemu-img")
        maker.arguments = ["create", "-q", "-f", format, image, "1M"]
        try maker.run()
        maker.waitUntilExit()
        defer { unlink(image) }
        try agree(
            document(
                "",
                devices: "<disk type='file' device='disk'><driver name='qemu' type='\(format)' \(driver)/>"
                    + "<source file='\(image)'/><target dev='vda' bus='virtio'/></disk>"), "\(format) \(driver)")
    }

    @Test
    func `A secret that isn't there is told before a start, and so are settings that can't be used`() throws {
        let image = "/tmp/vmctl-agree-\(UInt64.random(in: 0...(.max))).img"
        _ = FileManager.default.createFile(atPath: image, contents: Data(count: 1 << 20))
        defer { unlink(image) }
        let uuid = "aaaabbbb-0000-0000-0000-000000000001"
        try agree(
            document(
                "",
                devices: "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='\(image)'>"
                    + "<encryption format='luks'><secret type='passphrase' uuid='\(uuid)'/></encryption></source>"
                    + "<target dev='vda' bus='virtio'/></disk>"), "a secret")
        let bench = try DomainBench()
        try bench.define("m", "")
        try FileManager.default.createDirectory(
            atPath: Files.folder(of: bench.manager.settingsFile), withIntermediateDirectories: true)
        try "user = \"nobody-of-that-name\"\n".write(
            toFile: bench.manager.settingsFile, atomically: false, encoding: .utf8)
        if geteuid() == 0 {
            #expect(!(try bench.manager.check("m").causes.isEmpty))
            #expect(throws: VMError.self) { try bench.manager.start("m") }
        }
    }
}
