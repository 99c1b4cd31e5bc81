import Foundation
import TestBench
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager
import VMSnapshot
import VMXML

/// A machine with disks of 8 MiB, backups of them, and what is in those.
final class BackupBench {
    let snapshots: SnapshotBench
    var live: LiveBench { snapshots.live }
    var manager: VMManager { snapshots.manager }
    var folder: String { snapshots.folder }
    let name = "b"
    /// How many block nodes QEMU had after its start.
    private(set) var before: Int?

    /// - Parameter disks: formats of disks, `vda` and so on.
    init(
        _ disks: [String] = ["qcow2"], emulator: String = Bench.qemu, failpoint: String? = nil, runs: Bool = true
    ) throws {
        snapshots = try SnapshotBench()
        var xml = ""
        for (index, format) in disks.enumerated() {
            let target = "vd\(["a", "b", "c"][index])"
            xml += snapshots.disk(try snapshots.image("\(target).img", format: format), target, format: format)
        }
        try snapshots.define(name, xml, emulator: emulator)
        guard runs else { return }
        try (failpoint.map { try live.failing(at: $0) } ?? manager).start(name)
        before = try live.nodes(name).count
    }

    func image(_ target: String) -> String { "\(folder)/\(target).img" }

    /// The guest writes: through the drive's front end, as a guest's requests go.
    func write(_ pattern: Int, at offset: String, disk: Int = 0) throws {
        let line =
            "qemu-io -d /machine/peripheral/virtio-disk\(disk)/virtio-backend \"write -P \(pattern) \(offset) 64k\""
        let reply = try live.run(name, "human-monitor-command", ["command-line": .string(line)])
        let text = reply.string ?? ""
        #expect(!text.contains("rror") && !text.contains("failed"), "\(text)")
    }

    func isRunning() throws -> Bool { try manager.status(name).state == .running }

    // MARK: Backups

    /// The document of a backup that is pushed.
    func push(_ disks: [(target: String, path: String)], since: String? = nil, format: String = "qcow2") throws
        -> DomainBackup
    {
        let list = disks.map {
            "<disk name='\($0.target)' type='file'><driver type='\(format)'/><target file='\($0.path)'/></disk>"
        }
        let incremental = since.map { "<incremental>\($0)</incremental>" } ?? ""
        return try document("<domainbackup>\(incremental)<disks>\(list.joined())</disks></domainbackup>")
    }

    /// The document of a backup that is pulled from a unix socket.
    func pull(_ target: String, scratch: String, since: String? = nil) throws -> DomainBackup {
        let incremental = since.map { "<incremental>\($0)</incremental>" } ?? ""
        return try document(
            "<domainbackup mode='pull'>\(incremental)<server transport='unix' socket='\(socket)'/><disks>"
                + "<disk name='\(target)' type='file'><scratch file='\(scratch)'/></disk></disks></domainbackup>")
    }

    var socket: String { folder + "/nbd.sock" }

    func document(_ xml: String) throws -> DomainBackup { try DomainBackup.checked(Array(xml.utf8)) }

    func checkpoint(_ name: String) throws -> DomainCheckpoint {
        try DomainCheckpoint.checked(Array("<domaincheckpoint><name>\(name)</name></domaincheckpoint>".utf8))
    }

    @discardableResult
    func begin(_ document: DomainBackup, checkpoint name: String? = nil) throws -> MachineJob {
        try manager.beginBackup(self.name, document, checkpoint: try name.map { try checkpoint($0) })
    }

    func waitForEnd() throws -> MachineJob {
        try eventually("the backup has ended", within: .seconds(60)) {
            try manager.mend(name)
            return try manager.job(name)?.phase != .running
        }
        return try #require(try manager.job(name))
    }

    /// Pushes a backup and waits until it is complete.
    func complete(_ document: DomainBackup, checkpoint: String? = nil) throws {
        try begin(document, checkpoint: checkpoint)
        let job = try waitForEnd()
        #expect(job.phase == .completed, "\(String(describing: job.error))")
    }

    // MARK: What is in them

    func holds(_ pattern: Int, at offset: String, _ path: String, format: String = "qcow2") throws -> Bool {
        let result = try snapshots.tool(
            "qemu-io", ["-r", "-f", format, "-c", "read -P \(pattern) \(offset) 64k", path])
        return result.status == 0 && !result.text.contains("failed")
    }

    /// Whether a client of NBD finds that.
    func serves(_ pattern: Int, at offset: String, _ export: String) throws -> Bool {
        try holds(pattern, at: offset, "nbd+unix:///\(export)?socket=\(socket)", format: "raw")
    }

    /// What a client of NBD is told to be written since: offsets of the pieces.
    func dirty(_ export: String, bitmap: String) throws -> [Int64] {
        let options =
            "driver=nbd,server.type=unix,server.path=\(socket),export=\(export),x-dirty-bitmap=qemu:dirty-bitmap:\(bitmap)"
        let text = try snapshots.tool("qemu-img", ["map", "--output=json", "--image-opts", options]).text
        let list = try JSONParser.parse(Array(text.utf8)).array ?? []
        // What the bitmap has set is told as holes.
        return list.filter { $0["data"]?.bool == false }.compactMap { $0["start"]?.int64 }
    }

    func clusters(_ path: String) throws -> [Int64] {
        let text = try snapshots.tool("qemu-img", ["map", "--output=json", "-f", "qcow2", path]).text
        let list = try JSONParser.parse(Array(text.utf8)).array ?? []
        return list.filter { $0["present"]?.bool == true && $0["data"]?.bool == true }.compactMap { $0["start"]?.int64 }
    }

    /// Puts an incremental backup on top of the one before.
    func stack(_ path: String, on base: String) throws {
        let result = try snapshots.tool("qemu-img", ["rebase", "-u", "-f", "qcow2", "-F", "qcow2", "-b", base, path])
        #expect(result.status == 0, "\(result.text)")
    }

    /// Everything is as if there had been no backup: images whole, no node and no file left.
    func checkClean(_ note: String = "", keeping files: Set<String> = []) throws {
        try snapshots.checkWhole(name, note)
        let known = Set(try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("bk") })
        #expect(known == files, "\(note)")
        #expect(!Files.exists(socket), "\(note)")
        guard try manager.status(name).state.isActive else { return }
        let nodes = try live.nodes(name)
        #expect(nodes.allSatisfy { !$0.hasPrefix("backup-") }, "\(note): \(nodes)")
        if let before { #expect(nodes.count == before, "\(note): \(nodes)") }
        #expect(try live.run(name, "query-jobs").array?.isEmpty == true, "\(note)")
    }
}
