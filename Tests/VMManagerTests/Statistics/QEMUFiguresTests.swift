import Foundation
import MonitorJSON
import Testing
import VMCore
import VMJSON

@testable import VMManager

@Suite("What QEMU says of itself, kept and decoded")
struct QEMUFiguresTests {
    private func figures(_ replies: JSONObject, measured: Int64 = 1) -> QEMUFigures {
        QEMUFigures(replies: replies, measured: measured)
    }

    @Test("The balloon driver's figures: sizes in KiB, numbers as they are, what the guest doesn't give left out")
    func guestMemory() throws {
        let stats: JSONObject = [
            "stat-swap-in": 1024, "stat-swap-out": 2048, "stat-major-faults": 3, "stat-minor-faults": 4,
            "stat-free-memory": 5120, "stat-total-memory": 6144, "stat-available-memory": 7168,
            "stat-disk-caches": 8192, "stat-htlb-pgalloc": 9, "stat-htlb-pgfail": 10, "stat-something-new": 11,
        ]
        let reply: JSONValue = ["stats": .object(stats), "last-update": 1_700_000_000]
        let memory = try #require(figures(["qom-get": reply]).guestMemory)
        #expect(memory.time == 1_700_000_000)
        #expect(
            memory.values.map { "\($0.name)=\($0.value)" } == [
                "swap_in=1", "swap_out=2", "major_fault=3", "minor_fault=4", "unused=5", "available=6", "usable=7",
                "disk_caches=8", "hugetlb_pgalloc=9", "hugetlb_pgfail=10",
            ])
        let unknown: JSONValue = ["stats": ["stat-swap-in": JSONValue(UInt64.max), "stat-free-memory": 1025]]
        let partly = try #require(figures(["qom-get": unknown]).guestMemory)
        #expect(partly.values.map { "\($0.name)=\($0.value)" } == ["unused=1"] && partly.time == 0)
        #expect(figures([:]).guestMemory == nil)
    }

    @Test("What is kept for a machine that hangs: the newest answer to each question, whoever asked it")
    func keeping() throws {
        let path = NSTemporaryDirectory() + "vmctl-figures-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(QEMUFigures.read(path) == nil)
        let second: Int64 = 1_000_000_000
        figures(["a": 1], measured: 10 * second).keep(path)
        #expect(QEMUFigures.read(path)?.replies == ["a": 1])
        // Other questions within seconds are kept beside them.
        figures(["b": 2], measured: 11 * second).keep(path)
        #expect(QEMUFigures.read(path)?.replies == ["a": 1, "b": 2])
        // The same ones within seconds aren't worth a write.
        figures(["a": 3], measured: 12 * second).keep(path)
        #expect(QEMUFigures.read(path)?.replies["a"] == 1)
        figures(["a": 4], measured: 16 * second).keep(path)
        #expect(QEMUFigures.read(path)?.replies == ["a": 4, "b": 2])
        #expect(QEMUFigures.read(path)?.measured == 16 * second)
    }

    @Test(
        "A device is found by its alias as a whole part of the path",
        arguments: [
            ("/machine/peripheral/virtio-disk1/virtio-backend", "virtio-disk1", true), ("ide0-0-0", "ide0-0-0", true),
            ("/machine/peripheral/virtio-disk10/virtio-backend", "virtio-disk1", false),
            ("/machine/peripheral/virtio-disk1", "virtio-disk10", false), ("", "x", false),
        ])
    func aliases(path: String, alias: String, isIt: Bool) {
        #expect(QEMUFigures.path(path, names: alias) == isIt)
        #expect(!QEMUFigures.path(nil, names: alias))
    }
}
