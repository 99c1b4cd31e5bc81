internal import QEMULauncher
internal import VMCore
internal import VMJSON
internal import VMXML

/// A port of the host that an option of a planned command line has QEMU listen on, or bind to.
struct PlannedPort: Sendable, Hashable {
    enum Transport: String, Sendable { case tcp, udp }

    var transport: Transport
    /// Numeric, or a name; empty for all addresses.
    var host: String
    var port: UInt16
    /// For sentences: `forwarded port`.
    var what: String
    var origin: XMLOrigin?

    /// Whether somebody else has to listen there, on this host.
    var isConnection = false

    /// Whether two can't be had at once.
    func collides(with other: PlannedPort) -> Bool {
        transport == other.transport && port == other.port
            && (host == other.host || isForAll || other.isForAll)
    }

    private var isForAll: Bool { ["", "0.0.0.0", "::", "*"].contains(host) }

    /// All of a command line, in its order.
    static func all(in line: QEMULauncher.CommandLine) -> [PlannedPort] { line.options.flatMap { ports(of: $0) } }

    private static func ports(of option: QEMUOption) -> [PlannedPort] {
        func make(_ transport: Transport, _ host: String?, _ port: String?, _ what: String) -> [PlannedPort] {
            guard let number = port.flatMap({ UInt16($0) }), number > 0 else { return [] }
            return [
                PlannedPort(transport: transport, host: host ?? "", port: number, what: what, origin: option.origin)
            ]
        }
        func endpoint(_ key: String, _ transport: Transport, _ what: String) -> [PlannedPort] {
            guard let text = option[key]?.string, let colon = text.lastIndex(of: ":") else { return [] }
            return make(transport, unbracketed(text[..<colon]), String(text[text.index(after: colon)...]), what)
        }
        func number(_ key: String) -> String? { option[key]?.int.map { String($0) } ?? option[key]?.string }
        switch option.name {
        case .chardev:
            if option["backend"]?.string == "udp" {
                return make(.udp, option["localaddr"]?.string, number("localport"), "port")
            }
            guard option["backend"]?.string == "socket", option["path"] == nil else { return [] }
            var ports = make(.tcp, option["host"]?.string, number("port"), "port")
            if option["server"]?.bool == true { return ports }
            let isPatient = [option["reconnect"], option["reconnect-ms"]].contains { ($0?.int ?? 0) > 0 }
            ports.removeAll { _ in isPatient }
            return connections(ports)
        case .blockdev where option["driver"]?.string == "nbd":
            guard let server = option["server"], server["type"]?.string == "inet" else { return [] }
            let port = server["port"]?.string ?? server["port"]?.int.map { String($0) }
            return connections(make(.tcp, server["host"]?.string, port, "port"))
        case .netdev:
            return endpoint("listen", .tcp, "network port") + endpoint("localaddr", .udp, "network port")
                + (option["hostfwd"]?.array ?? []).flatMap { forward($0["str"]?.string ?? "", option.origin) }
        case .spice:
            let host = option["addr"]?.string
            return make(.tcp, host, number("port"), "SPICE port")
                + make(.tcp, host, number("tls-port"), "SPICE TLS port")
        case .vnc:
            guard let text = option["vnc"]?.string, !text.hasPrefix("unix:"), let colon = text.lastIndex(of: ":"),
                let display = UInt16(text[text.index(after: colon)...]), display <= UInt16.max - 5900
            else { return [] }
            let host = unbracketed(text[..<colon])
            return make(.tcp, host, String(display + 5900), "VNC port")
                + make(.tcp, host, number("websocket"), "VNC websocket port")
        default: return []
        }
    }

    /// Ports on which somebody has to listen. Who listens on other hosts can't be known without asking them.
    private static func connections(_ ports: [PlannedPort]) -> [PlannedPort] {
        ports.filter { ["127.0.0.1", "::1", "localhost"].contains($0.host) }.map { port in
            var port = port
            port.isConnection = true
            return port
        }
    }

    /// One rule of `hostfwd`: `tcp:127.0.0.1:2222-:22`.
    private static func forward(_ rule: String, _ origin: XMLOrigin?) -> [PlannedPort] {
        let parts = rule.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 3, let transport = Transport(rawValue: String(parts[0])),
            let port = UInt16(parts[2].prefix { $0 != "-" })
        else { return [] }
        return [
            PlannedPort(
                transport: transport, host: String(parts[1]), port: port, what: "forwarded port", origin: origin)
        ]
    }

    private static func unbracketed(_ host: Substring) -> String {
        host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : String(host)
    }
}
