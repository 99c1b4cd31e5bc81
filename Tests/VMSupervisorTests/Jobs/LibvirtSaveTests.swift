import Foundation
import SupervisorProtocol
import TestBench
import Testing
import VMCore
import VMManager

/// Saved machines in libvirt's files, on real QEMU.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"))
struct LibvirtSaveTests {
    private func number(_ data: Data, _ index: Int) -> UInt32 {
        data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 16 + index * 4, as: UInt32.self) }
    }

    @Test("a machine is saved as libvirt saves it, and restored with what is in the file")
    func roundTrip() throws {
        let bench = try LiveBench()
        let manager = bench.manager
        let path = bench.bench.folder + "/saved"
        try bench.start("trip")
        try manager.attachDevice("trip", bench.disk(try bench.image("a"), "vdb"), scope: .live)
        try manager.save("trip", to: path, format: .libvirt)
        var file = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(file.prefix(16) == Data("LibvirtQemudSave".utf8))
        #expect((0..<5).map { number(file, $0) }.enumerated().allSatisfy { [2, nil, 1, 0, 0][$0] ?? $1 == $1 })
        let length = Int(number(file, 1))
        #expect(file[92..<92 + length].prefix { $0 != 0 } == Data(try manager.savedXML(path).utf8))
        // QEMU's stream begins behind it.
        #expect(file[(92 + length)...].prefix(4) == Data("QEVM".utf8))
        var state = try manager.restore(path)
        #expect(state.state == .running && state.reason == .restored)
        #expect(try bench.has("trip", device: "virtio-disk1"))

        try manager.save("trip", to: path, resume: .paused, format: .libvirt)
        let changed = try manager.savedXML(path).replacingOccurrences(
            of: "<uuid>", with: "<title>\(String(repeating: "x", count: 9000))</title><uuid>")
        #expect(try manager.redefineSaved(path, xml: Array(changed.utf8)))
        #expect(try manager.savedXML(path) == changed)
        file = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(file.prefix(16) == Data("LibvirtQemudSave".utf8) && number(file, 2) == 0)
        state = try manager.restore(path)
        #expect(state.state == .paused)
        #expect(try manager.xml("trip").contains("<title>xxx"))
    }

    @Test("a packed state is unpacked", arguments: [(UInt32(1), "gzip"), (3, "xz")])
    func packed(number: UInt32, program: String) throws {
        let bench = try LiveBench()
        let path = bench.bench.folder + "/saved"
        try bench.start("packed")
        try bench.manager.save("packed", to: path, format: .libvirt)
        let file = try Data(contentsOf: URL(fileURLWithPath: path))
        let begin = 92 + Int(self.number(file, 1))
        try file[begin...].write(to: URL(fileURLWithPath: path + ".state"))
        let packer = Process()
        packer.executableURL = URL(fileURLWithPath: "/bin/sh")
        packer.arguments = ["-c", "\(program) -1 -c < '\(path).state' > '\(path).packed'"]
        try packer.run()
        packer.waitUntilExit()
        #expect(packer.terminationStatus == 0)
        var head = file[..<begin]
        withUnsafeBytes(of: number) { head.replaceSubrange(28..<32, with: $0) }
        let stream = try Data(contentsOf: URL(fileURLWithPath: path + ".packed"))
        try (head + stream).write(to: URL(fileURLWithPath: path))
        #expect(try bench.manager.restore(path).reason == .restored)
        try bench.manager.destroy("packed")
        // One that was cut short.
        try (head + stream.prefix(stream.count / 2)).write(to: URL(fileURLWithPath: path))
        #expect(throws: VMError.self) { try bench.manager.restore(path) }
        #expect(try bench.manager.status("packed").state == .shutOff)
    }
}
