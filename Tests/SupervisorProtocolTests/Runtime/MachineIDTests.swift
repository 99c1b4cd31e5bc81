import Foundation
import Testing
import VMCore
import VMJSON

@testable import SupervisorProtocol

@Suite("Ids of machines")
struct MachineIDTests {
    private let base = NSTemporaryDirectory() + "vmctl-ids-\(Foundation.UUID())"

    private func folder(id: Int) throws -> RuntimeFolder {
        let uuid = VMCore.UUID.random()
        let folder = RuntimeFolder(base: base, uuid: uuid)
        try Folders.make(folder.path)
        var state = PublishedState(name: "m\(id)", uuid: uuid, state: .running, reason: .booted)
        state.id = id
        try Files.write(Array(state.json.description.utf8), to: folder.state, durable: false)
        return folder
    }

    @Test("they count up")
    func counting() throws {
        defer { try? FileManager.default.removeItem(atPath: base) }
        #expect(try (1...3).map { _ in try RuntimeFolder.allocateID(base) } == [1, 2, 3])
    }

    @Test(
        "one never names two machines, whatever becomes of the counter", arguments: [String?.none, "", "x", "-5", "1"])
    func lost(counter: String?) throws {
        defer { try? FileManager.default.removeItem(atPath: base) }
        try folder(id: 1).link(name: "m1", id: 1)
        try folder(id: 2).link(name: "m2", id: 2)
        if let counter { try Files.write(Array(counter.utf8), to: base + "/next-id", durable: false) }
        #expect(try RuntimeFolder.allocateID(base) == 3)
        #expect(try RuntimeFolder.allocateID(base) == 4)
    }

    @Test("a lost counter goes on behind the greatest id that a state tells of")
    func states() throws {
        defer { try? FileManager.default.removeItem(atPath: base) }
        _ = try folder(id: 41)
        #expect(try RuntimeFolder.allocateID(base) == 42)
    }
}
