public import VMCore

/// What the guest has received and sent over one card, `virDomainInterfaceStats`.
public struct InterfaceCounters: Sendable, Hashable {
    /// The card's device on the host.
    public var device: String
    public var received: DomainStatistics.Interface.Counters
    public var sent: DomainStatistics.Interface.Counters

    /// By virsh's names, in virsh's order.
    public var parameters: [TypedParameter] {
        [("rx", received), ("tx", sent)].flatMap { direction, counters in
            [
                ("\(direction)_bytes", counters.bytes), ("\(direction)_packets", counters.packets),
                ("\(direction)_errs", counters.errors), ("\(direction)_drop", counters.drops),
            ].map { TypedParameter($0.0, .llong(Int64(clamping: $0.1))) }
        }
    }
}

extension VMManager {
    /// What has gone over a running machine's card.
    ///
    /// - Parameter interface: the card's device on the host, or its MAC address.
    /// - Throws: `not-found` for a card that it hasn't got, `unsupported` for one without a device on the host.
    public func interfaceCounters(_ key: String, interface: String) throws(VMError) -> InterfaceCounters {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.interfaceCounters(machine, interface: interface)
        }
    }

    func interfaceCounters(_ machine: Machine, interface: String) async throws(VMError) -> InterfaceCounters {
        let statistics = try await runningStatistics(of: machine, .interface)
        let card = statistics.interfaces.first {
            $0.target == interface || $0.mac?.lowercased() == interface.lowercased()
        }
        guard let card else {
            throw VMError(
                .notFound, "invalid argument: '\(interface)' is not a known interface",
                remedy: "see \(command: "domiflist", machine.name)")
        }
        guard let device = card.target, let received = card.received, let sent = card.sent else {
            throw VMError(
                .unsupported, "nobody counts what goes over this interface",
                remedy: "only interfaces with a device on the host have counters")
        }
        return InterfaceCounters(device: device, received: received, sent: sent)
    }
}
