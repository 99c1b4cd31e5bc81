import Foundation
import QEMULauncher
import TestBench
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager
import VMTestSupport
import VMXML

/// Devices that come into running machines, on real QEMU.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"))
struct AttachTests {
    @Test("disks on all buses, with the controllers they need; addresses stay", arguments: LiveBench.emulators)
    func disks(emulator: String) throws {
        let bench = try LiveBench()
        try bench.start("disks", emulator: emulator)
        let before = try bench.nodes("disks")
        for (name, target, bus) in [("a", "vda", "virtio"), ("b", "sda", "scsi"), ("c", "sdb", "usb")] {
            try bench.manager.attachDevice(
                "disks", bench.disk(try bench.image(name), target, bus: bus), scope: .init(persistent: true))
        }
        // A raw image needs a node or two, as QEMU goes.
        let added = try bench.nodes("disks").count - before.count
        #expect(added == 3 || added == 6)
        let live = try Domain(xml: bench.manager.xml("disks"), options: .lenient)
        let stored = try Domain(xml: bench.manager.xml("disks", inactive: true), options: .lenient)
        for target in ["vda", "sda", "sdb"] {
            let running = try #require(live.devices.disks.first { $0.target?.dev == target })
            let next = try #require(stored.devices.disks.first { $0.target?.dev == target })
            #expect(running.alias?.name != nil)
            #expect(next.alias == nil)
            // The port of a USB device is chosen at every start.
            if target != "sdb" { #expect(running.address == next.address) }
            #expect(try bench.has("disks", device: running.alias?.name ?? ""))
        }
        #expect(live.devices.controllers.contains { $0.type == .scsi && $0.alias?.name == "scsi0" })
        #expect(try bench.has("disks", device: "scsi0"))
        // USB devices leave without being asked twice.
        try bench.manager.detachDevice("disks", alias: "usb-disk1", scope: .live)
        #expect(try bench.nodes("disks").count == before.count + added / 3 * 2)
    }

    @Test("a machine that starts again has what was attached, at the same place")
    func startsAgain() throws {
        let bench = try LiveBench()
        try bench.start("again")
        let device = try bench.manager.attachDevice(
            "again", bench.disk(try bench.image("a"), "vdb"), scope: .init(persistent: true))
        try bench.manager.destroy("again")
        try bench.manager.start("again")
        let live = try Domain(xml: bench.manager.xml("again"), options: .lenient)
        #expect(live.devices.disks.first?.address == device.disks.first?.address)
    }

    @Test("cards, sources of randomness, memory, inputs, channels", arguments: LiveBench.emulators)
    func others(emulator: String) throws {
        let bench = try LiveBench()
        try bench.start("others", "<controller type='virtio-serial' index='0'/>", emulator: emulator)
        for (xml, alias) in [
            ("<interface type='user'><model type='virtio'/></interface>", "net1"),
            ("<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>", "rng0"),
            ("<memory model='dimm'><target><size unit='MiB'>128</size><node>0</node></target></memory>", "dimm0"),
            ("<input type='tablet' bus='usb'/>", "input2"),
            ("<channel type='pty'><target type='virtio' name='org.example.0'/></channel>", "channel0"),
            ("<controller type='scsi' index='3' model='virtio-scsi'/>", "scsi3"),
        ] {
            try bench.manager.attachDevice("others", bench.device(xml), scope: .live)
            #expect(try bench.has("others", device: alias), "\(alias)")
            #expect(try bench.manager.xml("others").contains("<alias name='\(alias)'/>"), "\(alias)")
        }
        #expect(try bench.manager.status("others").terminals.contains { $0.chardev == "charchannel0" })
        let live = try Domain(xml: bench.manager.xml("others"), options: .lenient)
        #expect(live.memory?.size == .mebibytes(160))
        #expect(try !bench.manager.xml("others", inactive: true).contains("org.example.0"))
        #expect(throws: VMError.self) {
            try bench.manager.attachDevice(
                "others", bench.device("<watchdog model='i6300esb' action='reset'/>"), scope: .live)
        }
    }

