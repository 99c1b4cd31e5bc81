import Testing
import VMCore
import VMDomain
import VMJSON
import VMXML

@testable import VMNetwork

/// What devices may carry, in tc's words.
struct TrafficRulesTests {
    private func limits(_ inside: String) throws -> TrafficLimits? {
        let text = "<network><name>n</name><bandwidth>\(inside)</bandwidth></network>"
        return TrafficLimits(try Network.read(Array(text.utf8)).value.bandwidth)
    }

    @Test
    func `What a guest gets is queued, and what it sends beyond the limit is dropped`() throws {
        let both = try #require(
            try limits("<inbound average='100' peak='200' burst='64'/><outbound average='50' burst='8'/>"))
        #expect(
            TrafficRules.device("vnet0", both) == [
                "qdisc add dev vnet0 root handle 1: htb default 1",
                "class add dev vnet0 parent 1: classid 1:1 htb rate 100kbps ceil 200kbps quantum 10000 burst 64kb",
                "qdisc add dev vnet0 ingress",
                "filter add dev vnet0 parent ffff: protocol all u32 match u32 0 0 police rate 50kbps burst 64kb mtu 64kb "
                    + "drop flowid :1",
            ])
        let slow = try #require(try limits("<inbound average='1'/>"))
        #expect(TrafficRules.device("v", slow).last?.hasSuffix("htb rate 1kbps ceil 1kbps quantum 1514") == true)
        // A guarantee alone limits nothing.
        let promise = try #require(try limits("<inbound floor='5'/>"))
        #expect(TrafficRules.device("v", promise).isEmpty && TrafficRules.bridge("b", promise, []).isEmpty)
    }

    @Test
    func `A network shares out what comes in`() throws {
        let own = try #require(try limits("<inbound average='1000' peak='2000'/>"))
        let one = TrafficRules.Guarantee(try #require(MACAddress("52:54:00:00:00:01")), 300)
        let two = TrafficRules.Guarantee(try #require(MACAddress("52:54:00:00:00:02")), 700)
        #expect(
            TrafficRules.bridge("br", own, [one, two]) == [
                "qdisc add dev br root handle 1: htb default 2",
                "class add dev br parent 1: classid 1:1 htb rate 1000kbps ceil 2000kbps quantum 100000",
                "class add dev br parent 1:1 classid 1:2 htb rate 1kbps ceil 2000kbps quantum 1514",
                "class add dev br parent 1:1 classid 1:3 htb rate 300kbps ceil 2000kbps quantum 30000",
                "filter add dev br parent 1: protocol all prio 1 u32 match ether dst 52:54:00:00:00:01 flowid 1:3",
                "class add dev br parent 1:1 classid 1:4 htb rate 700kbps ceil 2000kbps quantum 70000",
                "filter add dev br parent 1: protocol all prio 1 u32 match ether dst 52:54:00:00:00:02 flowid 1:4",
            ])
    }

    @Test
    func `Numbers beyond what tc takes are as good as none`() throws {
        let huge = try #require(
            try limits("<inbound average='18446744073709551615' burst='18446744073709551615'/><outbound average='0'/>"))
        #expect(huge.inbound?.average == 1 << 32 - 1 && huge.inbound?.burst == 1 << 22 - 1 && huge.outbound == nil)
        #expect(TrafficRules.device("v", huge).last?.contains("quantum 200000") == true)
        #expect(try limits("<inbound average='0'/>") == nil && limits("") == nil)
        #expect(TrafficLimits(nil) == nil && TrafficLimits(json: nil) == nil)
    }

    @Test
    func `They are read as they were written`() throws {
        for text in [
            "<inbound average='1' peak='2' burst='3' floor='4'/><outbound average='5'/>", "<inbound floor='9'/>",
        ] {
            let limits = try #require(try limits(text))
            #expect(TrafficLimits(json: .object(limits.json)) == limits)
        }
    }

    @Test
    func `A device whose name would be other words to tc isn't limited`() {
        for name in ["a b", "a\"b", "a#b", "a\nb", ""] {
            #expect(throws: VMError.self) { try TrafficControl.limit(name, nil) }
        }
    }

    @Test(arguments: [
        ("<tag id='7'/>", ["7 native untagged"]), ("<tag id='7'/><tag id='9'/>", ["7", "9"]),
        ("<tag id='7' nativeMode='untagged'/><tag id='9'/>", ["7 native untagged", "9"]),
        ("<tag id='7'/><tag id='9' nativeMode='tagged'/>", ["7", "9 native"]),
    ])
    func `Tags make a port a member of VLANs`(_ tags: String, _ expected: [String]) throws {
        let text = "<network><name>n</name><vlan>\(tags)</vlan></network>"
        let vlan = try #require(try Network.read(Array(text.utf8)).value.vlan)
        let told = vlan.memberships.map {
            "\($0.number)" + ($0.isNative ? " native" : "") + ($0.isUntagged ? " untagged" : "")
        }
        #expect(told == expected)
        #expect(vlan.memberships.compactMap { NetworkLink.VLANMembership(json: $0.json) } == vlan.memberships)
        let trunk = try Network.read(Array(text.replacing("<vlan>", with: "<vlan trunk='yes'>").utf8)).value.vlan
        #expect(trunk?.memberships.contains { $0.isNative } == tags.contains("nativeMode"))
    }
}
