internal import Glibc
internal import VMCore
internal import VMDomain
internal import VMJSON

/// slirp4netns' own socket, at which it takes ports of the host and gives them up: a question and an answer in JSON on a
/// connection of its own.
struct UplinkPorts {
    private static let limit = 1 << 16

    let socket: String

    /// Has a port of the host lead to a port of an address in the namespace.
    ///
    /// - Returns: the number by which it is given up.
    func add(_ port: ForwardedPort, to address: IPAddress, _ inner: UInt16) throws(VMError) -> Int64 {
        let answer = try ask([
            "execute": "add_hostfwd",
            "arguments": [
                "proto": .string(port.proto.rawValue),
                "host_addr": .string(port.address.isEmpty ? "0.0.0.0" : port.address),
                "host_port": .integer(Int64(port.port)), "guest_addr": .string("\(address)"),
                "guest_port": .integer(Int64(inner)),
            ],
        ])
        guard let id = answer["return"]?["id"]?.int64 else {
            throw VMError(
                .busy,
                "\(port.proto.rawValue) port \(port.port) of \(port.address.isEmpty ? "the host" : port.address) can't be had",
                remedy: "see which program has it with 'ss -lntup'; users get ports from 1024 on")
        }
        return id
    }

    func remove(_ id: Int64) throws(VMError) {
        let answer = try ask(["execute": "remove_hostfwd", "arguments": ["id": .integer(id)]])
        if answer["return"] == nil { throw .networkFailure("slirp4netns did not give a port up") }
    }

    private func ask(_ question: JSONObject) throws(VMError) -> JSONValue {
        let deadline = Deadline.after(.seconds(5))
        let connection = try Socket.connect(to: .unix(path: socket), deadline: deadline)
        Socket.setNonBlocking(connection.raw)
        try HolderMessages.send(question, to: connection.raw, deadline: deadline)
        shutdown(connection.raw, Int32(SHUT_WR))
        var bytes: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 4096)
        var files: [Int32] = []
        defer { for file in files { close(file) } }
        while bytes.count < Self.limit {
            guard try Socket.wait(for: connection.raw, .readable, deadline: deadline) else {
                throw VMError(.timeout, "slirp4netns did not answer in time")
            }
            let received = room.withUnsafeMutableBytes {
                Socket.receive(into: $0, descriptors: &files, from: connection.raw)
            }
            switch received {
            case .bytes(let count): bytes += room[..<count]
            case .wouldBlock: continue
            case .end: return try JSONParser.parse(bytes)
            case .failed(let code):
                throw .system("cannot speak with slirp4netns", errno: code, as: .connection)
            }
        }
        throw VMError(.protocolViolation, "slirp4netns says more than there is to say")
    }
}
