internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager

extension Verb {
    /// `forward NAME [SPEC …]`.
    static var forward: Verb {
        Verb(
            "forward", group: .devices, "have ports of the host lead to a guest, or list those that do",
            details: """
                A SPEC is [PROTOCOL:][ADDRESS:]PORT[:GUESTPORT], such as 2222:22, tcp:127.0.0.1:2222:22 or udp:5353: tcp unless
                told otherwise, all of the host's addresses (IPv4), and the same port of the guest. The card has to be of
                type user or network; in a network the guest is found by the address that it has got there, or that is
                reserved for it. A running passt takes no new ports: use --config. Addresses of IPv6, such as
                tcp:[::1]:2222:22, are passt's alone (<backend type='passt'/>).
                """,
            parameters: [
                .domain(), .rest("spec", "spec", "a port of the host and one of the guest", required: false),
                .flag("remove", "have the ports lead there no longer"),
                .option("interface", "string", "the card, by its MAC address", completion: .interface),
            ] + .scope + [.timeout], exclusive: .scope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            var ports: [ForwardedPort] = []
            for word in invocation.all("spec") { ports.append(try ForwardedPort(spec: word)) }
            guard !ports.isEmpty else {
                if invocation.flag("remove") {
                    throw VMError(.usage, "'--remove' needs the ports", remedy: "see them with 'vmctl forward \(key)'")
                }
                return list(try manager.forwards(key, inactive: invocation.flag("config")))
            }
            let scope = invocation.scope(standard: .current)
            let interface = invocation.value("interface")
            let timeout = try invocation.patience()
            if invocation.flag("remove") {
                try manager.stopForwarding(key, ports, interface: interface, scope: scope, timeout: timeout)
            } else {
                try manager.forward(key, ports, interface: interface, scope: scope, timeout: timeout)
            }
            let count = ports.count == 1 ? "Port" : "\(ports.count) ports"
            var value: JSONObject = ["name": .string(key)]
            value["ports"] = .array(ports.map { .object($0.value) })
            return Report(
                .message("\(count) \(invocation.flag("remove") ? "given up" : "forwarded") successfully"),
                value: .object(value), names: [key])
        }
    }

    private static func list(_ forwards: [HostForward]) -> Report {
        var table = TextTable(["Interface", "Type", "Host", "Guest", "State"])
        table.rows = forwards.map { forward in
            [
                forward.mac.map { "\($0)" } ?? "-", forward.way, forward.hostText,
                (forward.guestAddress.map { $0 + ":" } ?? "") + forward.guestText, forward.state.rawValue,
            ]
        }
        return Report(
            .table(table), value: .array(forwards.map { .object($0.value) }), names: forwards.map(\.hostText))
    }
}

extension ForwardedPort {
    /// `[PROTOCOL:][ADDRESS:]PORT[:GUESTPORT]`.
    init(spec: String) throws(VMError) {
        func odd(_ what: String) -> VMError {
            VMError(
                .usage, "'\(spec)' names no port to forward: \(what)",
                remedy: "write [PROTOCOL:][ADDRESS:]PORT[:GUESTPORT], such as tcp:127.0.0.1:2222:22")
        }
        // An address of IPv6 has colons of its own, and so stands in brackets.
        var (text, address, isVersion6) = (spec, "", false)
        if let open = spec.firstIndex(of: "["), let end = spec.lastIndex(of: "]"), open < end {
            let inside = spec[spec.index(after: open)..<end]
            let rest = spec[spec.index(after: end)...]
            guard let own = IPAddress(String(inside)), own.family == .ipv6, rest.first == ":",
                open == spec.startIndex || spec[..<open].last == ":"
            else { throw odd("'\(inside)' is no address of IPv6 before a port") }
            (text, address, isVersion6) = (String(spec[..<open] + rest.dropFirst()), "\(own)", true)
        }
        var words = text.split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
        if text.contains("[") || text.contains("]") || words.count > 4 {
            throw odd("an address of IPv6 stands in brackets")
        }
        var proto = ForwardedPort.Transport.tcp
        if let known = words.first.flatMap({ ForwardedPort.Transport(rawValue: $0) }) {
            proto = known
            words.removeFirst()
        }
        if !isVersion6, let first = words.first,
            first.isEmpty || first.contains(".") || first == "localhost" || first == "*"
        {
            words.removeFirst()
            let plain = first == "localhost" ? "127.0.0.1" : first == "*" || first == "0.0.0.0" ? "" : first
            guard plain.isEmpty || IPAddress(plain)?.family == .ipv4 else { throw odd("'\(first)' is no address") }
            address = plain
        }
        let numbers = words.map { UInt16($0).flatMap { $0 > 0 ? $0 : nil } }
        guard (1...2).contains(numbers.count), let port = numbers[0], let guest = numbers[numbers.count - 1] else {
            throw odd("ports are numbers from 1 to 65535")
        }
        self.init(proto, address, port, to: guest)
    }

    /// What programs are told of it.
    fileprivate var value: JSONObject {
        [
            "protocol": .string(proto.rawValue), "address": .string(address), "port": .integer(Int64(port)),
            "guest_port": .integer(Int64(guestPort)),
        ]
    }
}

extension HostForward {
    private func text(_ ports: ClosedRange<UInt16>) -> String {
        ports.count == 1 ? "\(ports.lowerBound)" : "\(ports.lowerBound)-\(ports.upperBound)"
    }

    /// `tcp:127.0.0.1:2222`.
    fileprivate var hostText: String {
        let place = (address.contains(":") ? "[\(address)]" : address) + (device.map { "%" + $0 } ?? "")
        return "\(proto.rawValue):" + (place.isEmpty ? "" : place + ":") + (ports.map(text) ?? "all")
    }

    fileprivate var guestText: String {
        guard let ports, let guestPort else { return "the same" }
        return text(guestPort...UInt16(clamping: Int(guestPort) + ports.count - 1))
    }

    /// What programs are told of it.
    fileprivate var value: JSONObject {
        var object: JSONObject = [
            "type": .string(way), "protocol": .string(proto.rawValue), "address": .string(address),
            "state": .string(state.rawValue),
        ]
        object["mac"] = mac.map { .string("\($0)") }
        object["device"] = device.map { .string($0) }
        object["port"] = ports.map { .integer(Int64($0.lowerBound)) }
        object["last_port"] = ports.map { .integer(Int64($0.upperBound)) }
        object["guest_port"] = guestPort.map { .integer(Int64($0)) }
        object["guest_address"] = guestAddress.map { .string($0) }
        return object
    }
}
