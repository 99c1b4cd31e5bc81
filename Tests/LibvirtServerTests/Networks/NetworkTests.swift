import Foundation
import TestNeeds
import Testing
import VMCore
import VMManager

/// Virtual networks for libvirt's clients.
@Suite(.needs(.virsh), .timeLimit(.minutes(40)))
struct NetworkTests {
    private static var canStart: Bool {
        let programs = ["/usr/sbin/dnsmasq", "/usr/sbin/nft"]
        return geteuid() == 0 && programs.allSatisfy { access($0, X_OK) == 0 }
            && access("/dev/net/tun", R_OK | W_OK) == 0
    }

    private static func document(_ name: String) -> String {
        let subnet = "10.\(Int.random(in: 100..<250)).\(Int.random(in: 0..<250))"
        return "<network><name>\(name)</name><bridge name='vms\(UInt32.random(in: 0..<1_000_000))'/>"
            + "<ip address='\(subnet).1' prefix='24'><dhcp><range start='\(subnet).10' end='\(subnet).20'/></dhcp></ip>"
            + "</network>"
    }

    @Test
    func `virsh defines, changes, marks and removes a network`() throws {
        let bench = try ServerBench()
        let file = bench.folder + "/net.xml"
        try "<network><name>n</name><forward mode='nat'/><ip address='10.99.1.1' prefix='24'/></network>"
            .write(toFile: file, atomically: true, encoding: .utf8)
        for words in [
            ["net-define", file], ["net-autostart", "n"], ["net-dumpxml", "n"], ["net-info", "n"],
            ["net-update", "n", "add", "dns-host", "<host ip='10.99.1.5'><hostname>h</hostname></host>", "--config"],
            ["net-dhcp-leases", "n"], ["net-port-list", "n"], ["net-uuid", "n"],
        ] {
            let outcome = try ServerBench.run("/usr/bin/virsh", ["-c", bench.uri(bench.socket)] + words)
            #expect(outcome.status == 0, "\(words): \(outcome.text)")
        }
        #expect(try bench.virsh("net-list", "--all").text.contains("n      inactive   yes"))
        #expect(try bench.virsh("net-dumpxml", "n").text.contains("<hostname>h</hostname>"))
        #expect(try bench.virsh("net-destroy", "n").text.contains("network 'n' is not active"))
        #expect(try bench.virsh("net-undefine", "n", socket: bench.readOnlySocket).status == 1)
        #expect(try bench.virsh("net-undefine", "n").status == 0)
        #expect(try bench.virsh("net-info", "n").text.contains("no network with matching name 'n'"))
        #expect(try bench.virsh("nwfilter-list").status == 0)
    }

    @Test(.needs(.pythonLibvirt), .enabled(if: canStart, "needs root, dnsmasq and nft"))
    func `A network is started, asked and stopped, with libvirt's codes and events`() throws {
        let bench = try ServerBench()
        let outcome = try bench.python(
            """
            def code(f, *a):
                try: f(*a); return 0
                except libvirt.libvirtError as e: return (e.get_error_code(), e.get_error_domain())
            libvirt.virEventRegisterDefaultImpl()
            w = libvirt.open("\(bench.uri(bench.socket))")
            seen = []
            w.networkEventRegisterAny(None, 0, lambda c, n, e, d, o: seen.append((n.name(), e)), None)
            assert code(w.networkLookupByName, "zz") == (43, 19)
            assert code(w.networkDefineXML, "<network><name>a</name><forward mode='zz'/></network>") == (67, 19)
            assert code(w.networkDefineXML, "<network/>") == (21, 19)
            assert code(w.networkDefineXML, "<network><name>a</name><forward mode='nat'/></network>") == (27, 19)
            n = w.networkDefineXML("\(Self.document("a"))")
            assert code(w.networkDefineXML, "<network><name>a</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid></network>") == (9, 19)
            assert code(n.destroy) == (55, 19)
            assert n.DHCPLeases() == [] and not n.isActive() and n.isPersistent()
            n.create()
            assert code(n.create) == (55, 19)
            assert n.isActive() and n.bridgeName().startswith("vms")
            n.update(3, 4, -1, "<host mac='52:54:00:00:00:01' name='one'/>", 3)
            assert "name='one'" in n.XMLDesc(0) and "name='one'" in n.XMLDesc(1)
            assert code(n.update, 3, 4, -1, "<host mac='52:54:00:00:00:01' name='one'/>", 1) == (55, 19)
            assert code(n.update, 1, 1, -1, "<bridge/>", 1) == (3, 19)
            assert w.numOfNetworks() == 1 and w.listDefinedNetworks() == []
            assert n.listAllPorts() == [] and code(n.portLookupByUUIDString, n.UUIDString()) == (107, 19)
            n.undefine()
            assert not n.isPersistent()
            assert code(n.setAutostart, 1) == (55, 19)
            n.destroy()
            assert code(n.isActive) == (43, 19)
            t = w.networkCreateXML("\(Self.document("t"))")
            assert t.isActive() and not t.isPersistent()
            t.destroy()
            end = time.time() + 30
            while len(seen) < 6 and time.time() < end: libvirt.virEventRunDefaultImpl()
            assert seen == [('a', 0), ('a', 2), ('a', 1), ('a', 3), ('t', 2), ('t', 3)], seen
            print("fine")
            """)
        #expect(outcome.text.contains("fine"), "\(outcome.text)")
    }

    @Test(.needs(.pythonLibvirt), .enabled(if: canStart, "needs root, dnsmasq and nft"))
    func `A port is made, asked about and deleted, and ends with its network`() throws {
        let bench = try ServerBench()
        let outcome = try bench.python(
            """
            def code(f, *a):
                try: f(*a); return 0
                except libvirt.libvirtError as e: return (e.get_error_code(), e.get_error_domain())
            w = libvirt.open("\(bench.uri(bench.socket))")
            n = w.networkDefineXML("\(Self.document("a"))")
            owner = "<owner><name>mine</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid></owner>"
            text = "<networkport>" + owner + "<mac address='52:54:00:00:00:07'/></networkport>"
            assert code(n.portCreateXML, text) == (55, 19)
            n.create()
            assert code(n.portCreateXML, "<networkport/>") == (27, 19)
            assert code(n.portCreateXML, "<networkport>" + owner + "<group>g</group></networkport>") == (67, 19)
            assert code(n.portCreateXML, "<networkport>" + owner + "<bandwidth><inbound average='1'/></bandwidth></networkport>") == (67, 19)
            try:
                p = n.portCreateXML(text)
                xml = p.XMLDesc()
                assert "<name>mine</name>" in xml and "<plug type='network' bridge='" + n.bridgeName() + "'/>" in xml, xml
                assert [q.UUIDString() for q in n.listAllPorts()] == [p.UUIDString()]
                assert "connections='1'" in n.XMLDesc()
                assert n.portLookupByUUIDString(p.UUIDString()).XMLDesc() == xml
                assert p.parameters() == {}, p.parameters()
                same = "<networkport><uuid>" + p.UUIDString() + "</uuid>" + owner + "</networkport>"
                assert code(n.portCreateXML, same) == (9, 19)
                p.delete()
                assert code(p.delete) == (107, 19) and n.listAllPorts() == []
                n.portCreateXML(same)
                n.destroy()
                n.create()
                assert n.listAllPorts() == []
            finally:
                n.destroy()
            print("fine")
            """)
        #expect(outcome.text.contains("fine"), "\(outcome.text)")
    }
}
