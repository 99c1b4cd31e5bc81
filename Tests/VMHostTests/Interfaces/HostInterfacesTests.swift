import TestBench
import Testing

@testable import VMHost

struct HostInterfacesTests {
    @Test
    func `Bridges, bonds and VLANs are told of with their members`() throws {
        let tree = try MadeUpTree()
        func net(_ name: String, _ more: [String: String] = [:]) throws {
            let files = [
                "address": "52:54:00:00:00:0\(name.count)\n", "flags": "0x1003\n", "mtu": "1500\n", "operstate": "up\n",
            ]
            try tree.device("virtual/net/" + name, files.merging(more) { $1 }, from: ["class/net"])
        }
        try net("a", ["speed": "100\n"])
        try net("br0", ["bridge/stp_state": "0\n", "bridge/forward_delay": "1550\n", "brif/a/x": ""])
        try net(
            "bond", ["bonding/mode": "active-backup 1\n", "bonding/miimon": "100\n", "bonding/slaves": "a ../../etc\n"])
        try net("a.42", ["uevent": "DEVTYPE=vlan\n", "lower_a": "", "flags": "0x1002\n", "operstate": "down\n"])
        let all = HostInterfaces(root: tree.root)
        #expect(all.interfaces.map(\.name) == ["a", "a.42", "bond", "br0"])
        #expect(
            all["br0"]?.xml == """
                <interface type='bridge' name='br0'>
                  <mtu size='1500'/>
                  <link state='up'/>
                  <mac address='52:54:00:00:00:03'/>
                  <bridge stp='off' delay='15.50'>
                    <interface type='ethernet' name='a'>
                      <link speed='100' state='up'/>
                      <mac address='52:54:00:00:00:01'/>
                    </interface>
                  </bridge>
                </interface>

                """)
        let bond = try #require(all["bond"]).xml
        #expect(bond.contains("<bond mode='active-backup'>") && bond.contains("<miimon freq='100'/>"))
        #expect(bond.contains("name='a'") && !bond.contains("etc"))
        let vlan = try #require(all["a.42"])
        #expect(!vlan.isActive && vlan.xml.contains("<vlan tag='42'>") && vlan.xml.contains("<interface name='a'/>"))
        #expect(all.all(withAddress: "52:54:00:00:00:04").map(\.name) == ["a.42", "bond"])
    }
}
