import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMJSON
import VMManager
import VMSnapshot

/// Processes killed at each step of a backup. Whatever was begun is brought to its end or taken back by whoever comes next; the
/// guest runs on, images are whole, and nothing is left over.
@Suite("Backups and processes that are killed", .needs(.qemu, .qemuImg), .timeLimit(.minutes(40)))
struct BackupKillTests {
    /// Steps after which the backup isn't begun yet.
    static let early = [
        "backup.journal", "backup.file.0", "backup.nodes.0", "backup.switching", "backup.stopped", "backup.filtered",
        "backup.noted", "backup.cont", "backup.server", "backup.exports",
    ]

    @Test("the supervisor is killed while a pulled backup begins", arguments: early)
    func beginning(point: String) throws {
        let bench = try BackupBench(failpoint: point)
        let first = try #require(try bench.manager.status(bench.name).supervisor)
        let begun = try? bench.begin(try bench.pull("vda", scratch: bench.folder + "/bk-s"), checkpoint: "c")
        #expect(!first.isAlive && begun == nil, "\(point)")
        _ = try bench.waitForEnd()
        try eventually("the machine runs at \(point)", within: .seconds(30)) {
            try bench.manager.mend(bench.name).state == .running
        }
        try bench.checkClean(point)
        #expect(try bench.manager.checkpoints(bench.name).records.isEmpty, "\(point)")
        // The next one works.
        try bench.begin(try bench.pull("vda", scratch: bench.folder + "/bk-s"), checkpoint: "c")
        #expect(try bench.manager.checkpoints(bench.name).records.map(\.name) == ["c"])
        try bench.manager.abortJob(bench.name)
        try bench.checkClean(point)
    }

    static let late = [
        "backup.begun", "backup.ending", "backup.dismissed", "backup.served", "backup.unfiltered", "backup.cleared",
    ]

    @Test("the supervisor is killed while a pulled backup runs, or ends", arguments: late)
    func ending(point: String) throws {
        let bench = try BackupBench(failpoint: point)
        try bench.write(1, at: "0")
        let first = try #require(try bench.manager.status(bench.name).supervisor)
        _ = try? bench.begin(try bench.pull("vda", scratch: bench.folder + "/bk-s"))
        if first.isAlive {
            _ = try? bench.manager.abortJob(bench.name)
            try eventually("it is killed at \(point)", within: .seconds(30)) { !first.isAlive }
        } else {
            try bench.manager.mend(bench.name)
            #expect(try bench.serves(1, at: "0", "vda"), "\(point)")
            try bench.manager.abortJob(bench.name)
        }
        let job = try bench.waitForEnd()
        #expect(job.phase == .completed, "\(point): \(String(describing: job.error))")
        #expect(try bench.isRunning())
        try bench.checkClean(point)
    }

    @Test(
        "the supervisor is killed while a pushed backup ends",
        arguments: [
            "backup.begun", "backup.settled", "backup.dismissed", "backup.unfiltered", "backup.cleared", "job.written",
        ])
    func pushing(point: String) throws {
        let bench = try BackupBench(failpoint: point)
        try bench.write(1, at: "0")
        let first = try #require(try bench.manager.status(bench.name).supervisor)
        let path = bench.folder + "/bk-0"
        _ = try? bench.begin(try bench.push([("vda", path)]))
        try eventually("it is killed at \(point)", within: .seconds(30)) { !first.isAlive }
        let job = try bench.waitForEnd()
        #expect(job.phase == .completed, "\(point): \(String(describing: job.error))")
        try bench.checkClean(point, keeping: ["bk-0"])
        #expect(try bench.holds(1, at: "0", path), "\(point)")
    }

