import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMDomain
import VMManager
import VMSnapshot

/// What an emulated TPM keeps belongs to snapshots and backups as firmware variables do.
@Suite(
    "The TPM's state in snapshots and backups", .serialized, .needs(.qemu, .qemuImg),
    .enabled(if: DomainBench.has("swtpm") && DomainBench.has("swtpm_setup"), "needs swtpm"), .timeLimit(.minutes(20)))
struct SnapshotTPMTests {
    /// A machine with a TPM, which is manufactured when it first starts, and the file in which that keeps what it mustn't forget.
    /// It is paused: its firmware would have the TPM write.
    private func machine(_ bench: SnapshotBench) throws -> (image: String, state: String) {
        let a = try bench.image("a.qcow2")
        try bench.define(
            "tpm",
            bench.disk(a, "vda") + "<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>")
        try bench.manager.start("tpm", paused: true)
        let uuid = try bench.manager.find("tpm").uuid
        return (a, "\(bench.folder)/state/swtpm/\(uuid)/tpm2/tpm2-00.permall")
    }

    private func read(_ path: String) throws -> [UInt8] { try Files.read(path, limit: 1 << 20) }

    /// The guest has had the TPM write something.
    private func change(_ path: String) throws { try Files.write(try read(path) + [1], to: path) }

    private func copy(_ bench: SnapshotBench, _ name: String) throws -> String {
        try #require(try bench.manager.snapshot("tpm", name).snapshot.tpm?.file)
    }

    @Test("a snapshot of the disks alone has a copy of the same pause, which comes back, and goes with it")
    func live() throws {
        let bench = try SnapshotBench()
        let manager = bench.manager
        let (_, state) = try machine(bench)
        let before = try read(state)
        try bench.snapshot("tpm", "one", .diskOnly)
        #expect(try manager.status("tpm").state == .paused)
        let copy = try copy(bench, "one")
        #expect(try read(copy + "/tpm2/tpm2-00.permall") == before)
        #expect(!Files.exists(copy + "/tpm2/.lock"))
        #expect(try manager.snapshot("tpm", "one").snapshot.hasTPM == true)
        try bench.checkWhole("tpm", "paused")
        try manager.resume("tpm")
        try bench.snapshot("tpm", "two", .diskOnly)
        #expect(try manager.status("tpm").state == .running)
        #expect(try Files.exists(self.copy(bench, "two") + "/tpm2/tpm2-00.permall"))
        try manager.deleteSnapshot("tpm", "two")
        try manager.destroy("tpm")
        try change(state)
        #expect(try manager.revertPlan("tpm", to: "one").steps.contains { $0.detail.contains("TPM comes back") })
        // Whoever is killed in the middle has it be the old one or the new one.
        for point in ["folder-copy.whole", "snapshot.tpm"] {
            #expect(try KilledCommand.run(bench.folder, ["snapshot-revert", "tpm", "one"], killedAt: point))
            try manager.mend("tpm")
            #expect(try read(state) == before)
            try change(state)
        }
        try manager.revert("tpm", to: "one")
        #expect(try read(state) == before)
        try manager.start("tpm")
        try manager.deleteSnapshot("tpm", "one")
        #expect(!Files.exists(copy))
        try bench.checkWhole("tpm", "deleted")
    }

    @Test("of a machine that doesn't run, too; in one with memory it is in the memory")
    func offline() throws {
        let bench = try SnapshotBench()
        let manager = bench.manager
        let (_, state) = try machine(bench)
        try bench.snapshot("tpm", "memory")
        #expect(try manager.snapshot("tpm", "memory").snapshot.tpm == nil)
        #expect(try manager.snapshot("tpm", "memory").snapshot.hasTPM == true)
        try manager.destroy("tpm")
        let before = try read(state)
        try bench.snapshot("tpm", "off")
        try change(state)
        try manager.revert("tpm", to: "off")
        #expect(try read(state) == before)
        let copy = try copy(bench, "off")
        for point in ["snapshot.journal", "folder-copy.whole", "snapshot.image"] {
            #expect(try KilledCommand.run(bench.folder, ["snapshot-create-as", "tpm", "dead"], killedAt: point))
            try manager.mend("tpm")
            #expect(try bench.names("tpm").contains("dead") == (point == "snapshot.image"))
        }
        try manager.deleteSnapshot("tpm", "dead")
        // Of what was taken back nothing is left.
        let left = try Folders.list(Files.folder(of: copy))
        #expect(left == ["off.tpm"])
        // A document from elsewhere doesn't have other files removed.
        var forged = try manager.snapshot("tpm", "off").snapshot
        let other = bench.folder + "/other"
        try Folders.make(other)
        forged.name = "forged"
        forged.tpm?.file = Files.folder(of: copy) + "/../../../../other"
        forged.disks = []
        _ = try manager.createSnapshot("tpm", forged, .redefine)
        try manager.deleteSnapshot("tpm", "forged")
        #expect(Files.exists(other))
        unlink(copy + "/tpm2/tpm2-00.permall")
        FolderCopy.remove(copy)
        #expect(try manager.verifySnapshots("tpm").contains { $0.role == "TPM" && $0.problem != nil })
    }

    @Test("a backup has it, and what is restored goes on from it")
    func backup() throws {
        let bench = try SnapshotBench()
        let manager = bench.manager
        let (_, state) = try machine(bench)
        let before = try read(state)
        let made = try manager.backUp("tpm", to: bench.folder + "/bk")
        #expect(made.hasTPM && !made.hasVariables)
        let kept = bench.folder + "/bk/0001-tpm/tpm2/tpm2-00.permall"
        #expect(try read(kept) == before)
        try manager.destroy("tpm")
        let restored = try manager.restoreBackup(from: bench.folder + "/bk", to: bench.folder + "/again", as: "again")
        let copy = bench.folder + "/again/tpm/tpm2/tpm2-00.permall"
        #expect(try read(copy) == before)
        let text = try String(contentsOfFile: restored.definition, encoding: .utf8)
        #expect(text.contains("<source type='dir' path='\(bench.folder)/again/tpm/tpm2'/>"))
        _ = try manager.define(Array(text.utf8), file: restored.definition)
        try manager.start("again")
        #expect(try manager.status("again").helpers.map(\.program) == ["swtpm"])
        try manager.destroy("again")
        #expect(try read(kept) == before)
        // Nothing is followed that a folder from elsewhere says.
        FolderCopy.remove(bench.folder + "/bk/0001-tpm")
        symlink(bench.folder + "/state", bench.folder + "/bk/0001-tpm")
        #expect(throws: VMError.self) {
            try manager.restoreBackup(from: bench.folder + "/bk", to: bench.folder + "/third")
        }
    }
}
