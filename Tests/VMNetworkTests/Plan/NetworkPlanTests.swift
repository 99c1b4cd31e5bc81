import Testing
import VMCore
import VMDomain
import VMJSON
import VMXML

@testable import VMNetwork

struct NetworkPlanTests {
    private static let uuid = "70a7eb15-6c34-ee9c-bf57-69e8e5ff3fb2"

    private func plan(_ inside: String, isApart: Bool = true) throws -> HolderPlan {
        let text =
            "<network><name>n</name><uuid>\(Self.uuid)</uuid><bridge name='virbr7'/>\(inside)</network>"
        return try NetworkPlanner(Network.checked(Array(text.utf8)), isApart: isApart)
            .plan(session: .random(), in: ActiveNetworks(folder: "/run/networks"), log: "/log")
    }

    private static let nat = """
        <forward mode='nat'><nat><port start='1024' end='65535'/></nat></forward>
        <domain name='lab.test' localOnly='yes'/>
        <ip address='10.0.2.1' prefix='24'><dhcp><range start='10.0.2.10' end='10.0.2.12'/>
        <host mac='52:54:00:00:01:01' name='one' ip='10.0.2.100'/></dhcp></ip>
        """

    @Test
    func `A plan is read as it was written`() throws {
        let plan = try plan(Self.nat + "<route address='10.9.0.0' prefix='16' gateway='10.0.2.9' metric='3'/>")
        let again = try HolderPlan(json: .object(plan.json))
        #expect(again.json == plan.json)
        #expect(again.routes == plan.routes && again.addresses == plan.addresses && again.uplink == plan.uplink)
    }

    @Test
    func `The way out avoids the network's own addresses`() throws {
        #expect(try plan(Self.nat).uplink?.address.description == "10.0.3.0")
        #expect(try plan(Self.nat, isApart: false).uplink == nil)
        #expect(try plan("<ip address='10.0.2.1' prefix='24'/>").uplink == nil)
    }

    @Test
    func `What the document itself tells dnsmasq is marked, and comes last`() throws {
        let text = """
            <network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'><name>n</name><uuid>\(Self.uuid)</uuid>
            <bridge name='virbr7'/>\(Self.nat)
            <dnsmasq:options><dnsmasq:option value='log-dhcp'/></dnsmasq:options></network>
            """
        let plan = try NetworkPlanner(Network.checked(Array(text.utf8)), isApart: true)
            .plan(session: .random(), in: ActiveNetworks(folder: "/run/networks"), log: "/log")
        let mark = DnsmasqConfiguration.ownLinesFollow
        #expect(try #require(plan.dnsmasq).hasSuffix("\n\(mark)\nlog-dhcp\n"))
        #expect(try !#require(try self.plan(Self.nat).dnsmasq).contains(mark))
    }

    @Test
    func `dnsmasq is told what the document says`() throws {
        let lines = try #require(try plan(Self.nat).dnsmasq).split(separator: "\n").map(String.init)
        for line in [
            "interface=virbr7", "except-interface=lo", "bind-dynamic", "domain=lab.test", "local=/lab.test/",
            "no-resolv", "server=10.0.3.3", "dhcp-range=10.0.2.10,10.0.2.12,255.255.255.0",
            "dhcp-host=52:54:00:00:01:01,one,10.0.2.100", "dhcp-lease-max=4", "dhcp-authoritative",
            "dhcp-leasefile=/run/networks/\(Self.uuid)/leases",
        ] { #expect(lines.contains(line), "\(line)") }
        #expect(!lines.contains("dhcp-option=3"))
        let root = try #require(try plan(Self.nat, isApart: false).dnsmasq)
        #expect(!root.contains("no-resolv") && !root.contains("server="))
        let isolated = try #require(
            try plan("<ip address='10.0.2.1' prefix='24'><dhcp><range start='10.0.2.2' end='10.0.2.3'/></dhcp></ip>")
                .dnsmasq)
        #expect(isolated.contains("dhcp-option=3\n") && isolated.contains("no-resolv\n"))
        #expect(try plan("").dnsmasq == nil)
        #expect(try plan("<dns enable='no'/><ip address='10.0.2.1' prefix='24'/>").dnsmasq == nil)
    }

