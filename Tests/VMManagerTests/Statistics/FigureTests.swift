import Foundation
import Glibc
import TestBench
import Testing
import VMCore
import VMManager

/// The figures of a real QEMU against numbers that are known beforehand.
@Suite("Figures of a running machine", .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"))
struct FigureTests {
    @Test("memory is in KiB; a sparse disk has the guest's size and takes what the host has given it")
    func sizes() throws {
        let bench = try LiveBench()
        let image = try bench.image("sparse", megabytes: 8)
        let file = try FileDescriptor.open(image, flags: O_WRONLY)
        try file.writeAll([UInt8](repeating: 1, count: 256 << 10), image)
        fsync(file.raw)
        var entry = stat()
        try #require(stat(image, &entry) == 0)
        try bench.start(
            "sized",
            "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='\(image)'/>"
                + "<target dev='vda' bus='virtio'/></disk><disk type='file' device='cdrom'>"
                + "<target dev='hdc' bus='ide'/></disk><memballoon model='virtio'/>")
        let figures = try bench.manager.statistics(of: "sized", patience: .seconds(10))
        #expect(figures.problem == nil)
        #expect(figures.memory?.current == 32 << 10 && figures.memory?.maximum == 32 << 10)
        #expect(figures.disks.map(\.target) == ["vda", "hdc"])
        #expect(figures.disks[0].capacity == 8 << 20)
        #expect(figures.disks[0].physical == UInt64(entry.st_blocks) * 512)
        #expect(try #require(figures.disks[0].physical) < 1 << 20)
        #expect(figures.disks[1].capacity == nil && figures.disks[1].physical == nil)
        #expect(figures.maximumVCPUs == 3 && figures.vcpus.map(\.index) == [0])
    }

    @Test(
        "a paused guest is let run to see its power button when all are shut down",
        .enabled(if: LiveBench.hasGuest, "needs make guest"))
    func pausedShutdown() throws {
        let bench = try LiveBench()
        try bench.start("asleep", guest: true)
        try bench.waitForGuest("asleep")
        try bench.manager.suspend("asleep")
        let outcomes = try bench.manager.shutDownAll(within: .seconds(60))
        #expect(outcomes.map(\.name) == ["asleep"] && outcomes.allSatisfy { $0.result == .shutDown })
        #expect(try bench.manager.status("asleep").state == .shutOff)
    }
}
