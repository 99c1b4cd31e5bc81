public import VMCore
internal import VMXML

/// A port of the host that is passed on to a guest: by QEMU's own user networking, or by the process of a network.
public struct ForwardedPort: Sendable, Hashable {
    /// How many an interface may have.
    package static let limit = 4096

    public typealias Transport = PortForward.`Protocol`

    public var proto: Transport
    /// The host's address; empty for all.
    public var address: String
    public var port: UInt16
    public var guestPort: UInt16

    public init(_ proto: Transport, _ port: UInt16, to guestPort: UInt16) {
        self.init(proto, "", port, to: guestPort)
    }

    public init(_ proto: Transport, _ address: String, _ port: UInt16, to guestPort: UInt16) {
        self.proto = proto
        self.address = address
        self.port = port
        self.guestPort = guestPort
    }

    /// One rule of `hostfwd`.
    package var rule: String { "\(proto.rawValue):\(address):\(port)-:\(guestPort)" }

    /// Whether both want the same port of the host.
    package func collides(with other: ForwardedPort) -> Bool {
        proto == other.proto && port == other.port
            && (address == other.address || address.isEmpty || other.address.isEmpty)
    }

    /// One for each port of each range of `<portForward>`.
    ///
    /// - Throws: `unsupported` for what QEMU's user networking, or a network, can't do; `invalid-argument` for a port of the
    ///   guest beyond 65535 and for a port of the host that is passed on twice.
    public static func all(of interface: Interface) throws(VMError) -> [ForwardedPort] {
        var ports: [ForwardedPort] = []
        for forward in interface.portForwards {
            let address = try address(of: forward, interface)
            if !forward.ranges.contains(where: { $0.exclude != .yes }) {
                throw VMError(
                    .unsupported, "\(way(interface)) forwards ports that are named, not all of the host's",
                    remedy: "name them with <range start='…'/>, or use <backend type='passt'/>")
            }
            let excluded = forward.ranges.filter { $0.exclude == .yes }
            for range in forward.ranges where range.exclude != .yes {
                guard let start = range.start else { continue }
                guard start > 0, range.to != 0 else {
                    throw VMError(
                        .invalidArgument, "there is no port 0 that could be passed on",
                        remedy: "ports are numbers from 1 to 65535")
                }
                for port in start...max(range.end ?? start, start) where !excluded.contains(where: { $0.holds(port) }) {
                    let (guest, isBeyond) = (range.to ?? start).addingReportingOverflow(port - start)
                    if isBeyond {
                        throw VMError(
                            .invalidArgument,
                            "port \(port) of the host can't be passed on to port \(Int(range.to ?? start) + Int(port - start))"
                                + " of the guest: there is none beyond 65535",
                            remedy: "make the range shorter, or let 'to' begin lower")
                    }
                    ports.append(ForwardedPort(forward.proto ?? .tcp, address, port, to: guest))
                    guard ports.count <= limit else {
                        throw VMError(
                            .unsupported, "an interface forwards more than \(limit) ports",
                            remedy: "use <backend type='passt'/>, which forwards ranges")
                    }
                }
            }
        }
        try checkOverlaps(ports)
        return ports
    }

    /// What passes the ports of an interface on.
    private static func way(_ interface: Interface) -> String {
        interface.type == .network ? "a virtual network" : "QEMU's user networking"
    }

    /// The address that a rule is for. Neither QEMU's user networking nor slirp4netns binds devices, or addresses of IPv6.
    private static func address(of forward: PortForward, _ interface: Interface) throws(VMError) -> String {
        let address = forward.address ?? ""
        if address.contains(":") {
            throw VMError(
                .unsupported, "\(way(interface)) forwards no ports of IPv6 addresses such as '\(address)'",
                remedy: "use <backend type='passt'/>")
        }
        if !address.isEmpty, IPAddress(address) == nil {
            throw VMError(
                .invalidArgument, "'\(address)' is no address whose ports could be forwarded",
                remedy: "give an address of the host's in numbers, such as 127.0.0.1")
        }
        switch forward.dev {
        case nil: return address == "0.0.0.0" ? "" : address
        case "lo" where address.isEmpty: return "127.0.0.1"
        case "lo" where address.hasPrefix("127."): return address
        case let device?:
            throw VMError(
                .unsupported, "\(way(interface)) can't tell device '\(device)' from others when it forwards ports",
                remedy: "give its address in address='…', or use <backend type='passt'/>")
        }
    }

    private static func checkOverlaps(_ ports: [ForwardedPort]) throws(VMError) {
        var seen: [String: [ForwardedPort]] = [:]
        for port in ports {
            let key = "\(port.proto.rawValue) \(port.port)"
            let others = seen[key] ?? []
            if others.contains(where: { $0.collides(with: port) }) {
                throw VMError(
                    .invalidArgument, "\(port.proto.rawValue) port \(port.port) of the host is passed on twice",
                    remedy: "leave one of the two out, or give them different addresses")
            }
            seen[key] = others + [port]
        }
    }
}

extension PortForward.Range {
    fileprivate func holds(_ port: UInt16) -> Bool {
        guard let start else { return false }
        return port >= start && port <= max(end ?? start, start)
    }
}
