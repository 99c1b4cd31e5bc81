import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMManager
import VMSnapshot

@Suite("Backups in folders", .needs(.qemu, .qemuImg), .timeLimit(.minutes(40)))
struct BackupFolderTests {
    private func files(_ folder: String) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") })
    }

    @Test("each backup can be had again, by qemu-img alone as well", arguments: LiveBench.emulators)
    func chain(emulator: String) throws {
        let bench = try BackupBench(["qcow2", "raw"], emulator: emulator)
        let folder = bench.folder + "/bk"
        for number in 1...3 {
            try bench.write(number, at: "\(number)M")
            try bench.write(number, at: "\(number)M", disk: 1)
            let made = try bench.manager.backUp(bench.name, to: folder, isIncremental: true)
            #expect(made.number == number && made.disks.map(\.base) == [number == 1 ? nil : number - 1, nil])
            #expect((made.disks[1].whyWhole != nil) == (number > 1))
        }
        // One checkpoint is enough.
        #expect(try bench.manager.checkpoints(bench.name).records.count == 1)
        #expect(try bench.clusters(folder + "/0003-vda.qcow2").contains(3 << 20))
        for number in 1...3 {
            let copy = bench.folder + "/copy-\(number)"
            let result = try bench.snapshots.tool(
                "qemu-img", ["convert", "-O", "qcow2", folder + "/000\(number)-vda.qcow2", copy])
            #expect(result.status == 0, "\(result.text)")
            for other in 1...3 {
                #expect(try bench.holds(other <= number ? other : 0, at: "\(other)M", copy), "\(number) \(other)")
            }
        }
        try bench.manager.destroy(bench.name)
        let restored = try bench.manager.restoreBackup(from: folder, to: bench.folder + "/again", as: "again")
        #expect(restored.backup.number == 3)
        for (target, format) in [("vda", "qcow2"), ("vdb", "raw")] {
            let path = try #require(restored.images[target])
            let result = try bench.snapshots.tool(
                "qemu-img", ["compare", "-f", format, "-F", format, path, bench.image(target)])
            #expect(result.status == 0, "\(target): \(result.text)")
        }
        _ = try bench.manager.define(
            Array(try String(contentsOfFile: restored.definition, encoding: .utf8).utf8), file: restored.definition)
        try bench.manager.start("again")
        try bench.manager.destroy("again")
        try bench.manager.undefine("again")
        let second = try bench.manager.restoreBackup(from: folder, number: 2, to: bench.folder + "/second")
        let older = try #require(second.images["vda"])
        #expect(try bench.holds(0, at: "3M", older))
        #expect(throws: VMError.self) {
            try bench.manager.restoreBackup(from: folder, number: 2, to: bench.folder + "/second")
        }
        #expect(throws: VMError.self) {
            try bench.manager.restoreBackup(from: folder, number: 9, to: bench.folder + "/ninth")
        }
    }

    @Test("a disk whose bitmap is lost is written whole, and builds on nothing")
    func lost() throws {
        let bench = try BackupBench()
        let folder = bench.folder + "/bk"
        try bench.write(1, at: "0")
        try bench.manager.backUp(bench.name, to: folder)
        let qemu = try #require(try bench.manager.status(bench.name).qemu)
        kill(qemu.pid, SIGKILL)
        try eventually("the end is seen", within: .seconds(30)) {
            try bench.manager.status(bench.name).state == .shutOff
        }
        try bench.manager.start(bench.name)
        let made = try bench.manager.backUp(bench.name, to: folder, isIncremental: true)
        #expect(made.disks[0].base == nil && made.disks[0].whyWhole != nil)
        #expect(try bench.holds(1, at: "0", folder + "/0002-vda.qcow2"))
        let next = try bench.manager.backUp(bench.name, to: folder, isIncremental: true)
        #expect(next.disks[0].base == 2)
    }

    @Test("an image that builds on something else is not read, and another domain's folder not written")
    func strange() throws {
        let bench = try BackupBench()
        let folder = bench.folder + "/bk"
        try bench.manager.backUp(bench.name, to: folder)
        try bench.write(2, at: "2M")
        try bench.manager.backUp(bench.name, to: folder, isIncremental: true)
        let top = folder + "/0002-vda.qcow2"
        _ = try bench.snapshots.tool(
            "qemu-img", ["rebase", "-u", "-f", "qcow2", "-F", "raw", "-b", "/etc/hostname", top])
        let error = #expect(throws: VMError.self) {
            try bench.manager.restoreBackup(from: folder, to: bench.folder + "/again")
        }
        #expect(error?.message.contains("builds on '/etc/hostname'") == true, "\(String(describing: error))")
        let document = folder + "/0002.json"
        let text = try String(contentsOfFile: document, encoding: .utf8)
        let own = try #require(try bench.manager.backups(in: folder).last).uuid.description
        try text.replacingOccurrences(of: own, with: "00000000-0000-4000-8000-000000000001")
            .write(toFile: document, atomically: true, encoding: .utf8)
        #expect(throws: VMError.self) { try bench.manager.backUp(bench.name, to: folder) }
        try "{}".write(toFile: document, atomically: true, encoding: .utf8)
        #expect(throws: VMError.self) { try bench.manager.backups(in: folder) }
    }

    @Test(
        "a command that is killed leaves nothing that the next one doesn't take away",
        arguments: ["backup.part", "backup.live", "backup.pushing", "snapshot.rebased", "backup.written", "remove"])
    func killed(point: String) throws {
        let bench = try BackupBench()
        let folder = bench.folder + "/bk"
        try bench.write(1, at: "0")
        try bench.manager.backUp(bench.name, to: folder)
        try bench.write(2, at: "2M")
        let wasKilled = try KilledCommand.run(
            bench.folder, ["backup", bench.name, folder, "--incremental"], killedAt: point)
        #expect(wasKilled, "\(point)")
        try bench.write(3, at: "3M")
        let made = try bench.manager.backUp(bench.name, to: folder, isIncremental: true)
        let numbers = try bench.manager.backups(in: folder).map(\.number)
        #expect(numbers.last == made.number && made.disks[0].base != nil, "\(point)")
        #expect(
            try files(folder) == Set(numbers.flatMap { ["000\($0).json", "000\($0).xml", "000\($0)-vda.qcow2"] }),
            "\(point)")
        #expect(try bench.manager.checkpoints(bench.name).records.count == 1, "\(point)")
        try bench.manager.destroy(bench.name)
        let restored = try bench.manager.restoreBackup(from: folder, to: bench.folder + "/again")
        let result = try bench.snapshots.tool(
            "qemu-img", ["compare", try #require(restored.images["vda"]), bench.image("vda")])
        #expect(result.status == 0, "\(point): \(result.text)")
    }
}
