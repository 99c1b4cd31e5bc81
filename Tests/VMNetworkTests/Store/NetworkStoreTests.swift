import Foundation
import Testing
import VMCore
import VMXML

@testable import VMNetwork

struct NetworkStoreTests {
    private let home: String
    private let store: NetworkStore

    init() throws {
        var template = Array("/tmp/vmctl-networks-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        home = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        store = NetworkStore(UserPaths(root: home))
    }

    private func define(_ inside: String) throws -> NetworkRecord {
        try store.define(Network.checked(Array("<network>\(inside)</network>".utf8))).record
    }

    private func number(_ body: () throws -> Void) -> LibvirtError.Number? {
        do {
            try body()
            return nil
        } catch { return (error as? VMError)?.libvirt.number }
    }

    @Test
    func `A new network gets a bridge and an address of its own, and keeps them`() throws {
        defer { try? FileManager.default.removeItem(atPath: home) }
        let first = try define("<name>a</name><ip address='10.1.0.1' prefix='24'/>")
        let second = try define("<name>b</name>")
        let bridges = [first, second].compactMap { $0.stored?.bridge?.name }
        #expect(Set(bridges).count == 2 && bridges.allSatisfy { $0.hasPrefix("virbr") })
        let again = try define("<name>a</name><uuid>\(first.uuid)</uuid>")
        #expect(again.stored?.bridge == first.stored?.bridge && again.stored?.mac == first.stored?.mac)
        #expect(number { _ = try define("<name>a</name><uuid>\(VMCore.UUID.random())</uuid>") } == .operationFailed)
        #expect(number { _ = try define("<name>c</name><uuid>\(first.uuid)</uuid>") } == .operationFailed)
        #expect(number { _ = try define("<name>c</name><bridge name='\(bridges[0])'/>") } == .internalError)
        #expect(try store.all().map(\.name) == ["a", "b"])
        _ = try store.undefine(first.uuid)
        #expect(number { _ = try store.find("a") } == .noNetwork)
    }

    @Test
    func `A bridge's name with %d gets the first number that is free`() throws {
        defer { try? FileManager.default.removeItem(atPath: home) }
        let names = try ["a", "b"].map { name in
            try define("<name>\(name)</name><bridge name='vmq%dx'/>").stored?.bridge?.name
        }
        #expect(names == ["vmq0x", "vmq1x"])
    }

    @Test
    func `A network whose process is gone isn't active, and says so`() throws {
        defer { try? FileManager.default.removeItem(atPath: home) }
        let record = try define("<name>a</name>")
        var network = try #require(record.stored)
        network.name = "a"
        network.uuid = record.uuid
        try store.active.write(ActiveNetworks.text(network, session: .random()), of: record.uuid)
        let found = try store.get(record.uuid)
        #expect(!found.isActive && found.problem?.contains("has ended") == true)
        // One that needs no process is.
        network.forward = NetworkForward()
        network.forward?.mode = .bridge
        network.mac = nil
        try store.active.write(ActiveNetworks.text(network, session: .random()), of: record.uuid)
        #expect(try store.get(record.uuid).isActive)
    }
}
