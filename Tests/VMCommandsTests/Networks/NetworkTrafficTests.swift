import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMJSON

@testable import VMCommands

/// What networks and their guests may carry, on the host itself, as the kernel tells it.
@Suite(
    .serialized,
    .enabled(
        if: geteuid() == 0 && Program.hasQEMU
            && ["/usr/sbin/dnsmasq", "/usr/sbin/nft", "/usr/sbin/tc"].allSatisfy { (path: String) in
                access(path, X_OK) == 0
            } && access("/dev/net/tun", R_OK | W_OK) == 0, "needs root, QEMU, dnsmasq, nft and tc"),
    .timeLimit(.minutes(20)))
struct NetworkTrafficTests {
    private let program = Program()
    private let bridge = "vmt" + String(UInt32.random(in: 0..<1_000_000))

    private func run(_ words: String...) -> String {
        Program.tool(words)
    }

    private func expect(_ words: String..., says text: String = "") {
        let result = program.run(words)
        #expect(result.status == 0, "\(words): \(result.errors)")
        #expect(text.isEmpty || result.output.contains(text), "\(words): \(result.output)")
    }

    private func network(_ inside: String) throws {
        let subnet = "10.\(Int.random(in: 100..<250)).\(Int.random(in: 0..<250))"
        let file = try program.file(
            "net.xml",
            """
            <network><name>lab</name><bridge name='\(bridge)'/>\(inside)<ip address='\(subnet).1' prefix='24'/></network>
            """)
        expect("net-define", file)
        expect("net-start", "lab")
    }

    private func start(_ name: String, _ inside: String) throws -> Program.Result {
        let file = try program.file(
            name + ".xml",
            """
            <domain type='qemu'><name>\(name)</name><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type></os><devices><interface type='network'>
            <source network='lab'/>\(inside)</interface></devices></domain>
            """)
        expect("define", file)
        return program.run("start", name)
    }

    private func device(_ name: String) throws -> String {
        let list = program.run("domiflist", name, "--output", "json").json.array ?? []
        return try #require(list.first?["interface"]?.string)
    }

    private func classes(_ device: String) -> String { run("/usr/sbin/tc", "class", "show", "dev", device) }

    @Test
    func `Limits and guarantees are the kernel's, change while the machine runs, and outlast their network`() throws {
        try network("<bandwidth><inbound average='1000' peak='5000' burst='5120'/></bandwidth>")
        defer { _ = program.run("net-destroy", "lab") }
        #expect(classes(bridge).contains("rate 8Mbit ceil 40Mbit"), "\(classes(bridge))")
        let started = try start(
            "one", "<bandwidth><inbound average='100' peak='200' burst='64' floor='50'/></bandwidth>")
        #expect(started.status == 0, "\(started.errors)")
        let device = try device("one")
        #expect(classes(device).contains("rate 800Kbit ceil 1600Kbit"), "\(classes(device))")
        #expect(classes(bridge).contains("class htb 1:3 parent 1:1") && classes(bridge).contains("rate 400Kbit"))
        #expect(run("/usr/sbin/tc", "filter", "show", "dev", bridge).contains("flowid 1:3"))
        // More than there is isn't promised.
        let greedy = try start("two", "<bandwidth><inbound average='1' floor='4951'/></bandwidth>")
        #expect(greedy.status != 0 && greedy.errors.contains("can't guarantee"), "\(greedy.errors)")
        expect("domiftune", "one", device, "--inbound", "300,600,64,70", "--live")
        #expect(classes(device).contains("rate 2400Kbit ceil 4800Kbit"), "\(classes(device))")
        #expect(classes(bridge).contains("rate 560Kbit"), "\(classes(bridge))")
        expect("domiftune", "one", device, says: "300")
        let outbound = program.run("domiftune", "one", device, "--outbound", "100", "--live")
        if outbound.status == 0 {
            let filters = run("/usr/sbin/tc", "filter", "show", "dev", device, "ingress")
            #expect(filters.contains("rate 800Kbit"), "\(filters)")
        } else {
            // A kernel without act_police, which is told as what it is; what there was before is there still.
            #expect(outbound.errors.contains("can't be limited"), "\(outbound.errors)")
            expect("domiftune", "one", device, "--inbound", "300,600,64,70", "--live")
        }
        expect("net-destroy", "lab")
        expect("net-start", "lab")
        #expect(classes(bridge).contains("rate 560Kbit"), "\(classes(bridge))")
        expect("domiftune", "one", device, "--inbound", "0", "--live")
        #expect(classes(device).isEmpty, "\(classes(device))")
        expect("destroy", "one")
    }

