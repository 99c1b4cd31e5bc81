import LibvirtWire
import Testing
import VMCore

@Suite("Events of domains")
struct DomainEventTests {
    private static let web = DomainReference(name: "web", uuid: UUID(high: 1, low: 2), id: 3)

    private static func about<M: XDRValue>(_ domain: WritableKeyPath<M, DomainReference>) -> M {
        M { $0[keyPath: domain] = web }
    }

    private static let all: [DomainEvent] = [
        .lifecycle(about(\.object)), .reboot(web), .rtcChange(about(\.domain)), .watchdog(about(\.domain)),
        .ioError(about(\.domain)), .graphics(about(\.domain)), .ioErrorReason(about(\.domain)), .controlError(web),
        .blockJob(about(\.domain)), .diskChange(about(\.domain)), .trayChange(about(\.domain)),
        .pmWakeup(about(\.domain)),
        .pmSuspend(about(\.domain)), .balloonChange(about(\.domain)), .pmSuspendDisk(about(\.domain)),
        .deviceRemoved(about(\.domain)), .blockJob2(about(\.domain)), .tunable(about(\.domain)),
        .agentLifecycle(about(\.domain)), .deviceAdded(about(\.domain)), .migrationIteration(about(\.domain)),
        .jobCompleted(about(\.domain)), .deviceRemovalFailed(about(\.domain)), .metadataChange(about(\.domain)),
        .blockThreshold(about(\.domain)), .memoryFailure(about(\.domain)), .memoryDeviceSizeChange(about(\.domain)),
        .nicMACChange(about(\.domain)), .vcpuRemoved(about(\.domain)), .channelLifecycle(about(\.domain)),
    ]

    /// The packet as a client gets it.
    private func received(_ event: RPCEvent) throws -> Packet {
        var client = try TestClient.opened()
        client.session.send(event)
        return try client.takePacket()
    }

    @Test("each has its number, and a packet of the kind that is named for it")
    func current() throws {
        #expect(DomainEventTests.all.map(\.id) == DomainEventID.allCases)
        for event in DomainEventTests.all {
            #expect(event.domain == DomainEventTests.web)
            let packet = try received(try event.packet(for: 77))
            let name = try #require(ProcedureTable.remote[packet.header.procedure]?.text)
            let word = "\(event.id)".lowercased()
            #expect(
                name.filter { $0 != "_" }.lowercased().hasSuffix("event" + word)
                    || name.lowercased().contains("callback"))
            #expect(name.filter { $0 != "_" }.lowercased().hasSuffix(word), "\(name)")
            #expect(try packet.decode(Int32.self) == 77, "\(name)")
        }
    }

    @Test("the old ones have a form without a number, up to the removal of devices")
    func legacy() throws {
        for event in DomainEventTests.all {
            let old = try event.legacyPacket()
            #expect((old != nil) == (event.id.rawValue <= DomainEventID.deviceRemoved.rawValue), "\(event.id)")
            guard let old else { continue }
            let packet = try received(old)
            let name = try #require(ProcedureTable.remote[packet.header.procedure]?.text)
            #expect(name.filter { $0 != "_" }.lowercased() == "domainevent\(event.id)".lowercased())
            #expect(try packet.decode(DomainReference.self) == DomainEventTests.web)
        }
    }
}
