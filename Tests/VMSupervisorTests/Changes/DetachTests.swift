import Foundation
import QEMULauncher
import TestBench
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager

/// Devices that leave running machines.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"))
struct DetachTests {
    @Test("a guest that isn't there doesn't release anything; when it does later, the definition follows")
    func notReleased() throws {
        let bench = try LiveBench()
        try bench.start("held")
        try bench.manager.attachDevice("held", bench.disk(try bench.image("a"), "vdb"), scope: .live)
        let error = #expect(throws: VMError.self) {
            try bench.manager.detachDevice("held", alias: "virtio-disk1", scope: .live, timeout: .milliseconds(300))
        }
        #expect(error?.code == .timeout)
        #expect(error?.message == "the guest has not released device 'virtio-disk1'")
        #expect(try bench.manager.xml("held").contains("vdb"))
        // A reset takes out what the guest was asked for; whoever asked is gone, and so is the supervisor.
        let supervisor = try #require(try bench.manager.status("held").supervisor)
        kill(supervisor.pid, SIGKILL)
        try eventually("it is gone") { !supervisor.isAlive }
        try bench.manager.reset("held")
        try eventually("the disk is gone") { try !bench.manager.xml("held").contains("vdb") }
        try eventually("its nodes are gone") { try bench.nodes("held").isEmpty }
    }

    @Test("what isn't there, can't leave, or is in use is told")
    func refused() throws {
        let bench = try LiveBench()
        let image = try bench.image("a")
        try bench.start(
            "refused",
            "<disk type='file' device='disk'><source file='\(image)'/><target dev='hda' bus='ide'/></disk>")
        func code(_ body: () throws -> Void) -> VMError.Code? {
            do { try body() } catch { return (error as? VMError)?.code }
            return nil
        }
        let manager = bench.manager
        #expect(code { try manager.detachDevice("refused", alias: "net7", scope: .live) } == .notFound)
        #expect(code { try manager.detachDevice("refused", bench.disk(image, "vdx"), scope: .live) } == .notFound)
        #expect(code { try manager.detachDevice("refused", alias: "ide0-0-0", scope: .live) } == .unsupported)
        #expect(code { try manager.detachDevice("refused", alias: "video0", scope: .live) } == .unsupported)
        try manager.attachDevice("refused", bench.disk(try bench.image("b"), "sda", bus: "scsi"), scope: .live)
        #expect(code { try manager.detachDevice("refused", alias: "scsi0", scope: .live) } == .busy)
    }

    @Test("a real guest releases a disk, a card and memory", .enabled(if: LiveBench.hasGuest, "needs make guest"))
    func realGuest() throws {
        let bench = try LiveBench()
        try bench.start("real", guest: true)
        try bench.waitForGuest("real")
        try bench.manager.attachDevice("real", bench.disk(try bench.image("a"), "vdb"), scope: .init(persistent: true))
        try bench.manager.attachDevice(
            "real", bench.device("<interface type='user'><model type='virtio'/></interface>"), scope: .live)
        try bench.manager.detachDevice("real", alias: "net1", scope: .live, timeout: .seconds(30))
        try bench.manager.detachDevice(
            "real", bench.disk("", "vdb"), scope: .init(persistent: true), timeout: .seconds(30))
        #expect(try bench.nodes("real").isEmpty)
        #expect(try !bench.manager.xml("real").contains("vdb"))
        #expect(try !bench.manager.xml("real", inactive: true).contains("vdb"))
        #expect(try bench.run("real", "query-status")["running"]?.bool == true)
    }

    @Test(
        "a supervisor that is killed while a device leaves: the device is gone, and so is what stood behind it",
        arguments: ["detach.journal", "detach.asked", "detach.left", "detach.published", "detach.cleared"])
    func killed(at point: String) throws {
        let bench = try LiveBench()
        try bench.start("killed", failpoint: point)
        // A USB device leaves at once.
        try bench.manager.attachDevice("killed", bench.disk(try bench.image("a"), "sda", bus: "usb"), scope: .live)
        let supervisor = try #require(try bench.manager.status("killed").supervisor)
        try bench.manager.detachDevice("killed", alias: "usb-disk0", scope: .live)
        #expect(!supervisor.isAlive)
        #expect(try !bench.manager.xml("killed").contains("usb-disk0"))
        #expect(try !bench.has("killed", device: "usb-disk0"))
        try eventually("its nodes are gone") { try bench.nodes("killed").isEmpty }
    }

    @Test("a controller that something sits on can't be taken out from under it")
    func busyControllers() throws {
        let bench = try LiveBench()
        let image = try bench.image("usb")
        try bench.start(
            "busy",
            """
            <controller type='usb' index='0' model='qemu-xhci'/><controller type='usb' index='1' model='qemu-xhci'/>
            <input type='tablet' bus='usb'><address type='usb' bus='1' port='1'/></input>
            <controller type='virtio-serial' index='0'/>
            <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
            <controller type='scsi' index='0' model='virtio-scsi'/>
            <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='\(image)'/>
            <target dev='sda' bus='scsi'/></disk>
            """)
        for controller in [
            "<controller type='virtio-serial' index='0'/>", "<controller type='usb' index='1' model='qemu-xhci'/>",
            "<controller type='scsi' index='0' model='virtio-scsi'/>",
        ] {
            let device = try bench.device(controller)
            let error = #expect(throws: VMError.self) {
                try bench.manager.detachDevice("busy", device, scope: .live, timeout: .seconds(2))
            }
            #expect(
                error?.code == .busy && error?.message.contains("still attached") == true, "\(controller): \(error)")
        }
        #expect(try bench.manager.xml("busy").contains("org.qemu.guest_agent.0"))
    }
}
