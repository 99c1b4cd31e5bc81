internal import QEMULauncher
package import VMCore
package import VMDomain
internal import VMXML

/// Ports of the host that lead into the guest.
extension Domain {
    /// The place of the card that ports are passed on to: the one that is named, or the only one that is fit for it.
    ///
    /// - Parameter ports: when they are to be given up, the card that has them is meant.
    package func forwardingInterface(
        _ name: String?, removing ports: [ForwardedPort] = []
    ) throws(VMError) -> Int {
        if let name {
            let index = try interface(name)
            guard devices.interfaces[index].forwardsPorts else {
                throw VMError(
                    .unsupported,
                    "an interface of type '\(devices.interfaces[index].type.rawValue)' forwards no ports of the host",
                    remedy: "its guest is reached at its own address; types user and network forward ports")
            }
            return index
        }
        let fit = devices.interfaces.indices.filter { devices.interfaces[$0].forwardsPorts }
        if let only = fit.first, fit.count == 1 { return only }
        guard !fit.isEmpty else {
            throw VMError(
                .unsupported, "the machine has no interface that forwards ports of the host",
                remedy: "give it an <interface type='user'> or <interface type='network'>")
        }
        let having = fit.filter { index in
            let all = (try? ForwardedPort.all(of: devices.interfaces[index])) ?? []
            return !ports.isEmpty && ports.allSatisfy { all.contains($0) }
        }
        if let only = having.first, having.count == 1 { return only }
        let names = fit.compactMap { devices.interfaces[$0].mac?.address.map { "\($0)" } }
        throw VMError(
            .invalidArgument, "the machine has several interfaces that forward ports",
            remedy: "name one with \(option: "interface"): \(names.joined(separator: ", "))")
    }

    /// Has a card pass ports on, or no longer.
    ///
    /// - Throws: `exists` for a port that the machine has already; `not-found` for one that it hasn't.
    mutating func forward(_ ports: [ForwardedPort], interface name: String?, isRemoved: Bool) throws(VMError) {
        let index = try forwardingInterface(name, removing: isRemoved ? ports : [])
        for port in ports {
            if isRemoved {
                try devices.interfaces[index].stopForwarding(port)
            } else {
                for card in devices.interfaces {
                    let taken = ((try? ForwardedPort.all(of: card)) ?? []).first { $0.collides(with: port) }
                    guard let taken else { continue }
                    throw VMError(
                        .exists,
                        "\(port.proto.rawValue) port \(port.port) of the host leads to port \(taken.guestPort) of this machine "
                            + "already", remedy: "give it up with \(option: "remove") first")
                }
                devices.interfaces[index].startForwarding(port)
            }
        }
        // What can't be had together with what is there is told now, not at the next start.
        if !isRemoved, devices.interfaces[index].backend?.type != .passt {
            _ = try ForwardedPort.all(of: devices.interfaces[index])
        }
    }
}

extension Interface {
    /// Whether ports of the host can lead to the card.
    package var forwardsPorts: Bool {
        type == .user || type == .network || type == .vhostuser && backend?.type == .passt
    }

    fileprivate mutating func startForwarding(_ port: ForwardedPort) {
        var range = PortForward.Range()
        range.start = port.port
        if port.guestPort != port.port { range.to = port.guestPort }
        let home = portForwards.firstIndex { forward in
            // One without a range is about all ports.
            forward.proto == port.proto && forward.dev == nil && (forward.address ?? "") == port.address
                && forward.ranges.contains { $0.exclude != .yes }
                && !forward.ranges.contains { $0.exclude == .yes && $0.holds(port.port) }
        }
        if let home { return portForwards[home].ranges.append(range) }
        var forward = PortForward()
        forward.proto = port.proto
        forward.address = port.address.isEmpty ? nil : port.address
        forward.ranges = [range]
        portForwards.append(forward)
    }

    fileprivate mutating func stopForwarding(_ port: ForwardedPort) throws(VMError) {
        for place in portForwards.indices {
            let forward = portForwards[place]
            let address = forward.address ?? (forward.dev == "lo" ? "127.0.0.1" : "")
            guard forward.proto == port.proto, (address == "0.0.0.0" ? "" : address) == port.address else { continue }
            guard let index = forward.ranges.firstIndex(where: { $0.leads(port.port, to: port.guestPort) }) else {
                continue
            }
            portForwards[place].ranges.replaceSubrange(index...index, with: forward.ranges[index].without(port.port))
            if !portForwards[place].ranges.contains(where: { $0.exclude != .yes }) { portForwards.remove(at: place) }
            return
        }
        throw VMError(
            .notFound,
            "\(port.proto.rawValue) port \(port.port) of the host"
                + (port.address.isEmpty ? "" : ", address \(port.address),")
                + " does not lead to port \(port.guestPort) of this machine",
            remedy: "\(command: "forward") without a port lists those that do")
    }
}

extension PortForward.Range {
    fileprivate func holds(_ port: UInt16) -> Bool { start.map { port >= $0 && port <= last } ?? false }

    private var last: UInt16 { max(end ?? start ?? 0, start ?? 0) }

    fileprivate func leads(_ port: UInt16, to guest: UInt16) -> Bool {
        guard let start, exclude != .yes, port >= start, port <= last else { return false }
        return UInt32(to ?? start) + UInt32(port - start) == UInt32(guest)
    }

    /// What is left of the range without one of its ports.
    fileprivate func without(_ port: UInt16) -> [PortForward.Range] {
        guard let start else { return [] }
        var parts: [PortForward.Range] = []
        if port > start {
            var before = self
            before.end = port - 1 > start ? port - 1 : nil
            parts.append(before)
        }
        if port < last {
            var behind = self
            let (guest, isBeyond) = (to ?? start).addingReportingOverflow(port - start + 1)
            behind.start = port + 1
            behind.end = last > port + 1 ? last : nil
            behind.to = isBeyond || guest == port + 1 ? nil : guest
            parts.append(behind)
        }
        return parts
    }
}