    @Test(
        "QEMU is killed, alone or with its supervisor: images that nobody can use go", arguments: [true, false],
        [true, false])
    func qemu(andSupervisor: Bool, isPull: Bool) throws {
        let bench = try BackupBench()
        try bench.write(1, at: "0")
        let path = bench.folder + "/bk-0"
        if isPull {
            try bench.begin(try bench.pull("vda", scratch: path), checkpoint: "c")
        } else {
            try bench.begin(try bench.push([("vda", path)]), checkpoint: "c")
        }
        let state = try bench.manager.status(bench.name)
        if andSupervisor, let supervisor = state.supervisor { killForGood(supervisor: supervisor.pid) }
        if let qemu = state.qemu { kill(qemu.pid, SIGKILL) }
        try eventually("its end is seen", within: .seconds(30)) {
            try bench.manager.mend(bench.name).state == .shutOff
        }
        // The end is told before everything is cleared away. A copy that was whole by then stays.
        var hasCopy = false
        try eventually("what nobody can use goes", within: .seconds(30)) {
            guard let job = try bench.manager.job(bench.name), job.phase != .running else { return !Files.exists(path) }
            hasCopy = !isPull && job.phase == .completed
            return Files.exists(path) == hasCopy
        }
        try bench.checkClean(keeping: hasCopy ? ["bk-0"] : [])
        #expect(try bench.manager.checkpoints(bench.name).records.map(\.name) == ["c"])
        try bench.manager.start(bench.name)
        let job = try bench.begin(try bench.push([("vda", bench.folder + "/bk-1")], since: "c"))
        #expect(job.backup?.disks[0].whyWhole != nil)
        #expect(try bench.waitForEnd().phase == .completed)
    }

    @Test(
        "the command is killed at each step: a checkpoint is there with its bitmaps or not at all",
        arguments: [true, false])
    func command(isRunning: Bool) throws {
        let bench = try BackupBench(["qcow2", "qcow2"], runs: isRunning)
        var names: [String] = []
        for number in 1...40 {
            let wasKilled = try KilledCommand.run(
                bench.folder, ["checkpoint-create-as", bench.name, "c\(number)"], killedAt: "#\(number)")
            try bench.manager.mend(bench.name)
            if try bench.manager.checkpoints(bench.name)["c\(number)"] != nil { names.append("c\(number)") }
            let found = try [bench.image("vda"), bench.image("vdb")].map {
                try isRunning || bench.snapshots.tool("qemu-img", ["info", $0]).text.contains("name: c\(number)\n")
            }
            if !isRunning { #expect(found == [Bool](repeating: names.contains("c\(number)"), count: 2), "\(number)") }
            if !wasKilled { break }
            #expect(number < 40)
        }
        #expect(names.count >= 1)
        for name in names {
            for number in 1...40 {
                let wasKilled = try KilledCommand.run(
                    bench.folder, ["checkpoint-delete", bench.name, name], killedAt: "#\(number)")
                try bench.manager.mend(bench.name)
                if try bench.manager.checkpoints(bench.name)[name] == nil { break }
                #expect(wasKilled)
            }
        }
        #expect(try bench.manager.checkpoints(bench.name).records.isEmpty)
        if !isRunning { try bench.manager.start(bench.name) }
        let nodes = try bench.live.run(bench.name, "query-named-block-nodes", ["flat": true]).array ?? []
        #expect(nodes.allSatisfy { ($0["dirty-bitmaps"]?.array ?? []).isEmpty })
    }

    @Test("the command is killed while it begins a backup: the job goes on, and so does the checkpoint")
    func commandOfBackup() throws {
        let bench = try BackupBench()
        let xml = bench.folder + "/backup.xml"
        try bench.pull("vda", scratch: bench.folder + "/bk-s").xml
            .write(toFile: xml, atomically: true, encoding: .utf8)
        for (number, point) in ["checkpoint.journal", "backup.live", "checkpoint.stored", "checkpoint.ending"]
            .enumerated()
        {
            let checkpoint = bench.folder + "/checkpoint.xml"
            try bench.checkpoint("c\(number)").xml.write(toFile: checkpoint, atomically: true, encoding: .utf8)
            #expect(
                try KilledCommand.run(
                    bench.folder, ["backup-begin", bench.name, "--backupxml", xml, "--checkpointxml", checkpoint],
                    killedAt: point), "\(point)")
            try bench.manager.mend(bench.name)
            let isBegun = point != "checkpoint.journal"
            #expect(try (bench.manager.job(bench.name)?.phase == .running) == isBegun, "\(point)")
            #expect(try (bench.manager.checkpoints(bench.name)["c\(number)"] != nil) == isBegun, "\(point)")
            if isBegun { try bench.manager.abortJob(bench.name) }
            try bench.checkClean(point)
        }
    }
}
