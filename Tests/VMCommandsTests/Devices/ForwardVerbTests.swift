import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMDomain
import VMJSON

@testable import VMCommands

/// `vmctl forward`.
@Suite(.timeLimit(.minutes(40)))
struct ForwardVerbTests {
    @Test
    func `A port is written in few words`() throws {
        #expect(try ForwardedPort(spec: "2222:22") == .init(.tcp, 2222, to: 22))
        #expect(try ForwardedPort(spec: "80") == .init(.tcp, 80, to: 80))
        #expect(try ForwardedPort(spec: "udp:53") == .init(.udp, 53, to: 53))
        #expect(try ForwardedPort(spec: "tcp:127.0.0.1:2222:22") == .init(.tcp, "127.0.0.1", 2222, to: 22))
        #expect(try ForwardedPort(spec: "localhost:2222:22") == .init(.tcp, "127.0.0.1", 2222, to: 22))
        #expect(try ForwardedPort(spec: "*:2222:22") == .init(.tcp, 2222, to: 22))
        #expect(try ForwardedPort(spec: ":2222:22") == .init(.tcp, 2222, to: 22))
        #expect(try ForwardedPort(spec: "tcp:[::1]:2222:22") == .init(.tcp, "::1", 2222, to: 22))
        #expect(try ForwardedPort(spec: "[2001:DB8::0]:53") == .init(.tcp, "2001:db8::", 53, to: 53))
        for odd in [
            "", "tcp", "tcp:", "0:22", "22:0", "65536:1", "a:b", "sctp:1:2", "1.2.3:1:2", "::1:1:2", "[::1]", "[::1]1",
            "[1.2.3.4]:1", "[x]:1", "x[::1]:1", "[::1]:1:2:3", "1:2:3",
        ] {
            #expect(throws: VMError.self, "\(odd)") { try ForwardedPort(spec: odd) }
        }
    }

    @Test
    func `Addresses of IPv6 are passt's`() throws {
        let program = Program()
        for (name, backend) in [("p", "<backend type='passt'/>"), ("q", "")] {
            let file = try program.domain(name, devices: "<interface type='user'>\(backend)</interface>")
            #expect(program.run("define", file).status == 0)
        }
        #expect(program.run("forward", "p", "tcp:[::1]:2222:22", "--config").status == 0)
        #expect(program.run("forward", "p", "--config").output.contains("tcp:[::1]:2222"))
        #expect(program.run("forward", "p", "[::1]:2222:22", "--config", "--remove").status == 0)
        let refused = program.run("forward", "q", "[::1]:2222:22", "--config")
        #expect(refused.status != 0 && refused.errors.contains("passt"), "\(refused.errors)")
    }

    private func start(_ program: Program, _ name: String, _ devices: String) throws {
        let result = program.run("define", try program.domain(name, devices: devices))
        #expect(result.status == 0, "\(result.errors)")
        let started = program.run("start", name)
        #expect(started.status == 0, "\(started.errors)")
    }

    @Test(.enabled(if: Program.hasQEMU, "needs QEMU"))
    func `QEMU's own network takes ports while the machine runs, and gives them up`() throws {
        let program = Program()
        try start(program, "m", "<interface type='user'><mac address='52:54:00:11:22:33'/></interface>")
        let port = try WebClient.freePort()
        func listens() -> Bool { !TCPTable.listeners(on: port).isEmpty }
        let done = program.run("forward", "m", "tcp:127.0.0.1:\(port):22", "--live", "--config")
        #expect(done.status == 0, "\(done.errors)")
        #expect(listens())
        let list = program.run("forward", "m", "--output", "json").json.array ?? []
        #expect(list.count == 1 && list.first?["state"]?.string == "active" && list.first?["guest_port"]?.int64 == 22)
        #expect(program.run("forward", "m", "--config").output.contains("stored"))
        #expect(program.run("dumpxml", "m", "--inactive").output.contains("<range start='\(port)' to='22'/>"))
        // The machine itself has it, and somebody else may not.
        #expect(program.run("forward", "m", "\(port):23").errors.contains("already"))
        try start(program, "other", "<interface type='user'/>")
        let taken = program.run("forward", "other", "127.0.0.1:\(port):22")
        #expect(taken.status != 0 && taken.errors.contains("is taken by domain 'm'"), "\(taken.errors)")
        let holder = try Socket.listen(at: .tcp(host: "127.0.0.1", port: 0))
        let theirs = Socket.port(of: holder.raw)
        let foreign = program.run("forward", "m", "127.0.0.1:\(theirs):22")
        #expect(foreign.status != 0 && foreign.errors.contains("by process \(getpid())"), "\(foreign.errors)")
        let gone = program.run("forward", "m", "tcp:127.0.0.1:\(port):22", "--remove")
        #expect(gone.status == 0, "\(gone.errors)")
        #expect(!listens())
        #expect(program.run("forward", "m", "127.0.0.1:\(port):22", "--remove").errors.contains("does not lead"))
        #expect(program.run("forward", "m", "--output", "json").json.array?.isEmpty == true)
        #expect(program.run("forward", "m", "127.0.0.1:\(port):22", "--remove", "--config").status == 0)
        #expect(!program.run("dumpxml", "m", "--inactive").output.contains("portForward"))
        #expect(program.run("forward", "m", "--remove").status == 2)
        #expect(program.run("forward", "m", "300000:1").status == 2)
    }