    @Test
    func `Names and values of a document don't become other options`() throws {
        let text = try #require(
            try plan(
                "<dns><txt name='t' value='a\",&#10;server=6.6.6.6'/></dns><ip address='10.0.2.1' prefix='24'/>"
            ).dnsmasq)
        #expect(!text.split(separator: "\n").contains { $0.hasPrefix("server=") })
    }

    @Test(
        arguments: [
            (nat, true, "masquerade"), (nat, false, "ct state established,related accept"),
            ("<forward mode='route'/><ip address='10.0.2.1' prefix='24'/>", false, "ip daddr 10.0.2.0/24 accept"),
            ("<forward mode='route'/><ip address='10.0.2.1' prefix='24'/>", true, "masquerade"),
            ("<ip address='10.0.2.1' prefix='24'/>", false, "iifname \"virbr7\" reject"),
        ])
    func `The rules fit the mode`(inside: String, isApart: Bool, word: String) throws {
        #expect(try plan(inside, isApart: isApart).rules?.contains(word) == true)
    }

    @Test
    func `An open network has no rules, and an isolated one in a namespace needs none`() throws {
        #expect(try plan("<forward mode='open'/><ip address='10.0.2.1' prefix='24'/>", isApart: false).rules == nil)
        #expect(try plan("<ip address='10.0.2.1' prefix='24'/>").rules == nil)
    }

    @Test(arguments: ["private", "vepa", "passthrough", "hostdev", "bridge"])
    func `What no process serves has no plan`(mode: String) {
        #expect(throws: VMError.self) {
            let text = "<network><name>n</name><uuid>\(Self.uuid)</uuid><forward mode='\(mode)'/></network>"
            _ = try NetworkPlanner(Network.checked(Array(text.utf8)), isApart: true)
                .plan(session: .random(), in: ActiveNetworks(folder: "/run"), log: "/log")
        }
    }

    @Test
    func `Ports lead to guests by rules of their own`() throws {
        let inside = ForwardRules(try plan(Self.nat))
        let leads = [
            ForwardRules.Lead(
                port: .init(.tcp, "127.0.0.1", 2222, to: 22), inner: 20_000,
                guest: try #require(IPAddress("10.0.2.10")))
        ]
        let text = inside.text(leads, isGuarded: false)
        #expect(text.contains("iifname \"up0\" tcp dport 20000 dnat ip to 10.0.2.10:22"))
        #expect(text.hasPrefix("table inet vmctl_70a7eb156c34ee9cbf5769e8e5ff3fb2_ports\ndelete table"))
        #expect(inside.text([], isGuarded: false) == FirewallRules.removal(inside.table))
        let rules = ForwardRules(try plan(Self.nat, isApart: false))
        let outside = rules.text(leads, isGuarded: true)
        let rule = "ip daddr 127.0.0.1 tcp dport 2222 dnat ip to 10.0.2.10:22"
        // The host's own connections are led on, and nobody else's.
        let lines = outside.split(separator: "\n")
        let place = try #require(lines.firstIndex { $0.contains(rule) })
        #expect(
            lines.count { $0.contains(rule) } == 1
                && lines[..<place].last { $0.contains("chain") } == "  chain output {")
        #expect(outside.contains("iifname != \"lo\" ip daddr 127.0.0.0/8 drop"))
        #expect(outside.contains("masquerade"))
        // Nobody gets to the loopback addresses while no guest is there yet.
        #expect(rules.text([], isGuarded: true).contains("iifname != \"lo\" ip daddr 127.0.0.0/8 drop"))
        // What is asked for gets through the network's own rules.
        #expect(try #require(try plan(Self.nat).rules).contains("oifname \"virbr7\" ct status dnat accept"))
    }
}
