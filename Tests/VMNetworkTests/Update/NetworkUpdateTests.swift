import Testing
import VMCore
import VMXML

@testable import VMNetwork

struct NetworkUpdateTests {
    private func network() throws -> Network {
        try Network.checked(
            Array(
                """
                <network><name>n</name><forward mode='nat'/><ip address='192.168.150.1' prefix='24'><dhcp>
                <range start='192.168.150.10' end='192.168.150.20'/>
                <host mac='52:54:00:00:01:01' name='one' ip='192.168.150.101'/></dhcp></ip></network>
                """.utf8))
    }

    private func update(
        _ network: Network, _ command: NetworkUpdate.Command, _ section: NetworkUpdate.Section, _ xml: String,
        parent: Int = -1
    ) throws -> Network { try network.updated(by: NetworkUpdate(command, section, parentIndex: parent, xml: xml)) }

    private func number(_ body: () throws -> Network) -> LibvirtError.Number? {
        do {
            _ = try body()
            return nil
        } catch { return (error as? VMError)?.libvirt.number }
    }

    @Test
    func `Hosts of DHCP come, change and go`() throws {
        let two = "<host mac='52:54:00:00:01:02' name='two' ip='192.168.150.102'/>"
        var network = try update(network(), .addLast, .dhcpHost, two)
        #expect(network.ips[0].dhcp?.hosts.map(\.name) == ["one", "two"])
        #expect(number { try update(network, .addLast, .dhcpHost, two) } == .operationInvalid)
        network = try update(
            network, .modify, .dhcpHost, "<host mac='52:54:00:00:01:02' name='two' ip='192.168.150.112'/>")
        #expect(network.ips[0].dhcp?.hosts.last?.ip == "192.168.150.112")
        network = try update(network, .delete, .dhcpHost, "<host mac='52:54:00:00:01:01'/>", parent: 0)
        #expect(network.ips[0].dhcp?.hosts.map(\.name) == ["two"])
        #expect(number { try update(network, .delete, .dhcpHost, "<host name='zz'/>") } == .operationInvalid)
        #expect(number { try update(network, .addLast, .dhcpHost, two, parent: 7) } == .operationInvalid)
    }

    @Test
    func `Every other section`() throws {
        var network = try update(
            network(), .addFirst, .dhcpRange, "<range start='192.168.150.30' end='192.168.150.40'/>")
        #expect(network.ips[0].dhcp?.ranges.first?.start == "192.168.150.30")
        #expect(
            number { try update(network, .addLast, .dhcpRange, "<range start='1.1.1.1' end='1.1.1.2'/>") } != nil)
        network = try update(
            network, .addLast, .dnsHost, "<host ip='192.168.150.5'><hostname>a</hostname></host>")
        network = try update(network, .addLast, .dnsText, "<txt name='t' value='v'/>")
        network = try update(network, .addLast, .dnsService, "<srv service='s' protocol='tcp'/>")
        network = try update(network, .addLast, .portgroup, "<portgroup name='g'/>")
        #expect(network.dns?.hosts.count == 1 && network.dns?.texts.count == 1 && network.dns?.services.count == 1)
        #expect(network.portgroups.map(\.name) == ["g"])
        network = try update(network, .delete, .dnsText, "<txt name='t'/>")
        #expect(network.dns?.texts.isEmpty == true)
        #expect(number { try update(network, .modify, .dnsText, "<txt name='t'/>") } == .operationInvalid)
        #expect(
            number { try update(network, .addLast, .forwardInterface, "<interface dev='e'/>") } == .operationInvalid)
        for section in [NetworkUpdate.Section.bridge, .domain, .ip, .forward, .forwardPF] {
            #expect(number { try update(network, .modify, section, "<x/>") } == .noSupport)
        }
        #expect(number { try update(network, .modify, .none, "<x/>") } == .operationUnsupported)
        #expect(number { try update(network, .addLast, .dnsHost, "<host ip='1.1.1.1'>") } == .xmlError)
    }
}
