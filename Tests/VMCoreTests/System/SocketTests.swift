import Foundation
import Testing
import VMCore

@Suite("Sockets")
struct SocketTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "vmctl-sockets-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private func exchange(_ address: SocketAddress, _ listener: borrowing FileDescriptor) throws {
        let client = try Socket.connect(to: address, deadline: .after(.seconds(5)))
        #expect(try Socket.wait(for: listener.raw, .readable, deadline: .after(.seconds(5))))
        guard let server = try Socket.accept(on: listener.raw) else {
            Issue.record("nobody waits")
            return
        }
        #expect(Socket.send(Array("hello".utf8), 0..<5, to: client.raw) == .bytes(5))
        #expect(try Socket.wait(for: server.raw, .readable, deadline: .after(.seconds(5))))
        var room = [UInt8](repeating: 0, count: 16)
        let received = room.withUnsafeMutableBytes { Socket.receive(into: $0, from: server.raw) }
        #expect(received == .bytes(5))
        #expect(room.prefix(5) == Array("hello".utf8)[...])
    }

    @Test("A unix socket's file has the mode asked for")
    func mode() throws {
        try withFolder { folder in
            let listener = try Socket.listen(at: .unix(path: folder + "/s"), mode: 0o600)
            let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/s")
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
            try exchange(.unix(path: folder + "/s"), listener)
        }
    }

    @Test("Paths and names longer than the address holds work")
    func longPath() throws {
        try withFolder { folder in
            let deep = folder + "/" + String(repeating: "d", count: 120)
            try FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: true)
            for name in ["s", String(repeating: "n", count: 200)] {
                let listener = try Socket.listen(at: .unix(path: deep + "/" + name))
                try exchange(.unix(path: deep + "/" + name), listener)
                #expect(try FileManager.default.contentsOfDirectory(atPath: deep).contains(name))
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: deep).count == 2)
        }
    }

    @Test("A file left behind by a dead listener is replaced, a living one is not")
    func abandoned() throws {
        try withFolder { folder in
            let address = SocketAddress.unix(path: folder + "/s")
            do { _ = try Socket.listen(at: address) }
            #expect(Socket.isAbandoned(folder + "/s"))
            let listener = try Socket.listen(at: address)
            #expect(!Socket.isAbandoned(folder + "/s"))
            let error = #expect(throws: VMError.self) { _ = try Socket.listen(at: address) }
            #expect(error?.code == .busy)
            #expect(listener.raw >= 0)
        }
    }

    @Test("Something that is no socket is not replaced")
    func plainFile() throws {
        try withFolder { folder in
            #expect(FileManager.default.createFile(atPath: folder + "/f", contents: Data("x".utf8)))
            #expect(throws: VMError.self) { _ = try Socket.listen(at: .unix(path: folder + "/f")) }
            #expect(FileManager.default.fileExists(atPath: folder + "/f"))
        }
    }

    @Test("Connecting to nobody says so")
    func refused() throws {
        try withFolder { folder in
            let error = #expect(throws: VMError.self) {
                _ = try Socket.connect(to: .unix(path: folder + "/none"), deadline: .after(.seconds(1)))
            }
            #expect(error?.code == .connection)
            #expect(error?.message.contains("\(folder)/none: No such file or directory") == true)
        }
    }

    @Test("A full queue ends at the deadline")
    func fullQueue() throws {
        try withFolder { folder in
            let address = SocketAddress.unix(path: folder + "/s")
            let listener = try Socket.listen(at: address, backlog: 0)
            let first = try Socket.connect(to: address, deadline: .after(.seconds(1)))
            let error = #expect(throws: VMError.self) {
                _ = try Socket.connect(to: address, deadline: .after(.milliseconds(100)))
            }
            #expect(error?.code == .timeout)
            #expect(first.raw != listener.raw)
        }
    }

    @Test("TCP over IPv4 and localhost, with a port the kernel chose")
    func tcp() throws {
        let listener = try Socket.listen(at: .tcp(host: "127.0.0.1", port: 0))
        let port = try #require(UInt16(exactly: Socket.port(of: listener.raw)))
        #expect(port != 0)
        try exchange(.tcp(host: "127.0.0.1", port: port), listener)
        try exchange(.tcp(host: "localhost", port: port), listener)
    }

    @Test("Abstract names")
    func abstract() throws {
        let address = SocketAddress.abstract(name: "vmctl-test-\(UInt64.random(in: 0 ... .max))")
        let listener = try Socket.listen(at: address)
        try exchange(address, listener)
    }

    @Test("Descriptors travel, and the peer is known")
    func descriptors() throws {
        let pair = try Socket.pair()
        let cargo = try Socket.pair()
        let sent = Socket.send([1], 0..<1, descriptors: [cargo.first.raw, cargo.second.raw], to: pair.first.raw)
        #expect(sent == .bytes(1))
        var received: [Int32] = []
        var room = [UInt8](repeating: 0, count: 4)
        let result = room.withUnsafeMutableBytes {
            Socket.receive(into: $0, descriptors: &received, from: pair.second.raw)
        }
        #expect(result == .bytes(1))
        #expect(received.count == 2)
        for descriptor in received {
            #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
            close(descriptor)
        }
        #expect(try Socket.peer(of: pair.first.raw).processID == getpid())
        #expect(try Socket.peer(of: pair.first.raw).userID == getuid())
    }

    @Test("The end of a stream, and an empty one")
    func ends() throws {
        let pair = try Socket.pair()
        var room = [UInt8](repeating: 0, count: 4)
        #expect(room.withUnsafeMutableBytes { Socket.receive(into: $0, from: pair.second.raw) } == .wouldBlock)
        Socket.finishSending(pair.first.raw)
        #expect(room.withUnsafeMutableBytes { Socket.receive(into: $0, from: pair.second.raw) } == .end)
    }

    @Test(
        "Addresses are read and printed",
        arguments: [
            ("/run/x.sock", SocketAddress.unix(path: "/run/x.sock")),
            ("tcp:127.0.0.1:4444", .tcp(host: "127.0.0.1", port: 4444)),
            ("tcp:[::1]:4444", .tcp(host: "::1", port: 4444)), ("vsock:3:1024", .vsock(cid: 3, port: 1024)),
            ("abstract:name", .abstract(name: "name")),
        ])
    func addresses(text: String, address: SocketAddress) throws {
        #expect(try SocketAddress(parsing: text) == address)
        #expect(address.description == text)
    }

    @Test(
        "Wrong addresses are refused", arguments: ["", "tcp:host", "tcp:host:99999", "tcp:host:", "vsock:1", "unix:"])
    func wrongAddresses(text: String) {
        #expect(throws: VMError.self) { try SocketAddress(parsing: text) }
    }
}
