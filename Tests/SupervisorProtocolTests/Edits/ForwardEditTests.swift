import Testing
import VMCore
import VMDomain
import VMJSON
import VMXML

@testable import SupervisorProtocol

/// Ports of the host in the definition.
struct ForwardEditTests {
    private func domain(_ cards: String) throws -> Domain {
        try Domain(
            xml: "<domain type='qemu'><name>f</name><devices>\(cards)</devices></domain>", options: .lenient)
    }

    private static let user = "<interface type='user'><mac address='52:54:00:00:00:01'/></interface>"

    private func refusal(_ edit: DomainEdit, _ domain: Domain) -> VMError.Code? {
        var domain = domain
        do throws(VMError) { try edit.apply(to: &domain) } catch { return error.code }
        return nil
    }

    private func forward(_ ports: ForwardedPort..., removed: Bool = false, of card: String? = nil) -> DomainEdit {
        .forward(ports, interface: card, isRemoved: removed)
    }

    private func ports(_ domain: Domain) throws -> [ForwardedPort] {
        try ForwardedPort.all(of: domain.devices.interfaces[0])
    }

    @Test
    func `Ports come and go one by one, also out of a range`() throws {
        var domain = try domain(Self.user)
        try forward(.init(.tcp, "127.0.0.1", 2222, to: 22), .init(.udp, 53, to: 53)).apply(to: &domain)
        try forward(.init(.tcp, "127.0.0.1", 2223, to: 80)).apply(to: &domain)
        #expect(domain.devices.interfaces[0].portForwards.count == 2)
        #expect(
            try ports(domain) == [
                .init(.tcp, "127.0.0.1", 2222, to: 22), .init(.tcp, "127.0.0.1", 2223, to: 80), .init(.udp, 53, to: 53),
            ])
        try forward(.init(.udp, 53, to: 53), removed: true).apply(to: &domain)
        #expect(domain.devices.interfaces[0].portForwards.count == 1)
        domain.devices.interfaces[0].portForwards[0].ranges = [
            {
                var range = PortForward.Range()
                (range.start, range.end, range.to) = (8000, 8003, 80)
                return range
            }()
        ]
        try forward(.init(.tcp, "127.0.0.1", 8001, to: 81), removed: true).apply(to: &domain)
        #expect(
            try ports(domain) == [
                .init(.tcp, "127.0.0.1", 8000, to: 80), .init(.tcp, "127.0.0.1", 8002, to: 82),
                .init(.tcp, "127.0.0.1", 8003, to: 83),
            ])
        for port in [(8000, 80), (8003, 83), (8002, 82)] as [(UInt16, UInt16)] {
            try forward(.init(.tcp, "127.0.0.1", port.0, to: port.1), removed: true).apply(to: &domain)
        }
        #expect(domain.devices.interfaces[0].portForwards.isEmpty)
    }

    @Test
    func `What can't be is refused`() throws {
        var domain = try domain(Self.user)
        try forward(.init(.tcp, "127.0.0.1", 2222, to: 22)).apply(to: &domain)
        #expect(refusal(forward(.init(.tcp, 2222, to: 80)), domain) == .exists)
        #expect(refusal(forward(.init(.tcp, "127.0.0.2", 2222, to: 80)), domain) == nil)
        #expect(refusal(forward(.init(.udp, 2222, to: 80)), domain) == nil)
        #expect(refusal(forward(.init(.tcp, "127.0.0.1", 2222, to: 23), removed: true), domain) == .notFound)
        #expect(refusal(forward(.init(.tcp, 2222, to: 22), removed: true), domain) == .notFound)
        let zero = try self.domain(
            "<interface type='user'><portForward proto='tcp'><range start='0'/></portForward></interface>")
        #expect(throws: VMError.self) { try ports(zero) }
        let bridge = try self.domain("<interface type='bridge'><source bridge='b'/></interface>")
        #expect(refusal(forward(.init(.tcp, 1, to: 1)), bridge) == .unsupported)
        #expect(refusal(forward(.init(.tcp, 1, to: 1)), try self.domain("")) == .unsupported)
    }

    @Test
    func `The only card that is fit is meant, or the one that has the port`() throws {
        let two = "<interface type='network'><mac address='52:54:00:00:00:02'/><source network='n'/></interface>"
        let three = "<interface type='bridge'><mac address='52:54:00:00:00:03'/><source bridge='b'/></interface>"
        var domain = try domain(three + Self.user + two)
        #expect(refusal(forward(.init(.tcp, 5, to: 5)), domain) == .invalidArgument)
        try forward(.init(.tcp, 5, to: 5), of: "52:54:00:00:00:02").apply(to: &domain)
        #expect(domain.devices.interfaces[2].portForwards.count == 1)
        // On another card of the same machine it would be taken twice, too.
        #expect(refusal(forward(.init(.tcp, 5, to: 5), of: "52:54:00:00:00:01"), domain) == .exists)
        #expect(refusal(forward(.init(.tcp, 6, to: 5), of: "52:54:00:00:00:03"), domain) == .unsupported)
        try forward(.init(.tcp, 5, to: 5), removed: true).apply(to: &domain)
        #expect(domain.devices.interfaces[2].portForwards.isEmpty)
    }

    @Test
    func `It travels as JSON`() throws {
        let edit = forward(.init(.udp, "127.0.0.9", 5, to: 6), removed: true, of: "52:54:00:00:00:01")
        let again = try DomainEdit(json: edit.json)
        #expect(again.json == edit.json && again.name == "forward")
        for odd in [
            "{\"kind\":\"forward\",\"ports\":[]}",
            "{\"kind\":\"forward\",\"ports\":[{\"protocol\":\"tcp\",\"port\":0,\"guest_port\":1}]}",
            "{\"kind\":\"forward\",\"ports\":[{\"protocol\":\"tcp\",\"port\":1,\"guest_port\":1,\"address\":\"x; drop\"}]}",
        ] {
            let json = try #require(try JSONParser.parse(Array(odd.utf8)).object)
            #expect(throws: VMError.self) { try DomainEdit(json: json) }
        }
    }
}
