import Foundation
import TestBench
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager
import VMXML

/// Devices that leave though nobody asked vmctl for it: the guest ejects them, or another client removes them.
@Suite("Devices that leave by themselves", .serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"))
struct DepartureTests {
    private func live(_ bench: LiveBench, _ name: String) throws -> Domain {
        try Domain(xml: bench.manager.xml(name), options: .lenient)
    }

    private func removals(_ bench: LiveBench, _ name: String, of alias: String) throws -> Int {
        try bench.bench.journal(name).split(separator: "\n").filter { line in
            line.contains("\"\(alias)\"") && (line.contains("DEVICE_DELETED") || line.contains("device-removed"))
        }.count
    }

    private func netdevs(_ bench: LiveBench, _ name: String) throws -> String {
        try bench.run(name, "human-monitor-command", ["command-line": "info network"]).string ?? ""
    }

    /// What only a machine without a guest releases: a reset takes out what was to leave.
    private func remove(_ bench: LiveBench, _ name: String, _ alias: String) throws {
        _ = try bench.run(name, "device_del", ["id": .string(alias)])
        try bench.manager.reset(name)
    }

    @Test(
        "what another client removes is cleared away as if it had been detached, and comes again",
        arguments: LiveBench.emulators)
    func anotherClient(emulator: String) throws {
        let bench = try LiveBench()
        try bench.start(
            "others",
            "<controller type='usb' index='0' model='qemu-xhci'/>"
                + "<controller type='virtio-serial' index='0'/>", emulator: emulator)
        let before = try bench.nodes("others")
        for xml in [
            "<interface type='user'><mac address='52:54:00:11:22:44'/><model type='virtio'/></interface>",
            "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>",
            "<channel type='pty'><target type='virtio' name='org.example.0'/></channel>",
        ] { try bench.manager.attachDevice("others", bench.device(xml), scope: .live) }
        let image = try bench.image("a")
        try bench.manager.attachDevice("others", bench.disk(image, "sda", bus: "usb"), scope: .live)
        try bench.manager.attachDevice("others", bench.disk(try bench.image("b"), "vdb"), scope: .live)
        let kept = try bench.nodes("others").filter { !before.contains($0) }
        // Those on USB and on a serial bus leave at once, those on PCI with a reset.
        for alias in ["usb-disk0", "channel0"] { _ = try bench.run("others", "device_del", ["id": .string(alias)]) }
        for alias in ["net1", "rng0", "virtio-disk1"] {
            _ = try bench.run("others", "device_del", ["id": .string(alias)])
        }
        try bench.manager.reset("others")
        try eventually("they are gone from the definition") {
            let devices = try live(bench, "others").devices
            return devices.disks.isEmpty && devices.channels.isEmpty && devices.rngs.isEmpty
                && devices.interfaces.count == 1
        }
        #expect(kept.count >= 2)
        try eventually("their nodes are gone") { try bench.nodes("others") == before }
        try eventually("the network backend is gone") { try !netdevs(bench, "others").contains("hostnet1") }
        let objects = try bench.run("others", "qom-list", ["path": "/objects"]).array ?? []
        #expect(!objects.contains { $0["name"] == "objrng0" })
        try eventually("the terminal is gone") {
            try !bench.manager.status("others").terminals.contains { $0.chardev == "charchannel0" }
        }
        for alias in ["usb-disk0", "channel0", "net1", "rng0", "virtio-disk1"] {
            try eventually("the removal of \(alias) is told") { try removals(bench, "others", of: alias) > 0 }
            #expect(try removals(bench, "others", of: alias) == 1, "\(alias)")
        }
        // The names and the image are free again.
        try bench.manager.attachDevice("others", bench.disk(image, "sda", bus: "usb"), scope: .live)
        try bench.manager.attachDevice(
            "others", bench.device("<interface type='user'><model type='virtio'/></interface>"), scope: .live)
        #expect(try live(bench, "others").devices.disks.map(\.alias?.name) == ["usb-disk0"])
        #expect(try live(bench, "others").devices.interfaces.count == 2)
    }

    @Test("when the memory balloon has left it doesn't come back, and anything can be attached")
    func balloon() throws {
        let bench = try LiveBench()
        try bench.start("thin")
        try remove(bench, "thin", "balloon0")
        try eventually("the balloon is gone") {
            try live(bench, "thin").devices.memoryBalloon?.model == MemoryBalloon.Model.none
        }
        let device = try bench.manager.attachDevice(
            "thin", bench.device("<interface type='user'><model type='virtio'/></interface>"), scope: .live)
        #expect(device.interfaces.count == 1)
        try bench.manager.attachDevice("thin", bench.disk(try bench.image("a"), "vdb"), scope: .live)
        #expect(try !bench.has("thin", device: "balloon0"))
        #expect(try live(bench, "thin").devices.memoryBalloon?.model == MemoryBalloon.Model.none)
    }

    @Test("a controller that leaves takes with it what sits on it")
    func controller() throws {
        let bench = try LiveBench()
        try bench.start("bus", "<controller type='scsi' index='0' model='virtio-scsi'/>")
        let before = try bench.nodes("bus")
        for (name, target) in [("a", "sda"), ("b", "sdb")] {
            try bench.manager.attachDevice("bus", bench.disk(try bench.image(name), target, bus: "scsi"), scope: .live)
        }
        try remove(bench, "bus", "scsi0")
        try eventually("disks and controller are gone") {
            let devices = try live(bench, "bus").devices
            return devices.disks.isEmpty && !devices.controllers.contains { $0.type == .scsi }
        }
        try eventually("the nodes are gone") { try bench.nodes("bus") == before }
    }

    @Test(
        "a supervisor that is killed when it happens: the next one clears it away",
        arguments: ["departure.seen", "detach.left", "detach.published", "detach.cleared"])
    func killed(at point: String) throws {
        let bench = try LiveBench()
        try bench.start("killed", "<controller type='usb' index='0' model='qemu-xhci'/>", failpoint: point)
        let before = try bench.nodes("killed")
        let image = try bench.image("a")
        try bench.manager.attachDevice("killed", bench.disk(image, "sda", bus: "usb"), scope: .live)
        let supervisor = try #require(try bench.manager.status("killed").supervisor)
        _ = try? bench.run("killed", "device_del", ["id": "usb-disk0"])
        try eventually("it is killed") { !supervisor.isAlive }
        try eventually("the disk is gone") { try live(bench, "killed").devices.disks.isEmpty }
        try eventually("its nodes are gone") { try bench.nodes("killed") == before }
        try bench.manager.attachDevice("killed", bench.disk(image, "sda", bus: "usb"), scope: .live)
        #expect(try live(bench, "killed").devices.disks.count == 1)
    }

    @Test("what is detached and attached again under the same name is in the definition once")
    func again() throws {
        let bench = try LiveBench()
        try bench.start("again", "<controller type='usb' index='0' model='qemu-xhci'/>")
        let disk = try bench.disk(try bench.image("a"), "sda", bus: "usb")
        for _ in 0..<3 {
            try bench.manager.attachDevice("again", disk, scope: .live)
            #expect(try live(bench, "again").devices.disks.map(\.alias?.name) == ["usb-disk0"])
            try bench.manager.detachDevice("again", disk, scope: .live)
            #expect(try live(bench, "again").devices.disks.isEmpty)
        }
        try eventually("each removal is told") { try removals(bench, "again", of: "usb-disk0") >= 3 }
        #expect(try removals(bench, "again", of: "usb-disk0") == 3)
    }

    @Test(
        "a processor leaves without an event of its own, and that is noticed",
        .enabled(if: LiveBench.hasGuest, "needs the guest"), arguments: LiveBench.emulators)
    func processor(emulator: String) throws {
        let bench = try LiveBench()
        try bench.start("processors", guest: true, emulator: emulator)
        try bench.waitForGuest("processors")
        try bench.manager.setProcessors("processors", count: 2, scope: .live)
        // The guest brings it up by itself, some time later.
        Poll.sleep(.seconds(3))
        try bench.manager.setProcessors("processors", count: 1, scope: .live, timeout: .seconds(30))
        let domain = try live(bench, "processors")
        #expect(domain.vcpu?.current == 1)
        let cpus = try bench.run("processors", "query-cpus-fast").array ?? []
        #expect(cpus.count == 1)
        try eventually("its removal is told") { try removals(bench, "processors", of: "vcpu1") > 0 }
        #expect(try removals(bench, "processors", of: "vcpu1") == 1)
        // A further one would be the end of a QEMU that emulates them.
        let error = #expect(throws: VMError.self) {
            try bench.manager.setProcessors("processors", count: 2, scope: .live)
        }
        #expect(error.map { "\($0)" }?.contains("after one has left") == true)
        #expect(try bench.manager.status("processors").state == .running)
    }
}
