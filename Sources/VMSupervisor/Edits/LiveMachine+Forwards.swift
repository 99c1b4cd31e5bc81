internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMNetwork

/// Ports of the host that lead into the guest.
extension LiveMachine {
    func forward(_ ports: [ForwardedPort], _ name: String?, isRemoved: Bool, _ edit: DomainEdit) throws(VMError) {
        let card = domain.devices.interfaces[try domain.forwardingInterface(name, removing: isRemoved ? ports : [])]
        var next = domain
        try edit.apply(to: &next)
        guard card.backend?.type != .passt else {
            throw VMError(
                .unsupported, "passt takes its ports when it starts, and no other ones while the machine runs",
                remedy: "use \(option: "config"); it counts from the next start on")
        }
        guard card.type == .network else {
            let steps = ports.map { Hotplug.forward($0, of: card, isRemoved: isRemoved) }
            return try make(HotplugChange(steps: steps, domain: next))
        }
        let place = try port(of: card)
        func order(_ isRemoved: Bool) throws(VMError) {
            try HolderMessages.forward(
                place.folder, device: place.device, mac: card.mac?.address, add: isRemoved ? [] : ports,
                remove: isRemoved ? ports : [], deadline: deadline)
        }
        try order(isRemoved)
        do throws(VMError) {
            try make(HotplugChange(steps: [], domain: next))
        } catch {
            try? order(!isRemoved)
            throw error
        }
    }

    /// The process of a card's network, and the card's device there.
    private func port(of card: Interface) throws(VMError) -> (folder: HolderFolder, device: String) {
        let store = NetworkStore(plan.paths)
        let (record, network) = try store.network(of: card.source.network)
        guard network.isServed else {
            throw VMError(
                .unsupported, "network '\(record.name)' is a bridge of the host's, which passes no ports on",
                remedy: "reach the guest at its own address")
        }
        guard let device = card.target?.dev else { throw Self.notRunning }
        return (store.active.holder(of: record.uuid), device)
    }
}
