import LibvirtWire
import Testing
import VMCore

/// What libvirt and its clients really sent, read and written again.
@Suite("Recorded traffic")
struct TrafficTests {
    @Test("each packet is read and written as it was")
    func roundTrip() throws {
        let entries = Dictionary(uniqueKeysWithValues: Catalog.all.map { (ProcedureID($0.program, $0.number), $0) })
        var calls: Set<ProcedureID> = []
        for line in try RecordedTraffic.packets() {
            let header = line.packet.header
            let id = ProcedureID(header.program, header.procedure)
            guard header.kind != .stream, let entry = entries[id] else { continue }
            let codec: CatalogEntry.Codec
            if header.status == .error {
                codec = .init(RemoteError.self)
            } else {
                codec = try #require(line.isFromClient ? entry.arguments : entry.result, "line \(line.number)")
            }
            if line.isFromClient { calls.insert(id) }
            let again = try codec.roundTrip(line.bytes, line.packet.payloadStart)
            #expect(again.bytes == Array(line.packet.payload), "line \(line.number), \(entry.name)")
        }
        #expect(calls.count > 340)
    }

    @Test("errors have their message whole, and what it was made of")
    func errors() throws {
        let errors = try RecordedTraffic.packets().filter { $0.packet.header.status == .error && !$0.isFromClient }
        #expect(errors.count > 100)
        for line in errors {
            let error = try line.packet.decode(RemoteError.self)
            #expect(error.message?.isEmpty == false && error.level == 2, "line \(line.number)")
        }
    }

    @Test("a program's refusals are libvirt's own, to the byte")
    func refusals() throws {
        let missing = try RecordedTraffic.packets().compactMap { line -> RemoteError? in
            guard line.packet.header.status == .error else { return nil }
            return try? line.packet.decode(RemoteError.self)
        }
        let noDomain = try #require(
            missing.first { $0.number == 42 && $0.domain == 10 && $0.format == "Domain not found: %s" })
        let detail = try #require(noDomain.detail)
        #expect(RemoteError(.init(.noDomain), format: "Domain not found: %s", detail) == noDomain)
    }
}
