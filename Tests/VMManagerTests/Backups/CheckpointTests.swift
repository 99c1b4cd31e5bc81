import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMJSON
import VMManager
import VMSnapshot

@Suite("Checkpoints", .needs(.qemu, .qemuImg), .timeLimit(.minutes(40)))
struct CheckpointTests {
    private func bitmaps(_ bench: BackupBench) throws -> [String] {
        let nodes = try bench.live.run(bench.name, "query-named-block-nodes", ["flat": true]).array ?? []
        let top = try bench.top(0)
        let node = nodes.first { $0["node-name"]?.string == top }
        return (node?["dirty-bitmaps"]?.array ?? []).compactMap { $0["name"]?.string }.sorted()
    }

    @Test("they follow from each other, tell how much was written since, and go", arguments: LiveBench.emulators)
    func tree(emulator: String) throws {
        let bench = try BackupBench(emulator: emulator)
        for name in ["one", "two", "three"] {
            try bench.manager.createCheckpoint(bench.name, try bench.checkpoint(name))
        }
        try bench.write(1, at: "0")
        try bench.write(1, at: "4M")
        let tree = try bench.manager.checkpoints(bench.name)
        #expect(tree.list([]).map(\.name) == ["one", "three", "two"])
        #expect(tree.list(.topological).map(\.name) == ["one", "two", "three"])
        #expect(tree.list(.leaves).map(\.name) == ["three"])
        #expect(tree.list(.descendants, from: "one").map(\.name) == ["three", "two"])
        #expect(try bench.manager.parentCheckpoint(bench.name, of: "three").name == "two")
        let xml = try bench.manager.checkpointXML(bench.name, "two", [.size, .noDomain])
        #expect(xml.contains("<disk name='vda' checkpoint='bitmap' bitmap='two' size='131072'/>"), "\(xml)")
        #expect(!xml.contains("<devices>"))
        #expect(try bitmaps(bench) == ["one", "three", "two"])
        try bench.manager.deleteCheckpoint(bench.name, "two")
        #expect(try bench.manager.checkpoint(bench.name, "three").parent == "one")
        try bench.manager.deleteCheckpoint(bench.name, "one", .children)
        #expect(try bench.manager.checkpoints(bench.name).records.isEmpty && bitmaps(bench).isEmpty)
    }

    @Test("a checkpoint without bitmaps can be deleted, and bitmaps without a checkpoint")
    func halves() throws {
        let bench = try BackupBench()
        try bench.manager.createCheckpoint(bench.name, try bench.checkpoint("one"))
        _ = try bench.live.run(
            bench.name, "block-dirty-bitmap-remove", ["node": .string(try bench.top(0)), "name": "one"])
        try bench.manager.deleteCheckpoint(bench.name, "one")
        try bench.manager.createCheckpoint(bench.name, try bench.checkpoint("two"))
        try bench.manager.deleteCheckpoint(bench.name, "two", .metadataOnly)
        #expect(try bitmaps(bench) == ["two"])
        try bench.manager.deleteCheckpoint(bench.name, "two")
        #expect(try bitmaps(bench).isEmpty)
        #expect(throws: VMError.self) { try bench.manager.deleteCheckpoint(bench.name, "two") }
    }

