import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMJSON

@testable import VMCommands

/// Networks of an ordinary user, who has no rights but their own.
@Suite(
    .serialized, .enabled(if: OrdinaryUser.isPossible, "needs root, namespaces, dnsmasq, nft and slirp4netns"),
    .timeLimit(.minutes(40)))
struct UserNetworkTests {
    private let user: OrdinaryUser

    init() throws { user = try OrdinaryUser() }

    private func network(_ forward: String = "<forward mode='nat'/>") throws {
        let file = try user.file(
            "net.xml",
            """
            <network><name>lab</name>\(forward)<domain name='lab.test' localOnly='yes'/>
            <ip address='192.168.150.1' netmask='255.255.255.0'><dhcp>
            <range start='192.168.150.10' end='192.168.150.99'/></dhcp></ip></network>
            """)
        let defined = user.run("net-define", file)
        #expect(defined.status == 0, "\(defined.errors)")
    }

    private func expect(_ words: String..., says text: String = "") {
        let result = user.run(words)
        #expect(result.status == 0, "\(words): \(result.output)\(result.errors)")
        #expect(text.isEmpty || result.output.contains(text), "\(words): \(result.output)")
    }

    private func guest(_ name: String, _ mac: String, _ more: String = "") throws -> GuestShell {
        let build = Program.project + "/build/guest"
        for part in ["vmlinuz", "initrd.img"] {
            _ = try? FileManager.default.copyItem(atPath: "\(build)/\(part)", toPath: user.home + "/../" + part)
        }
        let folder = URL(fileURLWithPath: user.home).deletingLastPathComponent().path
        let file = try user.file(
            name + ".xml",
            """
            <domain type='qemu'><name>\(name)</name><memory unit='MiB'>192</memory><vcpu>1</vcpu>
            <os><type arch='x86_64' machine='pc'>hvm</type><kernel>\(folder)/vmlinuz</kernel>
            <initrd>\(folder)/initrd.img</initrd>
            <cmdline>console=ttyS0 quiet loglevel=1 vmctl.then=shell</cmdline></os><features><acpi/></features>
            <devices><interface type='network'><mac address='\(mac)'/><source network='lab'/>\(more)<model type='virtio'/>
            </interface><serial type='pty'/></devices></domain>
            """)
        for words in [["define", file], ["start", name]] {
            let result = user.run(words)
            try #require(result.status == 0, "\(words): \(result.errors)")
        }
        let terminal = user.run("ttyconsole", name).output.trimmingCharacters(in: .whitespacesAndNewlines)
        return try GuestShell(terminal)
    }