    @Test("devices of the host are told to QEMU as they are at the start")
    func hostDevices() throws {
        let bench = try LiveBench()
        try bench.start("host")
        let live = try Domain(xml: bench.manager.xml("host"), options: .lenient)
        let capabilities = try bench.manager.capabilities(for: live)
        func calls(_ xml: String) throws -> [QMPCall] {
            try Hotplug.attach(
                bench.device(xml), to: live, capabilities: capabilities, host: HostFacts(), nodes: []
            ).flatMap { $0.steps.map(\.call) }
        }
        let usb = try calls(
            "<hostdev mode='subsystem' type='usb'><source><address bus='1' device='4'/></source></hostdev>")
        #expect(usb.map(\.command) == ["device_add"])
        #expect(usb.first?.arguments["driver"] == "usb-host")
        #expect(usb.first?.arguments["id"] == "hostdev0")
        let pci = try calls(
            "<hostdev mode='subsystem' type='pci' managed='no'><source>"
                + "<address domain='0' bus='3' slot='0' function='0'/></source></hostdev>")
        #expect(pci.map(\.command) == ["device_add"])
        #expect(pci.first?.arguments["host"] == "0000:03:00.0")
    }

    @Test("a failed attach leaves nothing behind: no node, no definition, no descriptor")
    func nothingStays() throws {
        let bench = try LiveBench()
        try bench.start("clean")
        let xml = try bench.manager.xml("clean")
        let nodes = try bench.nodes("clean")
        let image = try bench.image("a")
        func fails(_ code: VMError.Code, _ device: Devices, _ scope: ChangeScope = .live) throws {
            let error = #expect(throws: VMError.self) {
                try bench.manager.attachDevice("clean", device, scope: scope)
            }
            #expect(error?.code == code, "\(String(describing: error))")
            #expect(try bench.manager.xml("clean") == xml)
            #expect(try bench.nodes("clean") == nodes)
        }
        try fails(.io, bench.disk("/nowhere/a.img", "vdb"))
        try fails(.exists, bench.device("<interface type='user'><mac address='52:54:00:11:22:33'/></interface>"))
        try fails(.notFound, bench.device("<interface type='bridge'><source bridge='vmctlnone'/></interface>"))
        // QEMU takes the nodes and refuses the device: the slot is taken.
        let taken =
            "<disk type='file' device='disk'><source file='\(image)'/><target dev='vdc' bus='virtio'/>"
            + "<address type='pci' domain='0' bus='0' slot='1' function='0'/></disk>"
        #expect(throws: VMError.self) { try bench.manager.attachDevice("clean", bench.device(taken), scope: .live) }
        #expect(try bench.manager.xml("clean") == xml)
        #expect(try bench.nodes("clean") == nodes)
        // Another machine writes to the image.
        try bench.start("other")
        try bench.manager.attachDevice("other", bench.disk(image, "vdb"), scope: .live)
        try fails(.busy, bench.disk(image, "vdb"))
        #expect(throws: VMError.self) {
            try bench.manager.attachDevice("other", bench.disk(try bench.image("b"), "vdb"), scope: .live)
        }
    }

    @Test(
        "the hint for a device without a PCI slot names a controller that gives it one",
        arguments: [
            "<interface type='user'><model type='e1000'/></interface>",
            "<interface type='user'><model type='virtio'/></interface>", "<controller type='scsi' model='lsilogic'/>",
        ])
    func hint(device: String) throws {
        let bench = try LiveBench()
        try bench.start("full", machine: "q35")
        let error = #expect(throws: VMError.self) {
            for _ in 0..<40 { try bench.manager.attachDevice("full", bench.device(device), scope: .live) }
        }
        #expect(error?.description.contains("No more available PCI slots") == true)
        let hint = try #require(error?.firstRemedy?.text)
        let start = try #require(hint.firstIndex(of: "<"))
        let end = try #require(hint.firstIndex(of: ">"))
        let element = String(hint[start...end])
        let stored = try bench.manager.xml("full", inactive: true)
        try bench.manager.destroy("full")
        let roomy = stored.replacingOccurrences(of: "</devices>", with: element + "</devices>")
        _ = try bench.manager.define(Array(roomy.utf8))
        try bench.manager.start("full")
        try bench.manager.attachDevice("full", bench.device(device), scope: .live)
        // It also stands alone, in a document that names no other.
        try bench.start("alone", element, machine: "q35")
    }

    @Test("a further controller is of the model of those that there are", arguments: LiveBench.emulators)
    func controllers(emulator: String) throws {
        let bench = try LiveBench()
        try bench.start(
            "bus",
            "<controller type='scsi' index='0' model='virtio-scsi'/>"
                + "<controller type='virtio-serial' index='0' ports='2'/>", emulator: emulator)
        for letter in "abcdefgh" {
            let image = try bench.image("\(letter)")
            try bench.manager.attachDevice("bus", bench.disk(image, "sd\(letter)", bus: "scsi"), scope: .live)
        }
        for number in 0..<2 {
            let name = "<target type='virtio' name='org.example.\(number)'/>"
            try bench.manager.attachDevice("bus", bench.device("<channel type='pty'>\(name)</channel>"), scope: .live)
        }
        let live = try Domain(xml: bench.manager.xml("bus"), options: .lenient)
        #expect(live.devices.controllers.filter { $0.type == .scsi }.map(\.scsiModel) == [.virtioSCSI, .virtioSCSI])
        #expect(live.devices.controllers.filter { $0.type == .virtioSerial }.count == 2)
        #expect(live.devices.disks.last { $0.target?.dev == "sdh" }?.address?.controller == 1)
    }

    @Test("a failed attach takes the controller back that it needed")
    func noControllerStays() throws {
        let bench = try LiveBench()
        try bench.start("bus")
        let xml = try bench.manager.xml("bus")
        for device in [
            // The image isn't there, or no folder for a socket: that is seen before anything is plugged in.
            try bench.disk("/nowhere/a.img", "sda", bus: "scsi"),
            try bench.device(
                "<channel type='unix'><source mode='bind' path='/nowhere/s'/><target type='virtio' name='x'/></channel>"
            ),
        ] {
            #expect(throws: VMError.self) { try bench.manager.attachDevice("bus", device, scope: .live) }
            #expect(try bench.manager.xml("bus") == xml)
            #expect(try !bench.has("bus", device: "scsi0"))
            #expect(try !bench.has("bus", device: "virtio-serial0"))
        }
        // Something that only QEMU refuses: without a guest the controller goes with a reset.
        let odd =
            "<disk type='file' device='disk'><source file='\(try bench.image("a"))'/><target dev='sda' bus='scsi'/>"
            + "<address type='drive' controller='0' bus='0' target='0' unit='20000'/></disk>"
        let error = #expect(throws: VMError.self) {
            try bench.manager.attachDevice("bus", bench.device(odd), scope: .live, timeout: .seconds(10))
        }
        #expect(error != nil)
        try bench.manager.reset("bus")
        try eventually("the controller is gone") { try bench.manager.xml("bus") == xml }
        #expect(try bench.nodes("bus").isEmpty)
    }

    @Test("a vsock needs the kernel's device, and that is said", .enabled(if: !Files.exists("/dev/vhost-vsock")))
    func vsock() throws {
        let bench = try LiveBench()
        try bench.start("talk")
        let xml = try bench.manager.xml("talk")
        let error = #expect(throws: VMError.self) {
            try bench.manager.attachDevice(
                "talk", bench.device("<vsock model='virtio'><cid auto='yes'/></vsock>"), scope: .live)
        }
        #expect(error.map { "\($0)" }?.contains("/dev/vhost-vsock") == true)
        #expect(try bench.manager.xml("talk") == xml)
    }

    @Test("disks on buses that take nothing while the machine runs are refused", arguments: ["sata", "ide", "fdc"])
    func otherBuses(bus: String) throws {
        let bench = try LiveBench()
        try bench.start("fixed")
        let target = ["sata": "sda", "ide": "hdc", "fdc": "fda"][bus] ?? ""
        let error = #expect(throws: VMError.self) {
            try bench.manager.attachDevice(
                "fixed", bench.disk(try bench.image("a"), target, bus: bus), scope: .live)
        }
        #expect(error.map { "\($0)" }?.contains("disk bus '\(bus)' cannot be hotplugged") == true)
    }

    @Test("scopes: what isn't running has no live definition, what isn't stored no other")
    func scopes() throws {
        let bench = try LiveBench()
        try bench.start("scopes")
        let image = try bench.image("a")
        try bench.manager.attachDevice("scopes", bench.disk(image, "vdb"), scope: .config)
        #expect(try !bench.manager.xml("scopes").contains("vdb"))
        #expect(try bench.manager.xml("scopes", inactive: true).contains("vdb"))
        try bench.manager.destroy("scopes")
        let error = #expect(throws: VMError.self) {
            try bench.manager.attachDevice("scopes", bench.disk(image, "vdc"), scope: .live)
        }
        #expect(error?.code == .wrongState)
        try bench.manager.detachDevice("scopes", bench.disk(image, "vdb"), scope: .current)
        #expect(try !bench.manager.xml("scopes").contains("vdb"))
    }

    @Test("six at once: each gets a place of its own, in both descriptions")
    func together() throws {
        let bench = try LiveBench()
        try bench.start("many")
        let devices = try (0..<6).map { index in
            try bench.disk(try bench.image("d\(index)"), "vd" + String(Array("bcdefg")[index]))
        }
        let manager = bench.manager
        let failures = Failures()
        DispatchQueue.concurrentPerform(iterations: 6) { index in
            do {
                try manager.attachDevice("many", devices[index], scope: .init(persistent: true), timeout: .seconds(30))
            } catch { failures.add(error) }
        }
        #expect(failures.all == [])
        for inactive in [false, true] {
            let domain = try Domain(xml: manager.xml("many", inactive: inactive), options: .lenient)
            #expect(domain.devices.disks.count == 6)
            #expect(Set(domain.devices.disks.map(\.address)).count == 6)
        }
        #expect(try Set(bench.nodes("many")).count == bench.nodes("many").count)
    }

    /// What went wrong on other threads.
    private final class Failures: @unchecked Sendable {
        private let lock = NSLock()
        private var texts: [String] = []
        var all: [String] { lock.withLock { texts } }
        func add(_ error: any Error) { lock.withLock { texts.append("\(error)") } }
    }

    @Test(
        "a supervisor that is killed at any step: the next one makes the change, once",
        arguments: [
            "change.journal", "change.step.0", "change.step.1", "change.step.2", "change.done", "change.published",
        ])
    func killed(at point: String) throws {
        let bench = try LiveBench()
        try bench.start("killed", failpoint: point)
        let nodes = try bench.nodes("killed")
        let image = try bench.image("a")
        let supervisor = try #require(try bench.manager.status("killed").supervisor)
        let device = try bench.manager.attachDevice("killed", bench.disk(image, "vdb"), scope: .live)
        #expect(!supervisor.isAlive)
        #expect(device.disks.first?.alias?.name == "virtio-disk1")
        #expect(try bench.manager.xml("killed").contains("vdb"))
        #expect(try bench.nodes("killed").count == nodes.count + 2)
        #expect(!FileManager.default.fileExists(atPath: try bench.manager.find("killed").runtime.path + "/change.json"))
        #expect(try bench.has("killed", device: "virtio-disk1"))
    }

    @Test("a QEMU that is stopped: a timeout by the deadline, and what it did is known when it goes on")
    func stopped() throws {
        let bench = try LiveBench()
        try bench.start("stopped")
        let image = try bench.image("a")
        let qemu = try #require(try bench.manager.status("stopped").qemu?.pid)
        kill(qemu, SIGSTOP)
        let error = #expect(throws: VMError.self) {
            try bench.manager.attachDevice("stopped", bench.disk(image, "vdb"), scope: .live, timeout: .seconds(1))
        }
        #expect(error?.code == .timeout)
        kill(qemu, SIGCONT)
        try eventually("the change is taken back") {
            try bench.nodes("stopped").isEmpty
                && !FileManager.default.fileExists(
                    atPath: try bench.manager.find("stopped").runtime.path + "/change.json")
        }
        #expect(try !bench.manager.xml("stopped").contains("vdb"))
        try bench.manager.attachDevice("stopped", bench.disk(image, "vdb"), scope: .live)
    }

    @Test("a change that waits for another one is answered by its own deadline, and never made late")
    func waiting() throws {
        let bench = try LiveBench()
        try bench.start("queue")
        let disk = try bench.disk(try bench.image("a"), "vdb")
        try bench.manager.attachDevice("queue", disk, scope: .live)
        // There is no guest that lets go of it, which is waited for.
        let first = Background { [manager = bench.manager] in
            (try? manager.detachDevice("queue", disk, scope: .live, timeout: .seconds(4))) != nil
        }
        let removals = try bench.manager.find("queue").runtime.path + "/removals.json"
        try eventually("the first change has begun") { FileManager.default.fileExists(atPath: removals) }
        let error = #expect(throws: VMError.self) {
            try bench.manager.apply(.setTitle("late"), to: "queue", scope: .live, timeout: .milliseconds(300))
        }
        #expect(error?.code == .timeout)
        #expect(error?.message.contains("an earlier change") == true, "\(error?.message ?? "")")
        #expect(first.wait() == false)
        // Were it made late it would be made before this one.
        try bench.manager.apply(.setDescription("on time"), to: "queue", scope: .live)
        let xml = try bench.manager.xml("queue")
        #expect(xml.contains("on time") && !xml.contains("late"))
    }
}
