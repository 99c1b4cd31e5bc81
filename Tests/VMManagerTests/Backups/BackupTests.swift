import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMJSON
import VMManager
import VMSnapshot

@Suite("Backups of running machines", .needs(.qemu, .qemuImg), .timeLimit(.minutes(40)))
struct BackupTests {
    @Test(
        "all disks are pushed as they were at one moment, whatever the guest writes meanwhile",
        arguments: LiveBench.emulators)
    func push(emulator: String) throws {
        let bench = try BackupBench(["qcow2", "raw"], emulator: emulator)
        try bench.write(1, at: "0")
        try bench.write(2, at: "1M", disk: 1)
        let (a, b) = (bench.folder + "/bk-a", bench.folder + "/bk-b")
        let job = try bench.begin(
            try bench.document(
                "<domainbackup><disks><disk name='vda' type='file'><target file='\(a)'/></disk>"
                    + "<disk name='vdb' type='file'><driver type='raw'/><target file='\(b)'/></disk>"
                    + "</disks></domainbackup>"))
        try bench.write(9, at: "0")
        try bench.write(9, at: "1M", disk: 1)
        #expect(job.backup?.disks.map(\.target) == ["vda", "vdb"])
        #expect(try bench.waitForEnd().phase == .completed)
        #expect(try bench.holds(1, at: "0", a) && bench.holds(2, at: "1M", b, format: "raw"))
        #expect(try bench.snapshots.tool("qemu-img", ["check", "-q", a]).status == 0)
        try bench.checkClean(keeping: ["bk-a", "bk-b"])
        #expect(try bench.isRunning())
        try bench.manager.destroy(bench.name)
        #expect(try bench.holds(9, at: "0", bench.image("vda")))
    }

    @Test("a disk is pulled as it was until the job is ended", arguments: LiveBench.emulators)
    func pull(emulator: String) throws {
        let bench = try BackupBench(emulator: emulator)
        try bench.write(1, at: "0")
        try bench.begin(try bench.pull("vda", scratch: bench.folder + "/bk-scratch"))
        try bench.write(9, at: "0")
        #expect(try bench.serves(1, at: "0", "vda"))
        let xml = try bench.manager.backupXML(bench.name)
        #expect(xml.contains("exportname='vda'") && xml.contains("backupmode='full'") && xml.contains("mode='pull'"))
        let running = try #require(try bench.manager.job(bench.name, .running))
        #expect(running.operationName == "Backup" && running.libvirtOperation == 9)
        try bench.manager.abortJob(bench.name)
        #expect(try bench.manager.job(bench.name)?.phase == .completed)
        try bench.checkClean()
        #expect(throws: VMError.self) { try bench.manager.backupXML(bench.name) }
    }

    @Test(
        "a scratch image that is full breaks the backup and not the guest",
        .enabled(if: geteuid() == 0, "needs to mount"))
    func fullScratch() throws {
        let bench = try BackupBench()
        let small = bench.folder + "/small"
        try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: false)
        #expect(
            try bench.snapshots.tool("env", ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", small]).status == 0)
        defer { _ = try? bench.snapshots.tool("env", ["umount", "-l", small]) }
        // Zeros take no room.
        for piece in 0..<16 { try bench.write(3, at: "\(piece * 64)k") }
        try bench.begin(try bench.pull("vda", scratch: small + "/scratch"))
        for megabyte in 0..<8 { try bench.write(7, at: "\(megabyte)M") }
        for piece in 1..<16 { try bench.write(7, at: "\(piece * 64)k") }
        let job = try bench.waitForEnd()
        #expect(job.phase == .failed)
        #expect(job.error?.message.contains("could not be kept") == true, "\(String(describing: job.error))")
        #expect(try bench.isRunning())
        try bench.checkClean()
        #expect(!Files.exists(small + "/scratch"))
        try bench.manager.destroy(bench.name)
        #expect(try bench.holds(7, at: "7M", bench.image("vda")))
    }

