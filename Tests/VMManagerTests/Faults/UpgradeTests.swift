import Foundation
import TestBench
import Testing
import VMCore
import VMDomain
import VMManager

/// A package with another QEMU is installed while machines run.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"))
struct UpgradeTests {
    @Test("what runs is changed by what runs; the next start is told of the new program")
    func replaced() throws {
        let bench = try LiveBench()
        let emulator = bench.bench.folder + "/qemu-system-x86_64"
        try FileManager.default.createSymbolicLink(atPath: emulator, withDestinationPath: Bench.qemu)
        try bench.start("old", emulator: emulator)
        try FileManager.default.removeItem(atPath: emulator)
        try "#!/bin/sh\necho broken package >&2\nexit 1\n".write(toFile: emulator, atomically: true, encoding: .utf8)
        chmod(emulator, 0o755)

        try bench.manager.attachDevice("old", bench.disk(try bench.image("a"), "sdb", bus: "usb"), scope: .live)
        #expect(try bench.has("old", device: "usb-disk1"))
        try bench.manager.suspend("old")
        try bench.manager.resume("old")
        kill(try #require(try bench.manager.status("old").supervisor?.pid), SIGKILL)
        #expect(try bench.manager.status("old").state == .running)
        try bench.manager.detachDevice("old", alias: "usb-disk1", scope: .live)
        try bench.manager.destroy("old")

        let error = #expect(throws: VMError.self) { try bench.manager.start("old") }
        #expect(error.map { "\($0.message) \($0.cause?.message ?? "")" }?.contains(emulator) == true)
        #expect(try bench.manager.status("old").state == .shutOff)
    }
}
