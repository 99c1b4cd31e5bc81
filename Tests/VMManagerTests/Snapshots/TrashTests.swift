import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMDomain
import VMManager
import VMSnapshot

/// Images that were taken away can be had again, for a while and as what they were.
@Suite("The trash of images", .serialized, .needs(.qemu, .qemuImg), .timeLimit(.minutes(20)))
struct TrashTests {
    /// A machine that has gone back to a snapshot; what it had written since is in the trash.
    private func goneBack() throws -> (bench: SnapshotBench, image: String) {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("bin", bench.disk(a, "vda"))
        try bench.write(1, to: a)
        try bench.snapshot("bin", "one", .diskOnly)
        let top = try bench.top("bin")
        try bench.write(2, to: top)
        let plan = try bench.manager.revert("bin", to: "one")
        #expect(plan.trash[top] != nil)
        return (bench, top)
    }

    @Test("what a domain leaves when it goes back is beside where it was, and comes back as it was")
    func restore() throws {
        let (bench, top) = try goneBack()
        let manager = bench.manager
        let image = try #require(manager.discardedImages().first)
        #expect(image.path == top && image.domain == "bin" && image.reason.contains("'one'") && image.flaw == nil)
        #expect(!Files.exists(top) && image.bytes > 0)
        let hidden = Files.folder(of: image.place)
        #expect(Files.folder(of: hidden) == bench.folder && !Files.exists(hidden + "/x"))
        let mode = try FileManager.default.attributesOfItem(atPath: hidden)[.posixPermissions] as? Int
        #expect(mode == 0o700)
        // Nothing is replaced.
        try Files.write([1], to: top)
        #expect(#expect(throws: VMError.self) { try manager.restoreImage(top) }?.code == .exists)
        unlink(top)
        try manager.restoreImage("\(image.id)")
        #expect(try bench.holds(2, top))
        #expect(manager.discardedImages().isEmpty && !Files.exists(hidden))
        #expect(throws: VMError.self) { try manager.restoreImage("\(image.id)") }
        // It is the user's now, and isn't taken away again.
        try bench.manager.revert("bin", to: "one")
        #expect(Files.exists(top))
    }

    @Test("an image whose backing file has changed is refused, and comes back with force alone")
    func changed() throws {
        let (bench, top) = try goneBack()
        let a = bench.folder + "/a.qcow2"
        // The machine goes on in the image below.
        try bench.manager.deleteSnapshot("bin", "one")
        try bench.write(3, to: a)
        let images = bench.manager.discardedImages()
        #expect(images.count == 2 && images[1].path == top)
        #expect(images[1].flaw?.contains(a) == true)
        #expect(#expect(throws: VMError.self) { try bench.manager.restoreImage(top) }?.code == .wrongState)
        try bench.manager.restoreImage(top, force: true)
        #expect(Files.exists(top))
        #expect(try bench.manager.emptyTrash().map(\.image.path) == [images[0].path])
        #expect(!Files.exists(images[0].place))
    }

    @Test("what QEMU has committed with --delete, and the memory of a snapshot, go there as well")
    func live() throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("bin", bench.disk(a, "vda"))
        try bench.manager.start("bin")
        let file = bench.folder + "/memory"
        try bench.snapshot("bin", "one", [], "<memory snapshot='external' file='\(file)'/>")
        let plan = try bench.manager.deleteSnapshot("bin", "one")
        #expect(Set(plan.trash.keys) == [file, bench.folder + "/a.one"])
        try bench.snapshot("bin", "two", [.diskOnly, .noMetadata])
        var commit = BlockJobOrder.Commit()
        commit.isActive = true
        commit.deletes = true
        try bench.manager.startBlockJob("bin", BlockJobOrder("vda", .commit(commit)))
        try eventually("it is ready", within: .seconds(60)) {
            try bench.manager.blockJob("bin", disk: "vda")?.block?.isReady == true
        }
        try bench.manager.endBlockJob("bin", disk: "vda", pivot: true)
        try eventually("it is in the trash", within: .seconds(30)) {
            bench.manager.discardedImages().contains { $0.path == bench.folder + "/a.two" }
        }
        try bench.manager.destroy("bin")
    }

    @Test("whoever is killed on the way has lost nothing", arguments: ["trash.record", "trash.moved"])
    func killed(point: String) throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("bin", bench.disk(a, "vda"))
        try bench.snapshot("bin", "one", .diskOnly)
        let top = try bench.top("bin")
        try bench.write(2, to: top)
        #expect(try KilledCommand.run(bench.folder, ["snapshot-revert", "bin", "one"], killedAt: point))
        try bench.manager.mend("bin")
        let images = bench.manager.discardedImages()
        #expect(images.map(\.path) == [top])
        #expect(try KilledCommand.run(bench.folder, ["trash-restore", top], killedAt: "trash.restored"))
        #expect(bench.manager.discardedImages().isEmpty)
        #expect(try bench.holds(2, top))
    }

    @Test("a folder that isn't this user's is not used, and the image stays where it is")
    func foreign() throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("bin", bench.disk(a, "vda"))
        try bench.snapshot("bin", "one", .diskOnly)
        let top = try bench.top("bin")
        let elsewhere = bench.folder + "/elsewhere"
        try Folders.make(elsewhere)
        symlink(elsewhere, bench.folder + "/.vmctl-trash-\(geteuid())")
        let plan = try bench.manager.revert("bin", to: "one")
        #expect(plan.trash.isEmpty && Files.exists(top))
        #expect(plan.steps.contains { $0.path == top && $0.change == .keep && $0.detail.contains("could not") })
        #expect(try Folders.list(elsewhere).isEmpty)
        try bench.checkWhole("bin")
    }

    @Test("what was there long enough goes with the next one, and at once where the settings say so")
    func expiry() throws {
        let (bench, top) = try goneBack()
        let manager = bench.manager
        let trash = bench.folder + "/state/trash"
        let image = try #require(manager.discardedImages().first)
        // As if eight days had passed: its record has the time in its name.
        let old = image.id - 8 * 86_400_000_000_000
        rename("\(trash)/\(image.id).json", "\(trash)/\(old).json")
        try bench.snapshot("bin", "two", .diskOnly)
        try manager.revert("bin", to: "two")
        // Found too old for the first time; a day later it goes.
        #expect(manager.discardedImages().contains { $0.path == top })
        unlink("\(trash)/\(old).old")
        symlink("\(image.id - 2 * 86_400_000_000_000)", "\(trash)/\(old).old")
        try manager.revert("bin", to: "two")
        #expect(!manager.discardedImages().contains { $0.path == top })
        #expect(!Files.exists(image.place) && !Files.exists("\(trash)/\(old).json"))
        try Files.write(Array("trash_days = 0\n".utf8), to: manager.settingsFile)
        try manager.revert("bin", to: "two")
        #expect(manager.discardedImages().isEmpty)
        try Files.write(Array("trash_days = -1\n".utf8), to: manager.settingsFile)
        #expect(throws: VMError.self) { try QEMUSettings.read(manager.settingsFile) }
        try manager.revert("bin", to: "two")
        #expect(!manager.discardedImages().isEmpty)
    }
}
