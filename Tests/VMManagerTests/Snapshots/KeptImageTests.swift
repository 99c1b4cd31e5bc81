import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMDomain
import VMManager
import VMSnapshot

/// What keeps a snapshot is written by nobody, whichever way somebody comes to it.
@Suite("Images that keep snapshots", .serialized, .needs(.qemu, .qemuImg), .timeLimit(.minutes(40)))
struct KeptImageTests {
    @Test("an old definition and a saved state of before don't start on them")
    func starts() throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("old", bench.disk(a, "vda"))
        let before = try bench.manager.xml("old", inactive: true)
        try bench.manager.start("old")
        let saved = bench.folder + "/saved"
        try bench.manager.save("old", to: saved)
        try bench.snapshot("old", "one", .diskOnly)
        let error = #expect(throws: VMError.self) { try bench.manager.restore(saved) }
        #expect(error.map { "\($0)" }?.contains("keeps snapshot 'one'") == true)
        _ = try bench.manager.define(Array(before.utf8), file: "old.xml")
        #expect(throws: VMError.self) { try bench.manager.start("old") }
        // Another domain's disk is no other matter.
        try bench.define("other", bench.disk(a, "vda"))
        #expect(throws: VMError.self) { try bench.manager.start("other") }
        try bench.manager.revert("old", to: "one", .running)
        #expect(try bench.manager.status("old").state == .running)
        try bench.checkWhole("old")
    }

    @Test("a managed save doesn't outlive the images that it goes on from")
    func managedSave() throws {
        let bench = try SnapshotBench()
        try bench.define("save", bench.disk(try bench.image("a.qcow2"), "vda"))
        try bench.manager.start("save")
        try bench.manager.managedSave("save")
        #expect(throws: VMError.self) { try bench.snapshot("save", "one", .diskOnly) }
        try bench.snapshot("save", "inside")
        let risky = #expect(throws: VMError.self) { try bench.manager.revert("save", to: "inside") }
        #expect(risky?.libvirt.number.rawValue == 77)
        try bench.manager.revert("save", to: "inside", .force)
        #expect(try !bench.manager.hasManagedSave(bench.manager.find("save")))
    }

    @Test("going back inside an image that others build on is refused, and they are named")
    func insideBase() throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("mixed", bench.disk(a, "vda"))
        try bench.snapshot("mixed", "inside")
        let above = bench.folder + "/above.qcow2"
        try bench.tool("qemu-img", ["create", "-q", "-f", "qcow2", "-b", a, "-F", "qcow2", above])
        let error = #expect(throws: VMError.self) { try bench.manager.revert("mixed", to: "inside") }
        #expect(error?.message.contains(above) == true)
    }

    @Test("volumes that keep snapshots are not deleted")
    func volumes() throws {
        let bench = try SnapshotBench()
        try bench.define("vol", bench.disk(try bench.image("a.qcow2"), "vda"))
        let pool = "<pool type='dir'><name>images</name><target><path>\(bench.folder)</path></target></pool>"
        try bench.manager.storage.create(Array(pool.utf8))
        try bench.snapshot("vol", "one", .diskOnly)
        try bench.snapshot("vol", "two", .diskOnly)
        try bench.manager.revert("vol", to: "one")
        // Only the snapshot has it now.
        let error = #expect(throws: VMError.self) {
            try bench.manager.storage.wait { (storage) async throws(VMError) in
                try await storage.delete(storage.volume("a.one", pool: "images"))
            }
        }
        #expect(error?.message.contains("snapshot 'two' of domain 'vol'") == true, "\(String(describing: error))")
        #expect(Files.exists(bench.folder + "/a.one"))
    }
}
