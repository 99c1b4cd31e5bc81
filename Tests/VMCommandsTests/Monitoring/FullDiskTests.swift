import Foundation
import TestBench
import Testing
import VMJSON

/// A guest that writes until the host's disk is full, and what the program tells of it.
@Suite(
    "A full disk of the host pauses a machine",
    .enabled(if: Program.hasQEMU && SmallDisk.isPossible, "needs qemu-system-x86_64, root and mount"))
struct FullDiskTests {
    /// A boot sector that writes 32 KiB to the first hard disk at each tick of the clock, round and round in 4 MiB.
    private static let writer =
        "FB31C08ED8BE227CB443B000B280CD13" + "6683062A7C406681262A7CFF1F0000F4EBE6"
        + "10004000000000100000000000000000" + "0000"

    private func bytes(_ hex: String) -> [UInt8] {
        stride(from: 0, to: hex.count, by: 2).compactMap { offset in
            UInt8(hex.dropFirst(offset).prefix(2), radix: 16)
        }
    }

    private func floppy(_ program: Program) throws -> String {
        let code = bytes(Self.writer)
        let sector = code + [UInt8](repeating: 0, count: 510 - code.count) + [0x55, 0xaa]
        let path = program.home + "/boot.img"
        try Data(sector + [UInt8](repeating: 0, count: 1_474_560 - 512)).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// The firmware leaves disks alone from which it may not boot, so this one is named too.
    private func define(_ program: Program, _ image: String) throws {
        let boot = try floppy(program)
        let file = try program.domain(
            "full",
            devices: """
                <disk type='file' device='floppy'><driver name='qemu' type='raw'/><source file='\(boot)'/>
                  <target dev='fda' bus='fdc'/></disk>
                <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='\(image)'/>
                  <target dev='vda' bus='virtio'/></disk>
                """, os: "<boot dev='fd'/><boot dev='hd'/>")
        let define = program.run("define", file)
        #expect(define.status == 0, "\(define.errors)")
    }

    private func eventually(_ what: Comment, _ isSo: () -> Bool) {
        let end = Date(timeIntervalSinceNow: 60)
        while !isSo() {
            guard Date() < end else {
                Issue.record(what)
                return
            }
            usleep(20000)
        }
    }

    /// Runs a verb, and holds its document against the schema.
    private func document(_ program: Program, _ words: String...) -> JSONValue {
        let value = program.run(words + ["--output", "json"]).json
        let schema = program.run("help", "--json-schema", words[0]).json
        let faults = SchemaValidator(root: schema).faults(value)
        #expect(faults.isEmpty, "\(words): \(faults)")
        return value
    }

    @Test("the state tells which disk, why and since when; with the policy the machine goes on when there is space")
    func whole() throws {
        let program = Program()
        let disk = try SmallDisk(program.home + "/images", size: "1m")
        let image = program.home + "/images/vda.img"
        #expect(FileManager.default.createFile(atPath: image, contents: nil))
        #expect(truncate(image, 8 << 20) == 0)
        try define(program, image)
        disk.fill()
        #expect(program.run("start", "full").status == 0)
        eventually("the disk is named") {
            program.run("domstate", "full", "--reason").output
                .hasPrefix("paused (I/O error: vda: no space left) since 2")
        }
        #expect(program.run("--virsh", "domstate", "full", "--reason").output.hasPrefix("paused (I/O error)\n"))
        #expect(program.run("list").output.contains("paused, vda: no space left for "))
        #expect(!program.run("--virsh", "list").output.contains("vda"))
        let status = program.run("status", "full").output
        #expect(status.contains("State:         paused (I/O error: vda: no space left)\n"), "\(status)")
        #expect(status.contains("Disk error:    vda: no space left, since 2"), "\(status)")
        #expect(status.contains("in '\(image)'\n"), "\(status)")
        #expect(!status.contains("Resumes:"), "\(status)")
        let error = document(program, "status", "full")["disk_errors"]?[0]
        #expect(error?["disk"] == "vda" && error?["no_space"] == true && error?["file"] == .string(image))
        #expect(document(program, "list")[0]?["disk_errors"]?[0] == error)
        #expect(document(program, "domstate", "full")["disk_errors"]?[0] == error)
        let policy = program.run(
            "metadata", "full", "urn:vmctl:domain:1", "--key", "vmctl", "--live", "--set",
            "<ioerror resume='when-space-returns' free='512' unit='KiB'/>")
        #expect(policy.status == 0, "\(policy.errors)")
        #expect(program.run("status", "full").output.contains("Resumes:       when 512 KiB are free\n"))
        #expect(document(program, "status", "full")["space_waited_for"] == 524_288)
        disk.empty()
        eventually("it runs again") {
            program.run("events", "full", "--since", "0").output
                .contains("vda has space again")
        }
        // It goes on writing until there is no space again.
        eventually("it is paused again") {
            program.run("domstate", "full", "--reason").output.contains("vda: no space left")
                && (try? FileManager.default.attributesOfItem(atPath: image)) != nil
                && blocks(image) > 1000
        }
    }

    /// How many blocks of 512 bytes a file takes.
    private func blocks(_ path: String) -> Int {
        var entry = stat()
        return stat(path, &entry) == 0 ? Int(entry.st_blocks) : 0
    }
}