    @Test(.enabled(if: Program.hasQEMU, "needs QEMU"))
    func `A port that QEMU can't have is told, and none of those that were asked for stays`() throws {
        let program = Program()
        try start(program, "m", "<interface type='user'/>")
        let port = try WebClient.freePort()
        // An address that is none of the host's.
        let result = program.run("forward", "m", "127.0.0.1:\(port):22", "192.0.2.77:\(port):22")
        #expect(result.status != 0 && result.errors.contains("192.0.2.77"), "\(result.errors)")
        #expect(TCPTable.listeners(on: port).isEmpty)
        #expect(program.run("forward", "m", "--output", "json").json.array?.isEmpty == true)
    }

    @Test(.needs(.guest))
    func `A guest answers on a forwarded port of its user network`() throws {
        let program = Program()
        let build = Program.project + "/build/guest"
        let file = try program.file(
            "g.xml",
            """
            <domain type='qemu'><name>g</name><memory unit='MiB'>192</memory><vcpu>1</vcpu>
            <os><type arch='x86_64' machine='pc'>hvm</type><kernel>\(build)/vmlinuz</kernel>
            <initrd>\(build)/initrd.img</initrd><cmdline>console=ttyS0 quiet loglevel=1 vmctl.then=shell</cmdline></os>
            <features><acpi/></features>
            <devices><interface type='user'><model type='virtio'/></interface><serial type='pty'/></devices></domain>
            """)
        #expect(program.run("define", file).status == 0)
        let started = program.run("start", "g")
        #expect(started.status == 0, "\(started.errors)")
        let port = try WebClient.freePort()
        let shell = try GuestShell(
            program.run("ttyconsole", "g").output.trimmingCharacters(in: .whitespacesAndNewlines))
        _ = try shell.askForAddress("g")
        _ = try shell.run("httpd -p 8080 -h /www")
        let done = program.run("forward", "g", "127.0.0.1:\(port):8080")
        #expect(done.status == 0, "\(done.errors)")
        #expect(WebClient.page(port).contains("hello over the network"))
        #expect(program.run("forward", "g", "127.0.0.1:\(port):8080", "--remove").status == 0)
        #expect(WebClient.page(port, within: .seconds(1)).isEmpty)
    }
}

/// Fetches the page of a guest.
enum WebClient {
    /// A port that nobody has.
    static func freePort() throws -> UInt16 {
        let socket = try Socket.listen(at: .tcp(host: "127.0.0.1", port: 0))
        return UInt16(clamping: Socket.port(of: socket.raw))
    }

    /// What a port of the host answers; empty when nothing does.
    static func page(_ port: UInt16, at host: String = "127.0.0.1", within time: Duration = .seconds(60)) -> String {
        let deadline = Deadline.after(time)
        while !deadline.hasPassed {
            let text = once(port, host)
            if !text.isEmpty { return text }
            Poll.sleep(.milliseconds(100))
        }
        return ""
    }

    private static func once(_ port: UInt16, _ host: String) -> String {
        guard let socket = try? Socket.connect(to: .tcp(host: host, port: port), deadline: .after(.seconds(10))) else {
            return ""
        }
        Socket.setBlocking(socket.raw)
        try? socket.writeAll(Array("GET /index.html HTTP/1.0\r\n\r\n".utf8), "the guest")
        var text = ""
        var room = [UInt8](repeating: 0, count: 4096)
        while Poll.isReadable(socket.raw, by: .after(.seconds(20))) {
            let count = read(socket.raw, &room, room.count)
            guard count > 0 else { break }
            text += String(decoding: room[..<count], as: UTF8.self)
        }
        return text
    }
}