    @Test("a document that was dumped is stored again, when the bitmaps are there")
    func redefine() throws {
        let bench = try BackupBench()
        try bench.manager.createCheckpoint(bench.name, try bench.checkpoint("one"))
        let xml = try bench.manager.checkpointXML(bench.name, "one")
        try bench.manager.deleteCheckpoint(bench.name, "one", .metadataOnly)
        let document = try DomainCheckpoint.checked(Array(xml.utf8), isRedefinition: true)
        #expect(try bench.manager.createCheckpoint(bench.name, document, [.redefine, .validate]).name == "one")
        try bench.manager.deleteCheckpoint(bench.name, "one")
        let error = #expect(throws: VMError.self) {
            try bench.manager.createCheckpoint(bench.name, document, [.redefine, .validate])
        }
        #expect(error?.libvirt.number == .checkpointInconsistent)
        #expect(throws: VMError.self) {
            try bench.manager.createCheckpoint(bench.name, try bench.checkpoint("x"), .redefine)
        }
    }

    @Test("of a machine that doesn't run they are made and deleted in its images")
    func offline() throws {
        let bench = try BackupBench(runs: false)
        try bench.manager.createCheckpoint(bench.name, try bench.checkpoint("one"))
        let info = { try bench.snapshots.tool("qemu-img", ["info", bench.image("vda")]).text }
        #expect(try info().contains("name: one"))
        try bench.manager.start(bench.name)
        try bench.write(1, at: "2M")
        let xml = try bench.manager.checkpointXML(bench.name, "one", .size)
        #expect(xml.contains("size='65536'"))
        try bench.manager.destroy(bench.name)
        let error = #expect(throws: VMError.self) { try bench.manager.undefinePlan(bench.name, .init()) }
        #expect(error?.message.contains("with 1 checkpoints") == true)
        try bench.manager.deleteCheckpoint(bench.name, "one")
        #expect(try !info().contains("name: one"))
    }

    @Test("what can't be noted is refused in libvirt's terms")
    func refusals() throws {
        let bench = try BackupBench(["qcow2", "raw"])
        func number(_ disks: String) -> Int32? {
            let xml = "<domaincheckpoint><name>c</name><disks>\(disks)</disks></domaincheckpoint>"
            let error = #expect(throws: VMError.self) {
                try bench.manager.createCheckpoint(bench.name, try DomainCheckpoint.checked(Array(xml.utf8)))
            }
            return error?.libvirt.number.rawValue
        }
        #expect(number("<disk name='vdb'/>") == 67)
        #expect(number("<disk name='vdz'/>") == 67)
        #expect(number("<disk name='vda' bitmap='other'/>") == 67)
        #expect(number("<disk name='vda' checkpoint='no'/>") == 67)
        let xml = "<domaincheckpoint><name>c</name><disks><disk name='vda'/></disks></domaincheckpoint>"
        try bench.manager.createCheckpoint(bench.name, try DomainCheckpoint.checked(Array(xml.utf8)))
        #expect(number("<disk name='vda'/>") == 9)
    }

    @Test(
        "new images of external snapshots go on noting, and going back forgets what can't be known",
        arguments: [true, false])
    func snapshots(isRunning: Bool) throws {
        let bench = try BackupBench(runs: isRunning)
        try bench.manager.createCheckpoint(bench.name, try bench.checkpoint("one"))
        if isRunning { try bench.write(1, at: "0") }
        try bench.snapshots.snapshot(bench.name, "s", .diskOnly)
        if !isRunning { try bench.manager.start(bench.name) }
        try bench.write(2, at: "2M")
        if isRunning {
            let xml = try bench.manager.checkpointXML(bench.name, "one", .size)
            #expect(xml.contains("size='131072'"), "\(xml)")
        }
        let path = bench.folder + "/bk-1"
        let job = try bench.begin(try bench.push([("vda", path)], since: "one"))
        #expect(job.backup?.disks[0].whyWhole == nil)
        #expect(try bench.waitForEnd().phase == .completed)
        #expect(try bench.clusters(path) == (isRunning ? [0, 2 << 20] : [2 << 20]))
        try bench.manager.destroy(bench.name)
        try bench.manager.revert(bench.name, to: "s")
        if try !bench.manager.status(bench.name).state.isActive { try bench.manager.start(bench.name) }
        let after = try bench.begin(try bench.push([("vda", bench.folder + "/bk-2")], since: "one"))
        #expect(after.backup?.disks[0].whyWhole != nil)
        #expect(try bench.waitForEnd().phase == .completed)
    }

    @Test("going back inside an image forgets its bitmaps")
    func internalSnapshot() throws {
        let bench = try BackupBench(runs: false)
        try bench.snapshots.snapshot(bench.name, "s")
        try bench.manager.createCheckpoint(bench.name, try bench.checkpoint("one"))
        try bench.manager.revert(bench.name, to: "s")
        try bench.manager.start(bench.name)
        let job = try bench.begin(try bench.push([("vda", bench.folder + "/bk-1")], since: "one"))
        #expect(job.backup?.disks[0].whyWhole != nil)
        #expect(try bench.waitForEnd().phase == .completed)
    }
}
