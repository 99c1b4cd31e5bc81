import Testing
import VMCore

@Suite("Socket addresses")
struct SocketAddressTests {
    @Test(
        "Every form is read, and printed so that it is read again",
        arguments: [
            ("/run/a b:c", SocketAddress.unix(path: "/run/a b:c"), "/run/a b:c"),
            ("unix:tcp:1", .unix(path: "tcp:1"), "tcp:1"),
            ("abstract:vm", .abstract(name: "vm"), "abstract:vm"),
            ("tcp:localhost:4444", .tcp(host: "localhost", port: 4444), "tcp:localhost:4444"),
            ("tcp::65535", .tcp(host: "localhost", port: 65535), "tcp:localhost:65535"),
            ("tcp:[::1]:0", .tcp(host: "::1", port: 0), "tcp:[::1]:0"),
            ("tcp:::1:7", .tcp(host: "::1", port: 7), "tcp:[::1]:7"),
            ("vsock:3:4294967295", .vsock(cid: 3, port: .max), "vsock:3:4294967295"),
        ])
    func reading(text: String, address: SocketAddress, printed: String) throws {
        #expect(try SocketAddress(parsing: text) == address)
        #expect(address.description == printed)
    }

    @Test(
        "What is none is refused",
        arguments: [
            "", "unix:", "abstract:", "tcp:", "tcp:host", "tcp:host:", "tcp:host:65536", "tcp:host:-1", "vsock:3",
            "vsock:3:4:5", "vsock:x:1", "vsock:3:4294967296", "a\0b",
        ])
    func refusing(text: String) {
        #expect(throws: VMError.self) { try SocketAddress(parsing: text) }
    }
}
