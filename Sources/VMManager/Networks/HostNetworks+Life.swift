public import VMCore
internal import VMDomain
public import VMNetwork
public import VMXML

/// What becomes of networks: defined, started, changed, stopped, undefined.
extension HostNetworks {
    private func turn() throws(VMError) -> FileLock { try store.takeTurn(until: .after(patience)) }

    // MARK: Definitions

    /// Stores a network.
    ///
    /// - Throws: `invalid-xml` with diagnostics; `exists` when name, UUID or bridge are another network's.
    @discardableResult
    public func define(
        _ document: [UInt8], file: String = "-", options: XMLReadOptions = .strict
    ) throws(VMError) -> NetworkRecord {
        let document = try Network.checked(document, file: file, options: options)
        let turn = try turn()
        defer { withExtendedLifetime(turn) {} }
        let (network, _) = try store.define(document)
        record(.defined, network)
        return network
    }

    /// Removes a network's definition. An active one goes on until it is stopped.
    @discardableResult
    public func undefine(_ network: NetworkRecord) throws(VMError) -> NetworkRecord {
        let turn = try turn()
        defer { withExtendedLifetime(turn) {} }
        let network = try store.undefine(network.uuid)
        record(.undefined, network)
        return network
    }

    /// Marks a network to be started with the host, or takes the mark away.
    @discardableResult
    public func setAutostart(_ network: NetworkRecord, _ isWanted: Bool) throws(VMError) -> NetworkRecord {
        let turn = try turn()
        defer { withExtendedLifetime(turn) {} }
        return try store.setAutostart(network.uuid, isWanted)
    }

    // MARK: Life

    /// Starts a network that isn't stored.
    @discardableResult
    public func create(
        _ document: [UInt8], file: String = "-", options: XMLReadOptions = .strict
    ) async throws(VMError) -> NetworkRecord {
        let document = try Network.checked(document, file: file, options: options)
        let turn = try turn()
        defer { withExtendedLifetime(turn) {} }
        let network = try store.identified(document)
        if let uuid = network.uuid, let known = try store.find(uuid: uuid), known.isActive {
            throw VMError(
                .exists, "operation failed: network is already active as '\(known.name)'",
                libvirt: LibvirtError(.operationFailed, in: .network))
        }
        return try await begin(network)
    }

    /// Starts a stored network.
    @discardableResult
    public func start(_ network: NetworkRecord) async throws(VMError) -> NetworkRecord {
        let turn = try turn()
        defer { withExtendedLifetime(turn) {} }
        let known = try store.get(network.uuid)
        if known.isActive { throw .wrongNetworkState("network is already active") }
        guard var document = known.stored else {
            throw VMError(.invalidXML, known.problem ?? "network '\(known.name)' has no definition")
        }
        document.name = known.name
        document.uuid = known.uuid
        return try await begin(try store.identified(document))
    }

    private func begin(_ network: Network) async throws(VMError) -> NetworkRecord {
        let store = store
        let uuid = network.uuid ?? .random()
        var session = UUID.random()
        if network.isServed {
            let isApart = Self.areApart
            if !isApart { try checkHost(network) }
            let folder = store.active.holder(of: uuid)
            try Folders.make(folder.path)
            try Folders.make(manager.paths.logs)
            guard let lock = try FileLock.take(folder.lock, until: .after(.seconds(5))) else {
                throw .wrongNetworkState("network is already active")
            }
            // Guests that still have devices of an earlier run are ports of this one.
            let left = isApart ? HolderRecord.left(in: folder) : nil
            session = left?.session ?? session
            var plan = try NetworkPlanner(network, isApart: isApart)
                .plan(session: session, in: store.active, log: logPath(of: uuid))
            plan.pin = left?.pin
            try await manager.runHolder(plan, lock: lock, deadline: .after(patience))
            reconnect(network, folder)
        } else {
            try checkForeign(network)
            try store.active.write(ActiveNetworks.text(network, session: session), of: uuid)
        }
        let record = try store.get(uuid)
        self.record(.started, record)
        return record
    }

    /// Refuses a network of devices that aren't the network's own where those aren't there, or can't be had.
    private func checkForeign(_ network: Network) throws(VMError) {
        let name = network.name ?? ""
        if network.virtualPort != nil {
            throw .networkUnsupported(
                "<virtualport> needs Open vSwitch or a switch that speaks 802.1Qbg, which network '\(name)' does not use",
                remedy: "leave it out")
        }
        if network.sharing != nil {
            if Self.areApart {
                throw .networkUnsupported(
                    "the devices of network '\(name)' can be shared only by who may make network devices, which this user may "
                        + "not", remedy: "use one of the modes nat, route, open, or leave <forward> out")
            }
            let devices = network.sharedDevices
            guard !devices.isEmpty else {
                throw .networkUnsupported(
                    "network '\(name)' names no device of the host that guests could share",
                    remedy: "write <interface dev='…'/> into <forward>")
            }
            if let missing = devices.first(where: { !NetworkLink($0).exists }) {
                throw .networkFailure("the host has no device '\(missing)' for network '\(name)'")
            }
            return
        }
        guard network.forward?.mode == .bridge, let bridge = network.bridge?.name else {
            throw .networkUnsupported(
                "networks with forward mode '\(network.forward?.mode.rawValue ?? "none")' hand out PCI devices, which is not "
                    + "done here", remedy: "give each machine a <hostdev> of its own")
        }
        if !Self.areApart, !NetworkLink(bridge).isBridge {
            throw .networkFailure("there is no bridge '\(bridge)' for network '\(name)'")
        }
    }

