import Testing
import VMCore
import VMDomain
import VMXML

@testable import QEMULauncher

/// Ports of the host that lead into the guest, with QEMU's own user networking.
@Suite("Forwarded ports")
struct ForwardedPortTests {
    private func ports(_ forwards: String) throws -> [ForwardedPort] {
        let xml =
            "<domain type='qemu'><name>f</name><devices><interface type='user'>\(forwards)</interface></devices></domain>"
        let domain = try Domain.read(Array(xml.utf8)).checked()
        return try ForwardedPort.all(of: try #require(domain.devices.interfaces.first))
    }

    private func refusal(_ forwards: String) -> VMError? {
        do { _ = try ports(forwards) } catch { return error as? VMError }
        return nil
    }

    @Test("a range leads to as many ports of the guest, less those left out; an address binds that address alone")
    func ranges() throws {
        let found = try ports(
            """
            <portForward proto='tcp' address='127.0.0.1'><range start='2000' end='2004' to='22'/>
            <range start='2001' end='2002' exclude='yes'/></portForward>
            <portForward proto='udp'><range start='53'/></portForward>
            """)
        #expect(
            found.map(\.rule) == [
                "tcp:127.0.0.1:2000-:22", "tcp:127.0.0.1:2003-:25", "tcp:127.0.0.1:2004-:26", "udp::53-:53",
            ])
    }

    @Test("the loopback device is its address; any other device can't be told apart")
    func devices() throws {
        #expect(
            try ports("<portForward proto='tcp' dev='lo'><range start='2000' to='22'/></portForward>").map(\.rule)
                == ["tcp:127.0.0.1:2000-:22"])
        #expect(
            try ports("<portForward proto='tcp' dev='lo' address='127.0.0.5'><range start='1'/></portForward>")
                .map(\.address) == ["127.0.0.5"])
        for attributes in ["dev='eth0'", "dev='lo' address='10.0.0.1'", "address='::1'"] {
            let error = refusal("<portForward proto='tcp' \(attributes)><range start='2000'/></portForward>")
            #expect(error?.code == .unsupported && error?.firstRemedy?.text.contains("passt") == true, "\(attributes)")
        }
    }

    @Test("no port wraps around, and none of the host is passed on twice")
    func limits() throws {
        let wrapped = refusal("<portForward proto='tcp'><range start='19100' end='19110' to='65530'/></portForward>")
        #expect(wrapped?.message.contains("65536") == true)
        #expect(try ports("<portForward proto='tcp'><range start='1' end='6' to='65530'/></portForward>").count == 6)
        for (first, second) in [("", ""), ("address='127.0.0.1'", ""), ("address='127.0.0.1'", "address='127.0.0.1'")] {
            let twice = refusal(
                "<portForward proto='tcp' \(first)><range start='5' end='9'/></portForward>"
                    + "<portForward proto='tcp' \(second)><range start='9' to='1'/></portForward>")
            #expect(twice?.message.contains("tcp port 9") == true, "\(first) \(second)")
        }
        #expect(
            try ports(
                "<portForward proto='tcp' address='127.0.0.1'><range start='9'/></portForward>"
                    + "<portForward proto='tcp' address='127.0.0.2'><range start='9'/></portForward>"
                    + "<portForward proto='udp'><range start='9'/></portForward>"
            ).count == 3)
        #expect(refusal("<portForward proto='tcp'><range start='1' end='5000'/></portForward>")?.code == .unsupported)
    }
}
