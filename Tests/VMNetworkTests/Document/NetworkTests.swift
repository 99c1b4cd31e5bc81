import Testing
import VMCore
import VMXML

@testable import VMNetwork

struct NetworkTests {
    private static let head = "  <name>n</name>\n  <uuid>70a7eb15-6c34-ee9c-bf57-69e8e5ff3fb2</uuid>\n"

    /// Documents as libvirt writes them.
    private static let documents = [
        "<network>\n\(head)  <bridge name='virbr7' stp='on' delay='0'/>\n</network>\n",
        """
        <network ipv6='yes' trustGuestRxFilters='no'>
        \(head)  <forward dev='eth0' mode='nat'>
            <nat ipv6='yes'>
              <address start='1.2.3.4' end='1.2.3.10'/>
              <port start='500' end='1000'/>
            </nat>
            <interface dev='eth0'/>
          </forward>
          <bridge name='virbr7' stp='off' delay='4'/>
          <mtu size='9000'/>
          <mac address='52:54:00:17:3f:37'/>
          <domain name='lab.test' localOnly='yes'/>
          <dns forwardPlainNames='no'>
            <forwarder addr='8.8.8.8'/>
            <forwarder domain='example.com' addr='8.8.4.4'/>
            <txt name='example' value='a value'/>
            <srv service='ldap' protocol='tcp' domain='lab.test' target='one.lab.test' port='389' priority='1' weight='2'/>
            <host ip='192.168.150.2'>
              <hostname>gateway</hostname>
              <hostname>host</hostname>
            </host>
          </dns>
          <ip address='192.168.150.1' netmask='255.255.255.0' localPtr='yes'>
            <tftp root='/srv/tftp'/>
            <dhcp>
              <range start='192.168.150.10' end='192.168.150.99'>
                <lease expiry='2' unit='hours'/>
              </range>
              <host mac='52:54:00:00:01:01' name='one' ip='192.168.150.100'/>
              <bootp file='pxelinux.0' server='192.168.150.1'/>
            </dhcp>
          </ip>
          <ip family='ipv6' address='fd00:1::1' prefix='64'/>
          <route address='192.168.222.0' prefix='24' gateway='192.168.150.10'/>
          <portgroup name='p' default='yes'/>
        </network>

        """,
        "<network>\n\(head)  <forward mode='bridge'/>\n  <bridge name='br0'/>\n</network>\n",
    ]

    @Test(arguments: documents)
    func `Documents are written as they were read`(text: String) throws {
        #expect(try Network.checked(Array(text.utf8)).xml == text)
    }

    private static let ip = "<ip address='192.168.150.1' prefix='24'>"

    @Test(
        arguments: [
            ("<bridge name='b'/>", LibvirtError.Number.noName), ("<name>a/b</name>", .xmlDetail),
            ("<name>n</name><forward mode='zz'/>", .configurationUnsupported),
            ("<name>n</name><forward mode='nat'/>", .xmlError), ("<name>n</name><forward mode='open'/>", .xmlError),
            ("<name>n</name><ip address='1.2.3'/>", .xmlError),
            ("<name>n</name><ip address='1.2.3.4' netmask='255.0.255.0'/>", .xmlError),
            ("<name>n</name>\(ip)<dhcp><range start='192.168.151.2' end='192.168.151.9'/></dhcp></ip>", .internalError),
            ("<name>n</name>\(ip)<dhcp><range start='192.168.150.9' end='192.168.150.2'/></dhcp></ip>", .internalError),
            ("<name>n</name>\(ip)<dhcp><host ip='192.168.150.2'/></dhcp></ip>", .xmlError),
            ("<name>n</name>\(ip)<dhcp><host name='a,b' ip='192.168.150.2'/></dhcp></ip>", .xmlError),
            ("<name>n</name>\(ip)</ip><domain name='a&#10;b'/>", .xmlError),
            ("<name>n</name>\(ip)</ip><route address='10.0.0.0' prefix='8' gateway='10.1.1.1'/>", .xmlError),
            ("<name>n</name><forward mode='bridge'/>\(ip)</ip>", .xmlError),
            ("<name>n</name><bridge name='much-too-long-for-a-name'/>", .xmlError),
            ("<name>n</name><bridge name='br%d%d'/>", .xmlError), ("<name>n</name><bridge name='br%s'/>", .xmlError),
            ("<name>n</name><mtu size='67'/>", .xmlError), ("<name>n</name><mtu size='65536'/>", .xmlError),
            ("<name>n</name><forward mode='nat'><nat><port start='0' end='9'/></nat></forward>\(ip)</ip>", .xmlError),
        ])
    func `Faults have libvirt's numbers`(inside: String, number: LibvirtError.Number) {
        #expect {
            _ = try Network.checked(Array("<network>\(inside)</network>".utf8))
        } throws: { ($0 as? VMError)?.libvirt.number == number }
    }

    @Test(
        "What nft or dnsmasq would read as more than a name is no name",
        arguments: [
            "e*", "a\"accept#", "vb,eth0", "virbr%d", "a;b", "a\\b", "a#b", "a'b", "", ".", "..", "a/b", "a b", "ä",
            "sixteenletterslong",
        ])
    func oddLinkNames(name: String) { #expect(!Network.isLinkName(name)) }

    @Test("Names that devices have are names", arguments: ["virbr0", "br-lan", "eth0.7", "wlp3s0", "a_b", "v@1", "B+"])
    func linkNames(name: String) { #expect(Network.isLinkName(name)) }

    @Test(
        "What guests boot is one word",
        arguments: ["<tftp root='/a #b'/>", "<tftp root='/a\"b'/>", "<dhcp><bootp file='pxe,h,10.0.0.9'/></dhcp>"])
    func bootWords(element: String) {
        let text = "<network><name>n</name><ip address='10.0.0.1' prefix='24'>\(element)</ip></network>"
        #expect(throws: VMError.self) { _ = try Network.checked(Array(text.utf8)) }
    }
}