    @Test(.needs(.guest))
    func `Two guests get addresses, know each other by name, and reach what is outside`() throws {
        try network()
        expect("net-start", "lab", says: "Network lab started")
        // A server outside: on the host's own address, which isn't one of the namespace's.
        let address = try #require(OutsideServer.address)
        let server = try OutsideServer(address)
        let one = try guest("one", "52:54:00:00:01:01")
        let two = try guest("two", "52:54:00:00:01:02")
        #expect(try one.askForAddress("one").contains("lease of 192.168.150."))
        #expect(try two.askForAddress("two").contains("lease of 192.168.150."))
        // A guest that is kept from running for seconds loses packets.
        func reaches(_ shell: GuestShell, _ name: String) throws -> Bool {
            for _ in 0..<10 where try shell.run("ping -c 1 -W 10 \(name)").contains(" 0% packet loss") { return true }
            return false
        }
        #expect(try reaches(one, "two"))
        #expect(try reaches(two, "one.lab.test"))
        #expect(try one.run("nc \(address) \(server.port) < /dev/null").contains("hello from outside"))
        let leases = user.run("net-dhcp-leases", "lab", "--output", "json").json.array ?? []
        #expect(Set(leases.compactMap { $0["hostname"]?.string }) == ["one", "two"])
        expect("domifaddr", "one", says: "192.168.150.")
        expect("domifaddr", "two", "--source", "lease", says: "52:54:00:00:01:02")
        expect("domiflist", "one", says: "lab")
        let figures = user.run("domifstat", "one", "52:54:00:00:01:01")
        #expect(figures.status == 0 && figures.output.contains("rx_bytes"), "\(figures.errors)")
        expect("net-dumpxml", "lab", says: "connections='2'")
        #expect(user.run("net-port-list", "lab", "--output", "json").json.array?.count == 2)
        // Without their network the cards lead nowhere, which is said. Started again, it has them back.
        expect("net-destroy", "lab")
        #expect(user.run("net-list").output.contains("lab") == false)
        expect("net-info", "lab", says: "of domain 'one'")
        #expect(user.run("net-info", "lab", "--output", "json").json["lost"]?.array?.count == 2)
        #expect(try !one.run("ping -c 1 -W 2 192.168.150.1").contains(" 0% packet loss"))
        for _ in 0..<2 {
            expect("net-start", "lab")
            #expect(user.run("net-info", "lab", "--output", "json").json["lost"]?.array?.isEmpty == true)
            expect("net-dumpxml", "lab", says: "connections='2'")
            #expect(try reaches(one, "two"))
            #expect(try one.run("nc \(address) \(server.port) < /dev/null").contains("hello from outside"))
            // The same when the process was killed.
            for holder in user.processes("__supervise") where !isMachine(holder) { kill(holder, SIGKILL) }
            try eventually("the network is missed", within: .seconds(60)) {
                user.run("net-list", "--output", "json").json.array?.isEmpty == true
            }
            expect("list", says: "running")
        }
        // Nothing keeps the namespace when its last guest is gone.
        expect("destroy", "one")
        expect("destroy", "two")
        try eventually("nothing is left", within: .seconds(60)) { user.processes.isEmpty }
    }

    private func isMachine(_ pid: pid_t) -> Bool {
        !ProcessTable.commandLine(of: pid).contains { $0.elementsEqual("network".utf8) }
    }

    @Test(.needs(.guest))
    func `Ports of the host lead to guests, wherever on their network these are`() throws {
        try network()
        expect("net-start", "lab")
        let ports = try (0..<3).map { _ in try WebClient.freePort() }
        let declared =
            "<portForward proto='tcp' address='127.0.0.1'><range start='\(ports[0])' to='8080'/></portForward>"
        let shell = try guest("web", "52:54:00:00:01:03", declared)
        #expect(user.run("forward", "web").output.contains("waiting"))
        #expect(try shell.askForAddress("web").contains("lease of 192.168.150."))
        _ = try shell.run("httpd -p 8080 -h /www")
        #expect(WebClient.page(ports[0]).contains("hello over the network"))
        let list = user.run("forward", "web", "--output", "json").json.array ?? []
        #expect(list.first?["guest_address"]?.string?.hasPrefix("192.168.150.") == true, "\(list)")
        // One more while the machine runs, on one address alone.
        expect("forward", "web", "127.0.0.2:\(ports[1]):8080", "--live", "--config", says: "forwarded")
        #expect(WebClient.page(ports[1], at: "127.0.0.2").contains("hello over the network"))
        #expect(WebClient.page(ports[1], within: .seconds(1)).isEmpty)
        let taken = user.run("forward", "web", "127.0.0.1:\(ports[0]):9")
        #expect(taken.errors.contains("leads to port 8080"), "\(taken.errors)")
        expect("forward", "web", "127.0.0.2:\(ports[1]):8080", "--remove", says: "given up")
        #expect(WebClient.page(ports[1], at: "127.0.0.2", within: .seconds(1)).isEmpty)
        // They come back with slirp4netns, and with the network.
        let slirp = user.processes("/usr/bin/slirp4netns").filter { pid in
            ProcessTable.commandLine(of: pid).first?.elementsEqual("/usr/bin/slirp4netns".utf8) == true
        }
        for pid in slirp { kill(pid, SIGKILL) }
        try eventually("slirp4netns is gone", within: .seconds(60)) { TCPTable.listeners(on: ports[0]).isEmpty }
        #expect(WebClient.page(ports[0]).contains("hello over the network"))
        expect("net-destroy", "lab")
        #expect(TCPTable.listeners(on: ports[0]).isEmpty)
        #expect(user.run("forward", "web").output.contains("lost"))
        #expect(user.run("forward", "web", "127.0.0.1:\(ports[2]):8080").errors.contains("is not active"))
        expect("net-start", "lab")
        #expect(WebClient.page(ports[0]).contains("hello over the network"))
        // What leads to a machine goes with it, at once.
        expect("destroy", "web")
        expect("start", "web")
        expect("destroy", "web")
        try eventually("the port is free", within: .seconds(60)) { TCPTable.listeners(on: ports[0]).isEmpty }
        expect("net-destroy", "lab")
    }

