public import VMCore
public import VMDomain
internal import VMNetwork
internal import VMXML

/// Ports of the host that lead into a guest, in a row, as an interface of its definition has them.
public struct HostForward: Sendable, Hashable {
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// The domain doesn't run, or its stored definition was asked for.
        case stored
        /// Who connects to the port gets to the guest.
        case active
        /// The port is taken, and it isn't known yet where on its network the guest is.
        case waiting
        /// The machine's network isn't there any more, or was started anew without it.
        case lost
    }

    /// The card's address.
    public var mac: MACAddress?
    /// What passes the ports on: `user`, `network`, or passt for both types that use it.
    public var way: String
    public var proto: ForwardedPort.Transport
    /// The host's address; empty for all.
    public var address: String
    /// The host's device; nil for all.
    public var device: String?
    /// The host's ports; nil for all that are free.
    public var ports: ClosedRange<UInt16>?
    /// The guest's port for the first of them.
    public var guestPort: UInt16?
    /// Where on its network the guest is, as far as that is known.
    public var guestAddress: String?
    public var state: State
}

extension VMManager {
    /// Has ports of the host lead to a guest.
    ///
    /// - Parameter interface: the card; nil is the only one that is fit for it.
    /// - Throws: `busy` for a port that somebody has, with who; `exists` for one that leads to the guest already;
    ///   `unsupported` for a card of another type, and for a running passt, which takes no new ones.
    public func forward(
        _ key: String, _ ports: [ForwardedPort], interface: String? = nil, scope: ChangeScope = .current,
        timeout: Duration = patience
    ) throws(VMError) {
        try apply(.forward(ports, interface: interface, isRemoved: false), to: key, scope: scope, timeout: timeout)
    }

    /// Has ports of the host no longer lead to a guest. What goes over them goes on until one side ends it.
    ///
    /// - Throws: `not-found` for a port that doesn't lead to the guest.
    public func stopForwarding(
        _ key: String, _ ports: [ForwardedPort], interface: String? = nil, scope: ChangeScope = .current,
        timeout: Duration = patience
    ) throws(VMError) {
        try apply(.forward(ports, interface: interface, isRemoved: true), to: key, scope: scope, timeout: timeout)
    }

    /// The ports of the host that lead to a guest, or will when it is started.
    public func forwards(_ key: String, inactive: Bool = false) throws(VMError) -> [HostForward] {
        let machine = try find(key)
        let live = inactive ? nil : try liveDomain(machine)
        let domain: Domain
        if let live { domain = live } else { domain = try self.domain(key, inactive: true) }
        return domain.devices.interfaces.flatMap { card -> [HostForward] in
            let all = HostForward.all(of: card)
            return live == nil || all.isEmpty ? all : networks.judged(all, card)
        }
    }
}

extension HostForward {
    /// As the definition has them, ports that are left out left out.
    fileprivate static func all(of card: Interface) -> [HostForward] {
        guard card.type == .user || card.type == .network || card.backend?.type == .passt else { return [] }
        let way = card.backend?.type == .passt ? "passt" : card.type.rawValue
        return card.portForwards.flatMap { forward -> [HostForward] in
            let template = HostForward(
                mac: card.mac?.address, way: way, proto: forward.proto ?? .tcp, address: forward.address ?? "",
                device: forward.dev, ports: nil, guestPort: nil, guestAddress: nil, state: .stored)
            let ranges = forward.ranges.filter { $0.exclude != .yes }
            if ranges.isEmpty { return [template] }
            return ranges.flatMap { range in
                runs(of: range, forward).map { run in
                    var one = template
                    one.ports = run
                    let first = range.to ?? range.start ?? 0
                    one.guestPort = UInt16(clamping: Int(first) + Int(run.lowerBound) - Int(range.start ?? 0))
                    return one
                }
            }
        }
    }

    private static func runs(of range: PortForward.Range, _ forward: PortForward) -> [ClosedRange<UInt16>] {
        guard let start = range.start else { return [] }
        var runs: [ClosedRange<UInt16>] = []
        for port in start...max(range.end ?? start, start) {
            let isExcluded = forward.ranges.contains { other in
                guard other.exclude == .yes, let first = other.start else { return false }
                return (first...max(other.end ?? first, first)).contains(port)
            }
            if isExcluded { continue }
            if let last = runs.last, last.upperBound == port - 1, port > start {
                runs[runs.count - 1] = last.lowerBound...port
            } else {
                runs.append(port...port)
            }
        }
        return runs
    }
}

extension HostNetworks {
    /// What has become of a running machine's ports.
    fileprivate func judged(_ forwards: [HostForward], _ card: Interface) -> [HostForward] {
        guard card.type == .network else {
            return forwards.map { forward in
                var forward = forward
                forward.state = .active
                return forward
            }
        }
        let led = self.forwards(of: card)
        return forwards.map { forward in
            var forward = forward
            let own = led?.first { port, _, isHeld in
                let isSame =
                    port.proto == forward.proto && forward.ports?.contains(port.port) == true
                    && port.address == (forward.address == "0.0.0.0" ? "" : forward.address)
                let isOfLoopback =
                    forward.device == "lo" && port.address == "127.0.0.1" && forward.ports?.contains(port.port) == true
                return isHeld && (isSame || isOfLoopback)
            }
            forward.guestAddress = own?.guest
            forward.state = own == nil ? .lost : own?.guest == nil ? .waiting : .active
            return forward
        }
    }

    /// What the process of a card's network passes on to it; nil when there is none.
    private func forwards(of card: Interface) -> [(port: ForwardedPort, guest: String?, isHeld: Bool)]? {
        guard let name = card.source.network, let record = try? store.find(named: name), record.isActive,
            record.live?.isServed == true, let device = card.target?.dev
        else { return nil }
        let all = try? HolderMessages.forwards(store.active.holder(of: record.uuid), deadline: .after(.seconds(5)))
        return all?.filter { $0.device == device }.map { ($0.port, $0.guest, $0.isHeld) }
    }

    /// Has a network give up the ports of guests that are gone, which it does by itself a moment later.
    func giveUpDepartedPorts(_ name: String) {
        guard let record = try? store.find(named: name), record.isActive, record.live?.isServed == true else { return }
        _ = try? HolderMessages.forwards(store.active.holder(of: record.uuid), deadline: .after(.seconds(5)))
    }
}
