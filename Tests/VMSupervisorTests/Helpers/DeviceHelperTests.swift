import Foundation
import QEMULauncher
import TestBench
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager

/// Helper programs of devices that come while the machine runs, on real QEMU.
@Suite("Helpers of attached devices", .serialized, .enabled(if: HelperTests.hasAll, "needs the helpers"))
struct DeviceHelperTests {
    private func device(_ xml: String) throws -> Devices {
        try DeviceDocument.read(Array(xml.utf8), file: "device.xml")
    }

    private func passt(_ more: String = "") throws -> Devices {
        try device("<interface type='user'><backend type='passt'/><model type='virtio'/>\(more)</interface>")
    }

    private func share(_ folder: String) throws -> Devices {
        try device(
            "<filesystem type='mount'><driver type='virtiofs'/><binary><sandbox mode='chroot'/></binary>"
                + "<source dir='\(folder)'/><target dir='share'/></filesystem>")
    }

    private func failure(_ bench: DomainBench, _ device: Devices) -> VMError? {
        do throws(VMError) {
            try bench.manager.attachDevice("live", device, scope: .live)
            Issue.record("it was attached")
            return nil
        } catch {
            return error.cause ?? error
        }
    }

    /// Without a guest a device on PCI leaves with a reset.
    private func leave(_ bench: DomainBench, _ alias: String) throws {
        _ = try? bench.manager.detachDevice("live", alias: alias, scope: .live, timeout: .milliseconds(100))
        try bench.manager.reset("live")
    }

    @Test("each starts before its device, is published, and ends when that has left, without a word of a loss")
    func comeAndGo() throws {
        let bench = try DomainBench()
        try bench.define("live", "")
        try bench.manager.start("live")
        for _ in 0..<2 {
            try bench.manager.attachDevice("live", passt(), scope: .live)
            try bench.manager.attachDevice("live", share(bench.folder), scope: .live)
            let helpers = try bench.manager.status("live").helpers
            #expect(Set(helpers.map { "\($0.program) \($0.device)" }) == ["passt net0", "virtiofsd fs0"])
            #expect(helpers.allSatisfy { $0.process.isAlive })
            try leave(bench, "net0")
            try leave(bench, "fs0")
            try eventually("they have ended") { try bench.manager.status("live").helpers.isEmpty }
            try eventually("their processes are gone") { helpers.allSatisfy { !$0.process.isAlive } }
            #expect(try !bench.manager.xml("live").contains("passt"))
            #expect(try !bench.manager.xml("live").contains("virtiofs"))
        }
        Poll.sleep(.milliseconds(1200))
        #expect(try !bench.journal("live").contains("\"event\":\"helper\""))
        let folder = try bench.manager.find("live").runtime.path
        #expect(!Files.exists(folder + "/net0.socket") && !Files.exists(folder + "/fs0-fs.sock"))
    }

    @Test("what can't be started fails the attach in one error, and leaves nothing")
    func failures() throws {
        let bench = try DomainBench()
        try bench.define("live", "")
        try bench.manager.start("live")
        let before = try bench.manager.xml("live")
        #expect(failure(bench, try share("/nowhere/at/all"))?.message.contains("/nowhere/at/all") == true)
        let taken = try Socket.listen(at: .tcp(host: "127.0.0.1", port: 0))
        let port = Socket.port(of: taken.raw)
        let forward = "<portForward proto='tcp' address='127.0.0.1'><range start='\(port)'/></portForward>"
        let error = failure(bench, try passt(forward))
        #expect(error?.message.hasPrefix("passt of 'net0' exited with status 1 while its device was attached") == true)
        #expect(error?.remedy != nil)
        #expect(try bench.manager.xml("live") == before)
        #expect(try bench.manager.status("live").helpers.isEmpty)
        // A helper that is there and a device that QEMU refuses: its slot is taken.
        let place = "<address type='pci' domain='0' bus='0' slot='1' function='0'/>"
        #expect(failure(bench, try passt(place)) != nil)
        try eventually("no helper stays") { try bench.manager.status("live").helpers.isEmpty }
        #expect(try bench.manager.xml("live") == before)
        let tpm = failure(bench, try device("<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>"))
        #expect(tpm?.code == .unsupported)
        #expect(tpm?.message.contains("can't be attached to a running machine") == true)
        // It works all the same.
        try bench.manager.attachDevice("live", passt(), scope: .live)
    }

    @Test("without shared memory there is no file system, and that is said")
    func memory() throws {
        let bench = try LiveBench()
        try bench.start("plain")
        let error = #expect(throws: VMError.self) {
            try bench.manager.attachDevice("plain", share(bench.bench.folder), scope: .live)
        }
        #expect(error.map { "\($0)" }?.contains("memory to be shared") == true)
    }

    @Test("the next supervisor owns them, and ends one whose device never came")
    func killed() throws {
        let bench = try DomainBench()
        try bench.define("live", "")
        try bench.manager.start("live")
        try bench.manager.attachDevice("live", passt(), scope: .live)
        let before = try bench.manager.status("live")
        kill(try #require(before.supervisor?.pid), SIGKILL)
        try eventually("the supervisor is gone") { before.supervisor?.isAlive == false }
        #expect(try bench.manager.mend("live").helpers == before.helpers)
        try leave(bench, "net0")
        try eventually("it has ended") { before.helpers.allSatisfy { !$0.process.isAlive } }
        try bench.manager.attachDevice("live", passt(), scope: .live)
        try bench.manager.destroy("live")
        #expect(bench.processes() == [])
    }
}