    @Test(.enabled(if: Program.hasQEMU, "needs QEMU"))
    func `A network that nothing leads into takes no ports`() throws {
        try network("")
        expect("net-start", "lab")
        let file = try user.file(
            "m.xml",
            """
            <domain type='qemu'><name>m</name><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type></os><devices><interface type='network'>
            <source network='lab'/></interface></devices></domain>
            """)
        expect("define", file)
        expect("start", "m")
        let refused = user.run("forward", "m", "127.0.0.1:49999:22")
        #expect(refused.status != 0 && refused.errors.contains("is isolated"), "\(refused.errors)")
        expect("destroy", "m")
        expect("net-destroy", "lab")
    }

    @Test(.enabled(if: Program.hasQEMU && access("/usr/sbin/tc", X_OK) == 0, "needs QEMU and tc"))
    func `What guests carry is limited in the namespace, too, and by the process that comes after one that was killed`()
        throws
    {
        try network("<forward mode='nat'/><bandwidth><inbound average='1000'/></bandwidth>")
        expect("net-start", "lab")
        let file = try user.file(
            "m.xml",
            """
            <domain type='qemu'><name>m</name><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type></os><devices><interface type='network'>
            <source network='lab'/><bandwidth><inbound average='100' floor='30'/></bandwidth></interface></devices></domain>
            """)
        expect("define", file)
        expect("start", "m")
        func classes(_ device: String) throws -> String {
            let holder = try #require(user.processes("__supervise").first { !isMachine($0) })
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/nsenter")
            process.arguments = ["-n", "-t", "\(holder)", "/usr/sbin/tc", "class", "show", "dev", device]
            let pipe = Foundation.Pipe()
            process.standardOutput = pipe
            try process.run()
            let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return text
        }
        let bridge = user.run("net-list", "--output", "json").json.array?.first?["bridge"]?.string ?? ""
        #expect(try classes("vnet0").contains("rate 800Kbit"))
        #expect(try classes(bridge).contains("rate 240Kbit"))
        expect("domiftune", "m", "vnet0", "--inbound", "200,300,64,50", "--live")
        for holder in user.processes("__supervise") where !isMachine(holder) { kill(holder, SIGKILL) }
        try eventually("the network is missed", within: .seconds(60)) {
            user.run("net-list", "--output", "json").json.array?.isEmpty == true
        }
        expect("net-start", "lab")
        #expect(try classes("vnet0").contains("rate 1600Kbit ceil 2400Kbit"))
        #expect(try classes(bridge).contains("rate 400Kbit"))
        expect("destroy", "m")
        try eventually("the guarantee is given up", within: .seconds(60)) {
            (try? classes(bridge).contains("rate 400Kbit")) == false
        }
        expect("net-destroy", "lab")
    }

    private static let places = [
        "network.recorded", "network.entered", "network.bridged", "network.ruled", "network.uplinked", "network.naming",
        "network.named",
        "network.active", "network.ready",
    ]

    @Test(arguments: places)
    func `A network's process may be killed anywhere`(place: String) throws {
        try network()
        let killed = user.run("net-start", "lab", environment: ["VMCTL_FAILPOINT": place])
        // Killed when it was ready, it may have said so.
        #expect(killed.status != 0 || place == "network.ready", "\(killed.output)")
        try eventually("nothing runs any more", within: .seconds(60)) { user.processes.isEmpty }
        let seen = user.run("net-list", "--all", "--output", "json").json.array?.first
        #expect(seen?["active"]?.bool == false, "\(String(describing: seen))")
        // Nothing hangs and nothing is in the way.
        _ = user.run("net-destroy", "lab")
        expect("net-start", "lab")
        #expect(user.run("net-list", "--output", "json").json.array?.count == 1)
        expect("net-destroy", "lab")
        try eventually("nothing is left", within: .seconds(60)) { user.processes.isEmpty }
    }

