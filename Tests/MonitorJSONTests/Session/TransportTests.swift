import Glibc
import MonitorJSON
import Testing
import VMCore
import VMJSON
import VMTestSupport

/// The ways to a monitor, on real QEMU where it has them.
@Suite(
    "Ways to a monitor", .enabled(if: TemporaryQEMU.isThere, "needs qemu-system-x86_64"), .timeLimit(.minutes(40)))
struct TransportTests {
    private func soon() -> Deadline { .after(.seconds(30)) }

    private func check(_ monitor: BlockingMonitor) throws {
        #expect(try monitor.execute(QueryTarget(), deadline: soon()) == "x86_64")
        monitor.close()
    }

    @Test("A name in the abstract namespace", arguments: TemporaryQEMU.builds)
    func abstract(build: TemporaryQEMU.Build) throws {
        let name = "vmctl-test-\(UInt32.random(in: 0 ... .max))"
        let chardev = "socket,id=m,path=\(name),abstract=on,tight=on,server=on,wait=off"
        let qemu = try TemporaryQEMU(build, monitor: ["-chardev", chardev, "-mon", "chardev=m,mode=control"])
        try check(qemu.connect(to: .abstract(name: name)))
    }

    @Test("TCP", arguments: TemporaryQEMU.builds)
    func tcp(build: TemporaryQEMU.Build) throws {
        let port = try FreePort.take()
        let qemu = try TemporaryQEMU(build, monitor: ["-qmp", "tcp:127.0.0.1:\(port),server=on,wait=off"])
        try check(qemu.connect(to: .tcp(host: "127.0.0.1", port: port)))
        try check(qemu.connect(to: .tcp(host: "localhost", port: port)))
    }

    /// Whether the loopback has an IPv6 address.
    private static let hasIPv6: Bool = {
        (try? Socket.listen(at: .tcp(host: "::1", port: 0))) != nil
    }()

    @Test("TCP over IPv6", .enabled(if: hasIPv6, "needs IPv6 on the loopback"), arguments: TemporaryQEMU.builds)
    func tcp6(build: TemporaryQEMU.Build) throws {
        // QEMU's short form, tcp:HOST:PORT, takes no address with colons.
        let port = try FreePort.take()
        let qemu = try TemporaryQEMU(
            build,
            monitor: [
                "-chardev", "socket,id=m,host=::1,port=\(port),server=on,wait=off", "-mon", "chardev=m,mode=control",
            ])
        try check(qemu.connect(to: SocketAddress(parsing: "tcp:[::1]:\(port)")))
    }

    @Test("A listening socket that QEMU inherits, at a path longer than an address", arguments: TemporaryQEMU.builds)
    func inherited(build: TemporaryQEMU.Build) throws {
        let folder = "/tmp/vmctl-far-\(UInt32.random(in: 0 ... .max))-" + String(repeating: "d", count: 150)
        #expect(mkdir(folder, 0o700) == 0)
        defer { rmdir(folder) }
        let address = MonitorAddress.unix(path: folder + "/qmp.sock")
        let listener = try Socket.listen(at: address).release()
        defer {
            close(listener)
            unlink(folder + "/qmp.sock")
        }
        let qemu = try TemporaryQEMU(
            build,
            monitor: ["-chardev", "socket,id=m,fd=9,server=on,wait=off", "-mon", "chardev=m,mode=control"],
            descriptors: [.init(listener, as: 9)])
        try check(qemu.connect(to: address))
        try check(qemu.connect(to: address))
    }

    /// Whether the kernel has vsock's loopback; its modules may be missing.
    private static let hasVsock: Bool = {
        let address = SocketAddress.vsock(cid: 1, port: 49_001)
        guard let listener = try? Socket.listen(at: address) else { return false }
        defer { withExtendedLifetime(listener.raw) {} }
        return (try? Socket.connect(to: address, deadline: .after(.seconds(1)))) != nil
    }()

    @Test("vsock, with a scripted peer", .enabled(if: hasVsock, "needs vsock with its loopback"))
    func vsock() throws {
        let address = SocketAddress.vsock(cid: 1, port: UInt32.random(in: 50_000...60_000))
        let fake = try FakeQEMU(FakeStep.opening + [.serve { _, _ in .value(["arch": "x86_64"]) }], at: address)
        try check(BlockingMonitor(connectingTo: address, deadline: soon()))
        #expect(fake.finish() == [])
    }

    @Test("Where vsock is missing the error says so, and its address is read and written")
    func vsockAddress() throws {
        #expect(try SocketAddress(parsing: "vsock:3:1024") == .vsock(cid: 3, port: 1024))
        #expect("\(SocketAddress.vsock(cid: 3, port: 1024))" == "vsock:3:1024")
        for wrong in ["vsock:3", "vsock:x:1", "vsock:1:2:3", "vsock::", "vsock:-1:1"] {
            #expect(throws: VMError.self) { try SocketAddress(parsing: wrong) }
        }
        let error = #expect(throws: VMError.self) {
            _ = try BlockingMonitor(connectingTo: .vsock(cid: 77_777, port: 1), deadline: .after(.seconds(1)))
        }
        #expect(error?.code == .connection || error?.code == .timeout)
    }

    @Test("A client that is handed over: QEMU's VNC server greets at the other end", arguments: TemporaryQEMU.builds)
    func addClient(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build, arguments: ["-M", "none", "-vnc", "none"])
        let monitor = try qemu.connect()
        let (mine, its) = try Socket.pair().release()
        defer { close(mine) }
        try monitor.execute(GetFD("client"), descriptors: [its], deadline: soon())
        close(its)
        try monitor.execute(AddClient("vnc", fdName: "client", skipsAuthentication: true), deadline: soon())
        #expect(try Socket.wait(for: mine, .readable, deadline: soon()))
        var room = [UInt8](repeating: 0, count: 12)
        let count = read(mine, &room, room.count)
        #expect(String(decoding: room.prefix(max(0, count)), as: UTF8.self).hasPrefix("RFB 003."))
        // The name has been used up.
        let error = #expect(throws: VMError.self) { try monitor.execute(CloseFD("client"), deadline: self.soon()) }
        #expect(error?.code == .monitor)
        monitor.close()
    }
}
