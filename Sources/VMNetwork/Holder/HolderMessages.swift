internal import Glibc
package import VMCore
package import VMDomain
package import VMJSON

/// What a network's process is asked for: a line of JSON each way, on a connection of its own. Open files come with the
/// answer.
package enum HolderMessages {
    /// The longest line.
    private static let limit = 4 << 20

    /// Asks the process of a network.
    ///
    /// - Returns: its answer and the open files, which the caller closes.
    /// - Throws: the process's own error; `connection` when it isn't there; `timeout`.
    package static func ask(
        _ folder: HolderFolder, _ request: JSONObject, deadline: Deadline
    ) throws(VMError) -> (answer: JSONValue, files: [Int32]) {
        let socket = try Socket.connect(to: .unix(path: folder.socket), deadline: deadline)
        Socket.setNonBlocking(socket.raw)
        try send(request, to: socket.raw, deadline: deadline)
        var files: [Int32] = []
        do throws(VMError) {
            let answer = try receive(from: socket.raw, files: &files, deadline: deadline)
            if let message = answer["error"]?.string {
                let kind = answer["libvirt"]
                let numbers = [kind?[0], kind?[1]].compactMap { $0?.int64.flatMap { Int32(exactly: $0) } }
                throw VMError(
                    VMError.Code(named: answer["code"]?.string ?? "") ?? .io, message,
                    remedy: (answer["remedy"]?.string).map { Remedy($0) },
                    libvirt: numbers.count == 2
                        ? LibvirtError(.init(rawValue: numbers[1]), in: .init(rawValue: numbers[0])) : nil)
            }
            return (answer, files)
        } catch {
            for file in files { close(file) }
            throw error
        }
    }

    /// Has a network's process end, with all that it has made.
    package static func stop(_ folder: HolderFolder, deadline: Deadline) throws(VMError) {
        _ = try ask(folder, ["stop": true], deadline: deadline)
    }

    /// Has a network's process go by another document and another configuration of dnsmasq.
    package static func update(
        _ folder: HolderFolder, active: String, dnsmasq: String?, deadline: Deadline
    ) throws(VMError) {
        var update: JSONObject = ["active": .string(active)]
        update["dnsmasq"] = dnsmasq.map { .string($0) }
        _ = try ask(folder, ["update": .object(update)], deadline: deadline)
    }

    /// Has ports of the host lead to a guest's device, and others no longer.
    package static func forward(
        _ folder: HolderFolder, device: String, mac: MACAddress?, add: [ForwardedPort] = [],
        remove: [ForwardedPort] = [], deadline: Deadline
    ) throws(VMError) {
        var order: JSONObject = [
            "device": .string(device), "add": .array(add.map { .object($0.json) }),
            "remove": .array(remove.map { .object($0.json) }),
        ]
        order["mac"] = mac.map { .string("\($0)") }
        _ = try ask(folder, ["forward": .object(order)], deadline: deadline)
    }

    /// Gives a guest's device other limits of what it carries; nil takes them away.
    package static func limit(
        _ folder: HolderFolder, device: String, mac: MACAddress?, _ limits: TrafficLimits?, deadline: Deadline
    ) throws(VMError) {
        var order: JSONObject = ["device": .string(device)]
        order["mac"] = mac.map { .string("\($0)") }
        order["limits"] = limits.map { .object($0.json) }
        _ = try ask(folder, ["limit": .object(order)], deadline: deadline)
    }

    /// The ports of the host that lead to guests, after those of guests that are gone were given up: where each leads, and
    /// whether the network has it still, which another program may have got meanwhile.
    package static func forwards(
        _ folder: HolderFolder, deadline: Deadline
    ) throws(VMError) -> [(device: String, port: ForwardedPort, guest: String?, isHeld: Bool)] {
        let answer = try ask(folder, ["forwards": true], deadline: deadline).answer
        return (answer["forwards"]?.array ?? []).compactMap { entry in
            guard let port = ForwardedPort(json: entry), let device = entry["device"]?.string else { return nil }
            return (device, port, entry["guest_address"]?.string, entry["held"]?.bool ?? true)
        }
    }

    static func send(
        _ message: JSONObject, files: [Int32] = [], to socket: Int32, deadline: Deadline
    ) throws(VMError) {
        let line = Array((message.description + "\n").utf8)
        var sent = 0
        while sent < line.count {
            switch Socket.send(line, sent..<line.count, descriptors: sent == 0 ? files : [], to: socket) {
            case .bytes(let count): sent += count
            case .failed(let code):
                throw .system("cannot speak with the network's process", errno: code, as: .connection)
            case .wouldBlock:
                guard try Socket.wait(for: socket, .writable, deadline: deadline) else { throw tooLate() }
            }
        }
    }

    static func receive(
        from socket: Int32, files: inout [Int32], deadline: Deadline
    ) throws(VMError) -> JSONValue {
        var bytes: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 65_536)
        while bytes.last != UInt8(ascii: "\n") {
            guard bytes.count < limit else {
                throw VMError(.protocolViolation, "a message about a network is longer than any is")
            }
            guard try Socket.wait(for: socket, .readable, deadline: deadline) else { throw tooLate() }
            let received = room.withUnsafeMutableBytes { Socket.receive(into: $0, descriptors: &files, from: socket) }
            switch received {
            case .bytes(let count): bytes += room[..<count]
            case .wouldBlock: continue
            case .end: throw VMError(.connection, "the network's process ended while it was asked")
            case .failed(let code):
                throw .system("cannot speak with the network's process", errno: code, as: .connection)
            }
        }
        return try JSONParser.parse(bytes)
    }

    private static func tooLate() -> VMError { VMError(.timeout, "the network's process did not answer in time") }
}