    @Test("a copy that has no room is refused before anything is done", .enabled(if: geteuid() == 0, "needs to mount"))
    func noRoom() throws {
        let bench = try BackupBench()
        for megabyte in 0..<8 { try bench.write(7, at: "\(megabyte)M") }
        let small = bench.folder + "/small"
        try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: false)
        #expect(
            try bench.snapshots.tool("env", ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", small]).status == 0)
        defer { _ = try? bench.snapshots.tool("env", ["umount", "-l", small]) }
        let error = #expect(throws: VMError.self) {
            try bench.begin(try bench.push([("vda", small + "/copy")]))
        }
        #expect(error?.message.contains("are free there") == true)
        #expect(!Files.exists(small + "/copy"))
        try bench.checkClean()
    }

    @Test("what was written since a checkpoint is pushed, and put together again", arguments: LiveBench.emulators)
    func incremental(emulator: String) throws {
        let bench = try BackupBench(emulator: emulator)
        try bench.write(1, at: "0")
        try bench.write(1, at: "4M")
        let paths = (0...2).map { bench.folder + "/bk-\($0)" }
        try bench.complete(try bench.push([("vda", paths[0])]), checkpoint: "c0")
        try bench.write(2, at: "4M")
        try bench.complete(try bench.push([("vda", paths[1])], since: "c0"), checkpoint: "c1")
        try bench.write(3, at: "6M")
        try bench.complete(try bench.push([("vda", paths[2])], since: "c1"), checkpoint: "c2")
        #expect(try bench.clusters(paths[1]) == [4 << 20] && bench.clusters(paths[2]) == [6 << 20])
        // Never the live image below.
        for path in paths {
            #expect(try !bench.snapshots.tool("qemu-img", ["info", path]).text.contains("backing file:"))
        }
        try bench.stack(paths[1], on: paths[0])
        try bench.stack(paths[2], on: paths[1])
        try bench.manager.destroy(bench.name)
        #expect(try bench.snapshots.tool("qemu-img", ["compare", paths[2], bench.image("vda")]).status == 0)
        // The bitmaps outlive the run, and so what was written in between is known.
        try bench.manager.start(bench.name)
        try bench.write(4, at: "1M")
        let last = bench.folder + "/bk-3"
        try bench.complete(try bench.push([("vda", last)], since: "c2"))
        #expect(try bench.clusters(last) == [1 << 20])
        try bench.checkClean(keeping: ["bk-0", "bk-1", "bk-2", "bk-3"])
    }

    @Test("clients of NBD are told what was written since a checkpoint")
    func incrementalPull() throws {
        let bench = try BackupBench()
        try bench.manager.createCheckpoint(bench.name, try bench.checkpoint("c0"))
        try bench.write(2, at: "4M")
        try bench.begin(try bench.pull("vda", scratch: bench.folder + "/bk-s", since: "c0"), checkpoint: "c1")
        try bench.write(9, at: "4M")
        try bench.write(9, at: "2M")
        #expect(try bench.dirty("vda", bitmap: "backup-vda") == [4 << 20])
        #expect(try bench.serves(2, at: "4M", "vda"))
        try bench.manager.abortJob(bench.name)
        try bench.begin(try bench.pull("vda", scratch: bench.folder + "/bk-s", since: "c1"))
        #expect(try bench.dirty("vda", bitmap: "backup-vda") == [2 << 20, 4 << 20])
        try bench.manager.abortJob(bench.name)
        try bench.checkClean()
    }

    @Test("a disk whose bitmap was lost with QEMU is backed up whole, and only that one")
    func lostBitmap() throws {
        let bench = try BackupBench(["qcow2", "qcow2"])
        try bench.write(1, at: "0")
        try bench.write(1, at: "0", disk: 1)
        try bench.complete(
            try bench.push([("vda", bench.folder + "/bk-a0"), ("vdb", bench.folder + "/bk-b0")]), checkpoint: "c0")
        // The bitmap of the one is gone, that of the other is not.
        _ = try bench.live.run(
            bench.name, "block-dirty-bitmap-remove",
            ["node": .string(try bench.top(0)), "name": "c0"])
        try bench.write(2, at: "4M")
        try bench.write(2, at: "4M", disk: 1)
        let (a, b) = (bench.folder + "/bk-a1", bench.folder + "/bk-b1")
        let job = try bench.begin(try bench.push([("vda", a), ("vdb", b)], since: "c0"))
        #expect(job.backup?.disks.map(\.isIncremental) == [false, true])
        #expect(job.backup?.disks[0].whyWhole?.contains("no bitmap 'c0'") == true)
        #expect(try bench.waitForEnd().phase == .completed)
        // Put on top of the older one it hides all of that, zeros included.
        #expect(try bench.holds(1, at: "0", a) && bench.holds(2, at: "4M", a) && bench.clusters(b) == [4 << 20])
        // The same for clients of NBD: they are told that everything was written.
        try bench.begin(try bench.pull("vda", scratch: bench.folder + "/bk-s", since: "c0"))
        #expect(try bench.dirty("vda", bitmap: "backup-vda") == [0])
        try bench.manager.abortJob(bench.name)
    }

    @Test("bitmaps of a QEMU that was killed aren't relied on")
    func killedQEMU() throws {
        let bench = try BackupBench()
        try bench.complete(try bench.push([("vda", bench.folder + "/bk-0")]), checkpoint: "c0")
        for round in 0..<2 {
            try bench.write(5, at: "\(round)M")
            let qemu = try #require(try bench.manager.status(bench.name).qemu)
            kill(qemu.pid, SIGKILL)
            try eventually("the end is seen", within: .seconds(30)) {
                try bench.manager.status(bench.name).state == .shutOff
            }
            try bench.manager.start(bench.name)
            let job = try bench.begin(try bench.push([("vda", bench.folder + "/bk-k\(round)")], since: "c0"))
            #expect(job.backup?.disks[0].whyWhole != nil)
            #expect(try bench.waitForEnd().phase == .completed)
            // One that was written down once, and then is not: the first round had none.
            if round == 0 {
                try bench.manager.deleteCheckpoint(bench.name, "c0")
                try bench.manager.createCheckpoint(bench.name, try bench.checkpoint("c0"))
                try bench.manager.destroy(bench.name)
                try bench.manager.start(bench.name)
            }
        }
        try bench.manager.deleteCheckpoint(bench.name, "c0")
        #expect(try bench.manager.checkpoints(bench.name).records.isEmpty)
    }

    @Test("QEMU is kept for a backup when the guest powers off, until it is over")
    func powerOff() throws {
        let bench = try BackupBench()
        try bench.write(1, at: "0")
        try bench.begin(try bench.pull("vda", scratch: bench.folder + "/bk-s"))
        let qemu = try #require(try bench.manager.status(bench.name).qemu)
        // What a guest does at its end: the register of the chipset's power management.
        _ = try bench.live.run(bench.name, "human-monitor-command", ["command-line": "o /w 0x604 0x2000"])
        _ = try? bench.live.run(bench.name, "system_powerdown")
        try eventually("the guest is off", within: .seconds(30)) {
            try bench.manager.status(bench.name).state == .inShutdown
        }
        #expect(qemu.isAlive)
        #expect(try bench.serves(1, at: "0", "vda"))
        try bench.manager.abortJob(bench.name)
        try eventually("the machine is off", within: .seconds(30)) {
            try bench.manager.status(bench.name).state == .shutOff
        }
        #expect(try bench.manager.status(bench.name).reason == .shutdown)
        try bench.checkClean()
    }

    @Test("beside a backup nothing is done that needs its disks, and the machine can be suspended")
    func meanwhile() throws {
        let bench = try BackupBench()
        try bench.begin(try bench.pull("vda", scratch: bench.folder + "/bk-s"))
        func refused(_ body: () throws -> Void) {
            let error = #expect(throws: VMError.self) { try body() }
            #expect(error?.code == .busy || error?.code == .wrongState, "\(String(describing: error))")
        }
        refused { try bench.begin(try bench.push([("vda", bench.folder + "/bk-x")])) }
        refused { try bench.snapshots.snapshot(bench.name, "s", .diskOnly) }
        refused { try bench.manager.save(bench.name, to: bench.folder + "/bk-save") }
        refused { try bench.manager.resizeBlock(bench.name, disk: "vda", bytes: 16 << 20) }
        refused {
            var pull = BlockJobOrder.Pull()
            pull.base = nil
            try bench.manager.startBlockJob(bench.name, BlockJobOrder("vda", .pull(pull)))
        }
        try bench.manager.suspend(bench.name)
        try bench.manager.resume(bench.name)
        try bench.manager.createCheckpoint(bench.name, try bench.checkpoint("during"))
        try bench.manager.deleteCheckpoint(bench.name, "during")
        try bench.manager.abortJob(bench.name)
        try bench.checkClean()
    }

    @Test("what can't be backed up is refused in libvirt's terms")
    func refusals() throws {
        let bench = try BackupBench()
        func error(_ xml: String) -> VMError? {
            #expect(throws: VMError.self, "\(xml)") { try bench.begin(try bench.document(xml)) }
        }
        for (xml, number) in [
            ("<domainbackup mode='pull'><server transport='tcp'/></domainbackup>", Int32(84)),
            ("<domainbackup><incremental>nosuch</incremental></domainbackup>", 103),
            ("<domainbackup><disks><disk name='vdz'/></disks></domainbackup>", 67),
            ("<domainbackup><server transport='unix' socket='/x'/></domainbackup>", 27),
            ("<domainbackup><disks><disk name='vda' backup='no'/></disks></domainbackup>", 67),
            (
                "<domainbackup><disks><disk name='vda' type='file'><target file='\(bench.image("vda"))'/></disk>"
                    + "</disks></domainbackup>", 67
            ),
        ] {
            #expect(error(xml)?.libvirt.number.rawValue == number, "\(xml)")
        }
        try bench.manager.destroy(bench.name)
        #expect(error("<domainbackup/>")?.libvirt.number == .operationInvalid)
        try bench.checkClean()
    }
}

extension BackupBench {
    /// The node of a disk's own image.
    func top(_ disk: Int) throws -> String {
        let drives = try live.run(name, "query-block").array ?? []
        let nodes = drives.compactMap { $0["inserted"]?["node-name"]?.string }
        return nodes[disk]
    }
}
