import Testing
import VMCore

@testable import VMNetwork

struct LeaseFileTests {
    @Test
    func `Leases are read from dnsmasq's file`() {
        let text = """
            1700000100 52:54:00:00:01:01 10.0.2.10 one 01:52:54:00:00:01:01
            1700000300 06-52:54:00:00:01:02 10.0.2.11 * *
            0 52:54:00:00:01:03 10.0.2.12 three *
            what ever this is
            duid 00:01:00:01
            1700000300 12345 fd00::10 six 00:01:00:01:2c
            """
        let leases = LeaseFile.parse(Array(text.utf8), now: 1_700_000_200)
        #expect(leases.map(\.address) == ["10.0.2.11", "10.0.2.12", "fd00::10"])
        #expect(leases[0].mac == MACAddress("52:54:00:00:01:02") && leases[0].hostname == nil)
        #expect(leases[2].isIPv6 && leases[2].iaid == "12345" && leases[2].mac == nil)
    }

    @Test
    func `What can't be read is no empty list`() throws {
        #expect(try LeaseFile.read("/nowhere/leases", now: 0).isEmpty)
        #expect {
            try LeaseFile.read("/tmp", now: 0)
        } throws: { "\($0)".contains("which addresses were handed out") }
    }

    @Test
    func `A port is known as one of its network's run`() throws {
        let session = VMCore.UUID.random()
        let id = VMCore.UUID(session.description.prefix(13) + "-4000-8000-000000000001") ?? .random()
        #expect(NetworkPort.isPort(id, of: session))
        #expect(!NetworkPort.isPort(.random(), of: session))
    }
}