    @Test
    func `A group's limits are those of its interfaces, and its guarantees go with them`() throws {
        try network(
            """
            <bandwidth><inbound average='500'/></bandwidth>
            <portgroup name='slow' default='yes'><bandwidth><inbound average='20' floor='10'/></bandwidth></portgroup>
            <portgroup name='odd'><virtualport type='openvswitch'/></portgroup>
            """)
        defer { _ = program.run("net-destroy", "lab") }
        #expect(try start("one", "").status == 0)
        #expect(classes(try device("one")).contains("rate 160Kbit"))
        #expect(classes(bridge).contains("rate 80Kbit"))
        expect("destroy", "one")
        try eventually("the guarantee is given up", within: .seconds(60)) { !classes(bridge).contains("rate 80Kbit") }
        let file = try program.file(
            "odd.xml",
            """
            <domain type='qemu'><name>odd</name><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type></os><devices><interface type='network'>
            <source network='lab' portgroup='odd'/></interface></devices></domain>
            """)
        expect("define", file)
        #expect(program.run("start", "odd").errors.contains("<virtualport> of portgroup 'odd'"))
    }

    @Test
    func `A card is in its VLAN, or the kernel is said to know none`() throws {
        try network("")
        defer { _ = program.run("net-destroy", "lab") }
        let started = try start("one", "<vlan><tag id='42'/></vlan>")
        defer { _ = program.run("destroy", "one") }
        if started.status == 0 {
            let told = run("/usr/sbin/bridge", "vlan", "show", "dev", try device("one"))
            #expect(told.contains("42 PVID Egress Untagged"), "\(told)")
        } else {
            #expect(started.errors.contains("know no VLANs"), "\(started.errors)")
        }
    }

    @Test
    func `A device of a bridge of the host's is limited, too`() throws {
        _ = run("/usr/sbin/ip", "link", "add", bridge, "type", "bridge")
        defer { _ = run("/usr/sbin/ip", "link", "delete", bridge) }
        let file = try program.file(
            "b.xml",
            """
            <domain type='qemu'><name>b</name><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type></os><devices>
            <interface type='bridge'><source bridge='\(bridge)'/><target dev='\(bridge)a'/><bandwidth><inbound average='100'/></bandwidth></interface>
            <interface type='ethernet'><target dev='\(bridge)b'/><bandwidth><inbound average='200'/></bandwidth></interface>
            </devices></domain>
            """)
        expect("define", file)
        expect("start", "b")
        #expect(classes(bridge + "a").contains("rate 800Kbit"))
        #expect(classes(bridge + "b").contains("rate 1600Kbit"))
        expect("domiftune", "b", bridge + "b", "--inbound", "50", "--live", "--config")
        #expect(classes(bridge + "b").contains("rate 400Kbit"))
        expect("destroy", "b")
        #expect(!run("/usr/sbin/tc", "qdisc").contains(bridge))
    }

    @Test(.needs(.pythonLibvirt))
    func `A machine's port is limited by libvirt's clients, and goes with its interface alone`() throws {
        try network("")
        defer { _ = program.run("net-destroy", "lab") }
        #expect(try start("one", "").status == 0)
        let socket = program.home + "/sock"
        let server = Process()
        server.executableURL = URL(fileURLWithPath: Program.executable)
        server.arguments = ["serve", "--listen", socket]
        server.environment = ["VMCTL_HOME": program.home]
        try server.run()
        defer {
            server.terminate()
            server.waitUntilExit()
        }
        try eventually("the server listens", within: .seconds(60)) { Socket.isListening(socket) }
        let script = """
            import libvirt
            w = libvirt.open("qemu:///session?socket=\(socket)")
            n = w.networkLookupByName("lab")
            p = n.listAllPorts()[0]
            assert "<name>one</name>" in p.XMLDesc() and "<mac address='" in p.XMLDesc(), p.XMLDesc()
            p.setParameters({"inbound.average": 100, "inbound.peak": 200})
            assert p.parameters()["inbound.average"] == 100, p.parameters()
            assert "<inbound average='100' peak='200'/>" in p.XMLDesc(), p.XMLDesc()
            try:
                p.delete()
                assert False
            except libvirt.libvirtError as e:
                assert e.get_error_code() == 55 and "running domain 'one'" in str(e), str(e)
            print("fine")
            """
        let told = run("/usr/bin/python3", "-c", script)
        #expect(told.contains("fine"), "\(told)")
        #expect(classes(try device("one")).contains("rate 800Kbit ceil 1600Kbit"))
        expect("destroy", "one")
    }
}