    @Test
    func `What ends is started again, and a process that is killed is missed`() throws {
        try network()
        expect("net-start", "lab")
        for program in ["--conf-file", "--exit-fd=4 "] {
            let word = program == "--conf-file" ? program : "/usr/bin/slirp4netns"
            let before = user.processes(word).filter { pid in
                !(ProcessTable.commandLine(of: pid).first.map { String(decoding: $0, as: UTF8.self) } ?? "").hasSuffix(
                    "sh")
            }
            #expect(before.count == 1, "\(word)")
            for pid in before { kill(pid, SIGKILL) }
            try eventually("\(word) is there again", within: .seconds(60)) {
                let now = user.processes(word).filter { pid in
                    !(ProcessTable.commandLine(of: pid).first.map { String(decoding: $0, as: UTF8.self) } ?? "")
                        .hasSuffix("sh")
                }
                return now.count == 1 && now != before
            }
        }
        let holder = try #require(user.processes("__supervise").first)
        kill(holder, SIGKILL)
        try eventually("all of it ends", within: .seconds(60)) { user.processes.isEmpty }
        let list = user.run("net-list", "--all")
        #expect(list.output.contains("inactive") && list.errors.contains("has ended"), "\(list.output)\(list.errors)")
        expect("net-destroy", "lab")
        #expect(user.run("net-destroy", "lab").errors.contains("is not active"))
    }

    @Test
    func `A network that is active is changed at once`() throws {
        try network("")
        expect("net-start", "lab")
        #expect(user.processes("slirp4netns").isEmpty)
        let host = "<host mac='52:54:00:00:01:09' name='nine' ip='192.168.150.200'/>"
        expect("net-update", "lab", "add", "ip-dhcp-host", host, "--live", "--config")
        let again = user.run("net-update", "lab", "add", "ip-dhcp-host", host, "--live")
        #expect(again.status != 0 && again.errors.contains("there is an existing dhcp host entry"))
        expect("net-update", "lab", "add-last", "dns-host", "<host ip='192.168.150.7'><hostname>s</hostname></host>")
        expect("net-dumpxml", "lab", says: "<hostname>s</hostname>")
        #expect(!user.run("net-dumpxml", "lab", "--inactive").output.contains("<hostname>"))
        expect("net-dumpxml", "lab", "--inactive", says: "name='nine'")
        #expect(user.processes("--conf-file").count == 1)
        expect("net-undefine", "lab")
        expect("net-list", "--transient", says: "lab")
        expect("net-destroy", "lab")
        #expect(user.run("net-list", "--all", "--output", "json").json.array?.isEmpty == true)
    }
}

/// A server on an address of the host's, which says one line to everybody.
private final class OutsideServer {
    let port: UInt32
    private let listener: Int32
    private let thread: Thread

    /// An address of the host's that isn't its own alone.
    static let address: String? = {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return nil }
        defer { freeifaddrs(list) }
        var next = list
        while let entry = next {
            next = entry.pointee.ifa_next
            guard let address = entry.pointee.ifa_addr, address.pointee.sa_family == sa_family_t(AF_INET) else {
                continue
            }
            let text = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { inet in
                IPAddress(.ipv4, UInt128(UInt32(bigEndian: inet.pointee.sin_addr.s_addr))).description
            }
            if !text.hasPrefix("127."), !String(cString: entry.pointee.ifa_name).hasPrefix("vir") { return text }
        }
        return nil
    }()

    init(_ address: String) throws {
        let socket = try Socket.listen(at: .tcp(host: address, port: 0))
        port = Socket.port(of: socket.raw)
        let raw = socket.release()
        listener = raw
        thread = Thread {
            while Poll.isReadable(raw, by: .distantFuture) {
                guard let client = try? Socket.accept(on: raw) else { return }
                try? client.writeAll(Array("hello from outside\n".utf8), "client")
            }
        }
        thread.start()
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }
}
