import Foundation
import TestBench
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager
import VMSnapshot
import VMXML

/// Domains with images, what is written into them, and what has to hold of their snapshots whatever happened.
final class SnapshotBench {
    let live: LiveBench
    var manager: VMManager { live.manager }
    var folder: String { live.bench.folder }

    init() throws { live = try LiveBench() }

    @discardableResult
    func tool(_ program: String, _ arguments: [String]) throws -> (status: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/" + program)
        process.arguments = arguments
        let pipe = Foundation.Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    /// A qcow2 image of 8 MiB.
    func image(_ name: String, format: String = "qcow2") throws -> String {
        let path = folder + "/" + name
        let result = try tool("qemu-img", ["create", "-q", "-f", format, path, "8M"])
        #expect(result.status == 0, "\(result.text)")
        return path
    }

    func disk(_ path: String, _ target: String, format: String = "qcow2") -> String {
        "<disk type='file' device='disk'><driver name='qemu' type='\(format)'/><source file='\(path)'/>"
            + "<target dev='\(target)' bus='virtio'/></disk>"
    }

    func define(_ name: String, _ devices: String, emulator: String = Bench.qemu, os: String = "") throws {
        let xml = """
            <domain type='qemu'><name>\(name)</name><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type>\(os)</os><features><acpi/></features>
            <devices><emulator>\(emulator)</emulator>\(devices)</devices></domain>
            """
        _ = try manager.define(Array(xml.utf8), file: "test.xml")
    }

    // MARK: What is in an image

    /// Writes into the top of a disk of a machine that doesn't run.
    func write(_ pattern: Int, to path: String, format: String = "qcow2") throws {
        let result = try tool("qemu-io", ["-f", format, "-c", "write -P \(pattern) 0 64k", path])
        #expect(result.status == 0, "\(result.text)")
    }

    /// Writes into a running machine's disk.
    func write(_ pattern: Int, live name: String, disk alias: String = "virtio-disk0") throws {
        let line = "qemu-io -d /machine/peripheral/\(alias)/virtio-backend \"write -P \(pattern) 0 64k\""
        let reply = try live.run(name, "human-monitor-command", ["command-line": .string(line)])
        #expect(reply.string?.contains("rror") != true, "\(reply)")
    }

    /// What the guest writes at one time: in a place of its own, and in the first one over what is there.
    func epoch(_ number: Int, live name: String, disk alias: String = "virtio-disk0") throws {
        for command in [0, number].map({ "write -P \(number) \($0 * 65536) 64k" }) + ["flush"] {
            let line = "qemu-io -d /machine/peripheral/\(alias)/virtio-backend \"\(command)\""
            let reply = try live.run(name, "human-monitor-command", ["command-line": .string(line)])
            #expect(reply.string?.contains("rror") != true, "\(reply)")
        }
    }

    /// Whether an image has what was written at these times, the last of them in the first place.
    func has(_ epochs: [Int], _ path: String, format: String = "qcow2") throws -> Bool {
        var commands: [String] = []
        for (place, number) in epochs.map({ ($0, $0) }) + [(0, epochs.last ?? 0)] {
            commands += ["-c", "read -P \(number) \(place * 65536) 64k"]
        }
        let result = try tool("qemu-io", ["-r", "-f", format] + commands + [path])
        return result.status == 0 && !result.text.contains("failed")
    }

    /// The images that a disk of a running machine consists of, the topmost first, as the images say.
    func images(_ name: String, _ target: String = "vda") throws -> [String] {
        var paths = [try top(name, target)]
        while let path = paths.last, paths.count < 64 {
            let text = try tool("qemu-img", ["info", "-U", "--output=json", path]).text
            guard let below = try JSONParser.parse(text)["full-backing-filename"]?.string else { break }
            paths.append(below)
        }
        return paths
    }

    /// What was told of disks' jobs since.
    func blockEvents(_ follower: EventFollower) -> [String] {
        var words: [String] = []
        while let event = follower.next(deadline: .after(.milliseconds(300))) {
            guard case .blockJob(let change) = event.kind else { continue }
            words.append("\(change.target ?? "?") \(change.type) \(change.status.rawValue)")
        }
        return words
    }

    func holds(_ pattern: Int, _ path: String, format: String = "qcow2") throws -> Bool {
        let result = try tool("qemu-io", ["-r", "-f", format, "-c", "read -P \(pattern) 0 64k", path])
        return result.status == 0 && !result.text.contains("failed")
    }

    /// The image that a disk of the stored definition has on top.
    func top(_ name: String, _ target: String = "vda") throws -> String {
        let disk = try manager.definition(name).devices.disks.first { $0.target?.dev == target }
        return try #require(disk?.source.file)
    }

    // MARK: Snapshots

    @discardableResult
    func snapshot(
        _ domain: String, _ name: String, _ flags: SnapshotCreation = [], _ body: String = ""
    ) throws -> SnapshotRecord {
        let xml = "<domainsnapshot><name>\(name)</name>\(body)</domainsnapshot>"
        return try manager.createSnapshot(domain, DomainSnapshot.checked(Array(xml.utf8)), flags)
    }

    func names(_ domain: String) throws -> [String] { try manager.snapshots(domain).records.map(\.name) }

    /// All images are whole, definitions agree with what runs and with each other, and each snapshot has all it needs.
    func checkWhole(_ domain: String, _ note: String = "") throws {
        let definition = try manager.definition(domain)
        let state = try manager.status(domain).state
        for disk in definition.devices.disks {
            guard let path = disk.source.file, disk.driver?.type == .qcow2 else { continue }
            #expect(Files.exists(path), "\(note): \(path)")
            let options = state.isActive ? ["-U"] : []
            let result = try tool("qemu-img", ["check", "-q"] + options + ["-f", "qcow2", path])
            // Clusters that a running or killed QEMU has not written down as its own are lost room, and no damage.
            #expect(result.status == 0 || result.status == 3, "\(note): \(result.text)")
            let chain = try tool("qemu-img", ["info", "-U", "--backing-chain", path])
            #expect(chain.status == 0, "\(note): \(chain.text)")
        }
        if state.isActive {
            let live = try Domain(xml: manager.xml(domain), options: .lenient)
            for (a, b) in zip(live.devices.disks, definition.devices.disks) {
                #expect(a.source.file == b.source.file, "\(note)")
            }
        }
        let findings = try manager.verifySnapshots(domain).filter { $0.problem != nil }
        #expect(findings.isEmpty, "\(note): \(findings)")
    }
}

func all(_ truths: Bool...) -> Bool { truths.allSatisfy(\.self) }

func any(_ truths: Bool...) -> Bool { truths.contains(true) }
