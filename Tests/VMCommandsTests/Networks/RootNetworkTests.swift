import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMJSON

@testable import VMCommands

/// Networks of root's, on the host itself.
@Suite(
    .serialized,
    .enabled(
        if: geteuid() == 0
            && ["/usr/sbin/dnsmasq", "/usr/sbin/nft"].allSatisfy { (path: String) in access(path, X_OK) == 0 }
            && access("/dev/net/tun", R_OK | W_OK) == 0, "needs root, dnsmasq and nft"), .timeLimit(.minutes(40)))
struct RootNetworkTests {
    private let program = Program()
    private let bridge = "vmt" + String(UInt32.random(in: 0..<1_000_000))
    private let subnet = "10.\(Int.random(in: 100..<250)).\(Int.random(in: 0..<250))"

    private func define(_ forward: String) throws {
        let file = try program.file(
            "net.xml",
            """
            <network><name>lab</name>\(forward)<bridge name='\(bridge)'/><ip address='\(subnet).1' prefix='24'><dhcp>
            <range start='\(subnet).10' end='\(subnet).99'/></dhcp></ip></network>
            """)
        let result = program.run("net-define", file)
        #expect(result.status == 0, "\(result.errors)")
    }

    private func expect(_ words: String..., says text: String = "") {
        let result = program.run(words)
        #expect(result.status == 0, "\(words): \(result.errors)")
        #expect(text.isEmpty || result.output.contains(text), "\(words): \(result.output)")
    }

    private func run(_ words: String...) -> String {
        Program.tool(words)
    }

    private var servers: [pid_t] {
        ProcessTable.all.filter { pid in
            let words = ProcessTable.commandLine(of: pid).map { String(decoding: $0, as: UTF8.self) }
            return words.contains { $0.hasPrefix("--conf-file=\(program.home)") }
                && ProcessIdentity.startTime(of: pid).map { ProcessIdentity(pid: pid, startTime: $0).isAlive } == true
        }
    }

    private func table() throws -> String {
        let uuid = try #require(program.run("net-uuid", "lab").output.split(separator: "\n").first)
        return "vmctl_" + uuid.filter { $0 != "-" }
    }

    @Test
    func `A bridge of the host's that has the network's name is left alone`() throws {
        try define("<forward mode='nat'/>")
        _ = run("/usr/sbin/ip", "link", "add", bridge, "type", "bridge")
        defer { _ = run("/usr/sbin/ip", "link", "delete", bridge) }
        _ = run("/usr/sbin/ip", "address", "add", subnet + ".77/24", "dev", bridge)
        let result = program.run("net-start", "lab")
        #expect(result.status != 0 && result.errors.contains(bridge), "\(result.errors)")
        #expect(NetworkLink(bridge).isBridge)
        #expect(run("/usr/sbin/ip", "address", "show", "dev", bridge).contains(subnet + ".77"))
    }

    @Test(arguments: ["<forward mode='nat'/>", "<forward mode='route'/>", "<forward mode='open'/>", ""])
    func `What a network makes goes with it`(forward: String) throws {
        try define(forward)
        let table = try table()
        expect("net-start", "lab")
        #expect(NetworkLink(bridge).isBridge)
        #expect(run("/usr/sbin/nft", "list", "tables").contains(table) == !forward.contains("open"))
        #expect(servers.count == 1)
        expect("net-info", "lab", says: bridge)
        expect("net-destroy", "lab")
        #expect(!NetworkLink(bridge).exists)
        #expect(!run("/usr/sbin/nft", "list", "tables").contains(table))
        #expect(servers.isEmpty)
    }

    @Test(
        arguments: [
            "network.recorded", "network.bridged", "network.ruled", "network.naming", "network.named", "network.active",
            "network.ready",
        ])
    func `What a killed process leaves is cleared by the next`(place: String) throws {
        try define("<forward mode='nat'/>")
        _ = program.run(["net-start", "lab"], environment: ["VMCTL_FAILPOINT": place])
        try eventually("it isn't active", within: .seconds(60)) {
            program.run("net-list", "--all", "--output", "json").json.array?.first?["active"]?.bool == false
        }
        expect("net-start", "lab")
        #expect(servers.count == 1)
        expect("net-destroy", "lab")
        #expect(!NetworkLink(bridge).exists && servers.isEmpty)
    }

    @Test(.enabled(if: Program.hasQEMU, "needs QEMU"))
    func `Machines are plugged into a network that is started again`() throws {
        try define("")
        expect("net-start", "lab")
        let card = "<interface type='network'><source network='lab'/></interface>"
        expect("define", try program.domain("m", devices: card))
        expect("start", "m")
        expect("net-dumpxml", "lab", says: "connections='1'")
        expect("net-destroy", "lab")
        expect("net-start", "lab")
        expect("net-dumpxml", "lab", says: "connections='1'")
        #expect(program.run("net-info", "lab", "--output", "json").json["lost"]?.array?.isEmpty == true)
        expect("destroy", "m")
        expect("net-destroy", "lab")
        let failed = program.run("start", "m")
        #expect(failed.status != 0 && failed.errors.contains("network 'lab' is not active"), "\(failed.errors)")
    }

