public import VMCore
public import VMDomain
internal import VMXML

/// A port of the host that QEMU's own user networking passes on to the guest.
public struct ForwardedPort: Sendable, Hashable {
    /// How many an interface may have.
    static let limit = 4096

    public var proto: PortForward.`Protocol`
    /// The host's address; empty for all.
    public var address: String
    public var port: UInt16
    public var guestPort: UInt16

    /// One rule of `hostfwd`.
    var rule: String { "\(proto.rawValue):\(address):\(port)-:\(guestPort)" }

    /// One for each port of each range of `<portForward>`.
    ///
    /// - Throws: `unsupported` for what QEMU's user networking can't do; `invalid-argument` for a port of the guest beyond
    ///   65535 and for a port of the host that is passed on twice.
    public static func all(of interface: Interface) throws(VMError) -> [ForwardedPort] {
        var ports: [ForwardedPort] = []
        for forward in interface.portForwards {
            let address = try address(of: forward)
            let excluded = forward.ranges.filter { $0.exclude == .yes }
            for range in forward.ranges where range.exclude != .yes {
                guard let start = range.start else { continue }
                for port in start...max(range.end ?? start, start) where !excluded.contains(where: { $0.holds(port) }) {
                    let (guest, isBeyond) = (range.to ?? start).addingReportingOverflow(port - start)
                    if isBeyond {
                        throw VMError(
                            .invalidArgument,
                            "port \(port) of the host can't be passed on to port \(Int(range.to ?? start) + Int(port - start))"
                                + " of the guest: there is none beyond 65535",
                            remedy: "make the range shorter, or let 'to' begin lower")
                    }
                    ports.append(
                        ForwardedPort(proto: forward.proto ?? .tcp, address: address, port: port, guestPort: guest))
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

    /// The address that a rule is for. QEMU's user networking binds addresses, not devices, and none of IPv6.
    private static func address(of forward: PortForward) throws(VMError) -> String {
        let address = forward.address ?? ""
        if address.contains(":") {
            throw VMError(
                .unsupported, "QEMU's user networking forwards no ports of IPv6 addresses such as '\(address)'",
                remedy: "use <backend type='passt'/>")
        }
        switch forward.dev {
        case nil: return address
        case "lo" where address.isEmpty: return "127.0.0.1"
        case "lo" where address.hasPrefix("127."): return address
        case let device?:
            throw VMError(
                .unsupported, "QEMU's user networking can't tell device '\(device)' from others when it forwards ports",
                remedy: "give its address in address='…', or use <backend type='passt'/>")
        }
    }

    private static func checkOverlaps(_ ports: [ForwardedPort]) throws(VMError) {
        var seen: [String: [String]] = [:]
        for port in ports {
            let key = "\(port.proto.rawValue) \(port.port)"
            let others = seen[key] ?? []
            if others.contains(where: { $0 == port.address || $0.isEmpty || port.address.isEmpty }) {
                throw VMError(
                    .invalidArgument, "\(port.proto.rawValue) port \(port.port) of the host is passed on twice",
                    remedy: "leave one of the two out, or give them different addresses")
            }
            seen[key] = others + [port.address]
        }
    }
}

extension PortForward.Range {
    fileprivate func holds(_ port: UInt16) -> Bool {
        guard let start else { return false }
        return port >= start && port <= max(end ?? start, start)
    }
}