    /// The file in which the programs of a network write what they say.
    public func logPath(of uuid: UUID) -> String { "\(manager.paths.logs)/network-\(uuid).log" }

    /// Refuses a network whose addresses the host uses otherwise.
    private func checkHost(_ network: Network) throws(VMError) {
        let routes = RouteTable.current().filter { $0.prefix > 0 && $0.device != network.bridge?.name }
        for ip in network.ips {
            guard let address = ip.ip, let prefix = ip.prefixLength else { continue }
            for route in routes where route.network.isIn(address, prefix: prefix) && route.prefix >= prefix {
                throw .networkFailure(
                    "Network is already in use by interface \(route.device)",
                    remedy: "give the network another <ip address='…'>")
            }
        }
    }

    /// Makes the devices of running machines ports of a network's bridge once more: they outlast it on the host itself.
    private func reconnect(_ network: Network, _ folder: HolderFolder) {
        guard !Self.areApart, let bridge = network.bridge?.name else { return }
        for state in (try? manager.activeStates()) ?? [] {
            guard let domain = try? manager.liveDomain(of: state) else { continue }
            for card in domain.devices.interfaces where card.type == .network && card.source.network == network.name {
                guard let device = card.target?.dev, NetworkLink(device).isTap else { continue }
                try? NetworkLink(device).attach(toBridge: bridge)
                if card.port?.isolated == .yes { try? NetworkLink(device).isolatePort() }
                if TrafficLimits(card.bandwidth)?.inbound?.floor ?? 0 > 0 {
                    try? HolderMessages.limit(
                        folder, device: device, mac: card.mac?.address, TrafficLimits(card.bandwidth),
                        deadline: .after(.seconds(10)))
                }
                let ports = (try? ForwardedPort.all(of: card)) ?? []
                if ports.isEmpty { continue }
                try? HolderMessages.forward(
                    folder, device: device, mac: card.mac?.address, add: ports, deadline: .after(.seconds(10)))
            }
        }
    }

    /// Stops a network. Machines that are connected to it stay, and lose what was behind their cards.
    @discardableResult
    public func stop(_ network: NetworkRecord) async throws(VMError) -> NetworkRecord {
        let turn = try turn()
        defer { withExtendedLifetime(turn) {} }
        let store = store
        let known = try store.get(network.uuid)
        guard let active = store.active.read(network.uuid) else { throw .inactive(network: known.name) }
        if active.network.isServed {
            let folder = store.active.holder(of: network.uuid)
            if folder.isHeld {
                // One that doesn't obey is ended below.
                try? await manager.labor(until: .after(patience)) { _ throws(VMError) in
                    try HolderMessages.stop(folder, deadline: .after(.seconds(20)))
                }
            }
            try await manager.labor(until: .after(patience)) { _ throws(VMError) in try HolderRecord.end(folder) }
        }
        try store.active.remove(network.uuid)
        store.active.removePorts(of: network.uuid)
        record(.stopped, known)
        return known
    }

    // MARK: Changes

    /// Changes a part of a network: of the stored document, of the active network, or of both.
    ///
    /// - Parameters:
    ///   - live: nil is what there is: the active network if it is that, else the stored one.
    public func update(
        _ network: NetworkRecord, _ update: NetworkUpdate, live: Bool = false, config: Bool = false
    ) async throws(VMError) {
        try await change(network, live: live, config: config) { document throws(VMError) in
            document = try document.updated(by: update)
        }
        record(.updated, network)
    }

    /// Changes a network's document by one function: the stored one, that of the active network, or both.
    func change(
        _ network: NetworkRecord, live: Bool, config: Bool, _ edit: (inout Network) throws(VMError) -> Void
    ) async throws(VMError) {
        let turn = try turn()
        defer { withExtendedLifetime(turn) {} }
        let store = store
        let known = try store.get(network.uuid)
        let changesLive = live || !config && known.isActive
        let changesStored = config || !live && !known.isActive
        if changesLive, !known.isActive { throw .inactive(network: known.name) }
        if changesStored, !known.isPersistent {
            throw .wrongNetworkState("cannot change persistent config of a transient network")
        }
        var stored = changesStored ? known.stored : nil
        if var new = stored {
            try edit(&new)
            stored = new
        }
        if changesLive, var new = known.live {
            try edit(&new)
            new.name = known.name
            new.uuid = known.uuid
            try await change(known, new)
        }
        if let stored { try store.store(stored, known) }
    }

    private func change(_ known: NetworkRecord, _ new: Network) async throws(VMError) {
        let store = store
        let text = ActiveNetworks.text(new, session: known.session ?? .random())
        guard new.isServed else { return try store.active.write(text, of: known.uuid) }
        let plan = try NetworkPlanner(new, isApart: Self.areApart)
            .plan(session: known.session ?? .random(), in: store.active, log: logPath(of: known.uuid))
        try await manager.labor(until: .after(patience)) { _ throws(VMError) in
            try HolderMessages.update(
                plan.folder, active: text, dnsmasq: plan.dnsmasq, deadline: .after(.seconds(30)))
        }
    }

    /// Starts every marked network that isn't active; one that fails doesn't keep the others back.
    func startMarked() async -> [FleetOutcome] {
        var outcomes: [FleetOutcome] = []
        for network in (try? networks(.autostart)) ?? [] {
            var outcome = FleetOutcome(name: network.name, result: .running)
            outcome.isNetwork = true
            if !network.isActive {
                do throws(VMError) {
                    try await start(network)
                    outcome.result = .started
                } catch {
                    outcome.result = .failed
                    outcome.error = error
                }
            }
            outcomes.append(outcome)
        }
        return outcomes
    }
}