    @Test
    func `A network's log is cut before it is large`() throws {
        try define("")
        expect("net-start", "lab")
        let uuid = try #require(program.run("net-uuid", "lab").output.split(separator: "\n").first)
        let files = FileManager.default.enumerator(atPath: program.home)?.compactMap { $0 as? String } ?? []
        let log = program.home + "/" + (try #require(files.first { $0.hasSuffix("network-\(uuid).log") }))
        let file = try #require(FileHandle(forWritingAtPath: log))
        file.seekToEndOfFile()
        file.write(Data(repeating: UInt8(ascii: "."), count: 5 << 20))
        let host = "<host mac='52:54:00:00:00:09' ip='\(subnet).9'/>"
        expect("net-update", "lab", "add", "ip-dhcp-host", host, "--live")
        let text = try String(contentsOfFile: log, encoding: .utf8)
        #expect(text.utf8.count < 1 << 20 && text.contains("the log was cut here"), "\(text.utf8.count)")
        expect("net-destroy", "lab")
    }

    @Test(.needs(.guest))
    func `Ports of the host lead to root's guests by rules, from the host itself and its loopback`() throws {
        try define("<forward mode='nat'/>")
        let table = try table()
        expect("net-start", "lab")
        let ports = try (0..<2).map { _ in try WebClient.freePort() }
        let build = Program.project + "/build/guest"
        let file = try program.file(
            "g.xml",
            """
            <domain type='qemu'><name>g</name><memory unit='MiB'>192</memory><vcpu>1</vcpu>
            <os><type arch='x86_64' machine='pc'>hvm</type><kernel>\(build)/vmlinuz</kernel>
            <initrd>\(build)/initrd.img</initrd><cmdline>console=ttyS0 quiet loglevel=1 vmctl.then=shell</cmdline></os>
            <features><acpi/></features><devices><interface type='network'><source network='lab'/>
            <portForward proto='tcp' address='127.0.0.1'><range start='\(ports[0])' to='8080'/></portForward>
            <model type='virtio'/></interface><serial type='pty'/></devices></domain>
            """)
        expect("define", file)
        expect("start", "g")
        let shell = try GuestShell(
            program.run("ttyconsole", "g").output.trimmingCharacters(in: .whitespacesAndNewlines))
        // Taken from the beginning, though nobody knows yet where it leads.
        #expect(throws: VMError.self) { _ = try Socket.listen(at: .tcp(host: "127.0.0.1", port: ports[0])) }
        #expect(try shell.askForAddress("g").contains("lease of \(subnet)."))
        _ = try shell.run("httpd -p 8080 -h /www")
        #expect(WebClient.page(ports[0]).contains("hello over the network"))
        expect("forward", "g", "\(ports[1]):8080")
        #expect(WebClient.page(ports[1]).contains("hello over the network"))
        #expect(WebClient.page(ports[1], at: "\(subnet).1").contains("hello over the network"))
        // The host's own services on its loopback addresses stay its own.
        let server = try Socket.listen(at: .tcp(host: "127.0.0.1", port: 0))
        let own = Socket.port(of: server.raw)
        _ = try shell.run("ip route add 127.0.0.2 via \(subnet).1; ip addr del 127.0.0.1/8 dev lo")
        #expect(try !shell.run("nc -w 2 127.0.0.1 \(own) < /dev/null && echo reached").contains("\nreached"))
        expect("net-destroy", "lab")
        expect("net-start", "lab")
        #expect(WebClient.page(ports[0]).contains("hello over the network"))
        expect("destroy", "g")
        try eventually("the ports are free", within: .seconds(60)) {
            (try? Socket.listen(at: .tcp(host: "127.0.0.1", port: ports[0]))) != nil
        }
        expect("net-destroy", "lab")
        #expect(!run("/usr/sbin/nft", "list", "tables").contains(table))
    }

    @Test(.enabled(if: Program.hasQEMU, "needs QEMU"))
    func `A bridge of the host's is a network, too, and a filter is refused`() throws {
        _ = run("/usr/sbin/ip", "link", "add", bridge, "type", "bridge")
        defer { _ = run("/usr/sbin/ip", "link", "del", bridge) }
        let file = try program.file(
            "net.xml",
            "<network><name>host</name><forward mode='bridge'/><bridge name='\(bridge)'/></network>")
        expect("net-define", file)
        expect("net-start", "host")
        let card = "<interface type='network'><source network='host'/></interface>"
        expect("define", try program.domain("m", devices: card))
        expect("start", "m")
        let device = program.run("domiflist", "m", "--output", "json").json.array?.first?["interface"]?.string ?? ""
        #expect(NetworkLink(device).bridge == bridge)
        expect("net-dumpxml", "host", says: "connections='1'")
        expect("destroy", "m")
        let filtered =
            "<interface type='network'><source network='host'/><filterref filter='clean-traffic'/></interface>"
        expect("define", try program.domain("f", devices: filtered))
        let refused = program.run("start", "f")
        #expect(refused.status != 0 && refused.errors.contains("can't be filtered"), "\(refused.errors)")
        expect("net-destroy", "host")
        #expect(NetworkLink(bridge).isBridge)
    }
}
