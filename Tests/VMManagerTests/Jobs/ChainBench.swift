import Foundation
import TestBench
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager

/// A running machine with a disk whose image builds on others. Each image has bytes of its own in a place of its own, so
/// that what was merged into what can be told afterwards.
final class ChainBench {
    let live: LiveBench
    var manager: VMManager { live.manager }
    /// The topmost first.
    let images: [String]
    let name: String

    static let megabyte: UInt64 = 1 << 20
    static var hasTools: Bool {
        Files.exists("/usr/bin/qemu-img") && Files.exists("/usr/bin/qemu-io")
    }

    /// - Parameters:
    ///   - layers: how many images there are.
    ///   - size: of the disk, in MiB.
    init(
        _ name: String, layers: Int = 3, size: Int = 8, emulator: String = Bench.qemu, base: String = "qcow2",
        names: Bool = false, failpoint: String? = nil
    ) throws {
        self.name = name
        let bench = try LiveBench()
        live = bench
        var below: String?
        var made: [String] = []
        for layer in 0..<layers {
            let path = bench.bench.folder + "/\(name)-\(layer).img"
            let format = layer == 0 ? base : "qcow2"
            var arguments = ["create", "-q", "-f", format]
            if let below { arguments += ["-b", below, "-F", layer == 1 ? base : "qcow2"] }
            arguments.append(path)
            if below == nil { arguments.append("\(size)M") }
            try Self.run("/usr/bin/qemu-img", arguments)
            // Everywhere in the first MiB below its own place, so that the uppermost counts.
            try Self.run(
                "/usr/bin/qemu-io",
                ["-f", format, "-c", "write -P \(layer + 1) \(layer)M 1M", "-c", "write -P \(layer + 1) 7M 64k", path])
            made.insert(path, at: 0)
            below = path
        }
        images = made
        var chain = ""
        if names {
            for (place, path) in made.enumerated().dropFirst() {
                let format = place == layers - 1 ? base : "qcow2"
                chain += "<backingStore type='file'><format type='\(format)'/><source file='\(path)'/>"
            }
            chain += "<backingStore/>" + String(repeating: "</backingStore>", count: made.count - 1)
        }
        let format = layers == 1 ? base : "qcow2"
        try live.start(
            name,
            "<disk type='file' device='disk'><driver name='qemu' type='\(format)'/><source file='\(made[0])'/>"
                + "\(chain)<target dev='vda' bus='virtio'/></disk>", emulator: emulator, failpoint: failpoint)
    }

    @discardableResult
    static func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let pipe = Foundation.Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(program) \(arguments): \(text)")
        return text
    }

    /// The guest writes: through the drive's front end, as a guest's requests go.
    func write(_ pattern: Int, at offset: String, _ length: String = "64k") throws {
        try io("write -P \(pattern) \(offset) \(length)")
    }

    /// What the guest reads is so.
    func check(_ pattern: Int, at offset: String, _ length: String = "64k") throws {
        try io("read -P \(pattern) \(offset) \(length)")
    }

    private func io(_ command: String) throws {
        let line = "qemu-io -d /machine/peripheral/virtio-disk0/virtio-backend \"\(command)\""
        let reply = try live.run(name, "human-monitor-command", ["command-line": .string(line)])
        let text = reply.string ?? ""
        #expect(!text.contains("rror") && !text.contains("failed"), "\(command): \(text)")
    }

    /// What the guest sees of the patterns that ``init`` made, in a chain of three.
    func checkPatterns() throws {
        for layer in images.indices { try check(layer + 1, at: "\(layer)M", "1M") }
        try check(images.count, at: "7M")
    }

    /// An image that no machine has open holds these bytes.
    func checkImage(_ path: String, _ reads: [(pattern: Int, offset: String, length: String)]) throws {
        for read in reads {
            let text = try Self.run(
                "/usr/bin/qemu-io", ["-r", "-c", "read -P \(read.pattern) \(read.offset) \(read.length)", path])
            #expect(!text.contains("rror") && !text.contains("failed"), "\(path): \(text)")
        }
    }

    /// A raw image that no machine has open holds these bytes.
    func checkRaw(_ path: String, _ reads: [(pattern: Int, offset: String, length: String)]) throws {
        for read in reads {
            let text = try Self.run(
                "/usr/bin/qemu-io",
                ["-f", "raw", "-r", "-c", "read -P \(read.pattern) \(read.offset) \(read.length)", path])
            #expect(!text.contains("rror") && !text.contains("failed"), "\(path): \(text)")
        }
    }

    var disk: Disk {
        get throws { try manager.domain(name).devices.disks[0] }
    }

    var stored: Disk {
        get throws { try manager.domain(name, inactive: true).devices.disks[0] }
    }

    /// What the live definition says that the disk consists of.
    func chain() throws -> [String] {
        var paths = [try disk.source.file ?? ""]
        var below = try disk.backingStore
        while let store = below, let path = store.source?.file {
            paths.append(path)
            below = store.backingStore
        }
        return paths
    }

    func job() throws -> MachineJob? { try manager.blockJob(name, disk: "vda") }

    func waitUntilReady() throws {
        try eventually("the job is ready", within: .seconds(120)) { try job()?.block?.isReady == true }
    }

    func waitForEnd() throws -> MachineJob? {
        try eventually("the job has ended", within: .seconds(120)) { try job() == nil }
        return try manager.lastBlockJob(name, disk: "vda")
    }

    func path(_ file: String) -> String { live.bench.folder + "/" + file }

    func killSupervisor() throws {
        let pid = try #require(try manager.status(name).supervisor?.pid)
        kill(pid, SIGKILL)
    }
}
