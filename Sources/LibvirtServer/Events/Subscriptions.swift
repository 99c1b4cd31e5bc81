internal import LibvirtWire
internal import Synchronization
internal import VMCore
internal import VMManager

/// What one client has registered for.
final class Subscriptions: Sendable {
    private enum Interest: Sendable {
        case domainEvent(DomainEventID, UUID?)
        case monitor(MonitorFilter)
        case pool(StoragePoolEventID, UUID?)
        case network(NetworkEventID, UUID?)
        case secret(SecretEventID, UUID?)
        /// Of objects of which nothing happens here.
        case nothing
    }

    private struct State {
        var lastID: Int32 = -1
        var interests: [Int32: Interest] = [:]
        /// Registrations without a number.
        var legacy: Set<DomainEventID> = []
    }

    /// How many registrations a client may have.
    private static let limit = 4096

    private let state = Mutex(State())

    var isEmpty: Bool { state.withLock { $0.interests.isEmpty && $0.legacy.isEmpty } }

    func removeAll() {
        state.withLock { state in
            state.interests = [:]
            state.legacy = []
        }
    }

    private func add(_ interest: Interest) throws(VMError) -> Int32 {
        let id: Int32? = state.withLock { state in
            guard state.interests.count < Self.limit, state.lastID < .max else { return nil }
            state.lastID += 1
            state.interests[state.lastID] = interest
            return state.lastID
        }
        guard let id else { throw VMError(.internalError, "too many registrations for events") }
        return id
    }

    func add(_ event: DomainEventID, of domain: UUID?) throws(VMError) -> Int32 {
        try add(.domainEvent(event, domain))
    }

    func add(_ filter: MonitorFilter) throws(VMError) -> Int32 { try add(.monitor(filter)) }

    func add(_ event: StoragePoolEventID, of pool: UUID?) throws(VMError) -> Int32 { try add(.pool(event, pool)) }

    func add(_ event: NetworkEventID, of network: UUID?) throws(VMError) -> Int32 { try add(.network(event, network)) }

    func add(_ event: SecretEventID, of secret: UUID?) throws(VMError) -> Int32 { try add(.secret(event, secret)) }

    func addNothing() throws(VMError) -> Int32 { try add(.nothing) }

    func remove(_ id: Int32) throws(VMError) {
        guard state.withLock({ $0.interests.removeValue(forKey: id) }) != nil else {
            throw VMError(
                .invalidArgument, "internal error: could not find event callback \(id) for deletion",
                libvirt: LibvirtError(.internalError, in: .rpc))
        }
    }

    func addLegacy(_ event: DomainEventID) throws(VMError) {
        guard state.withLock({ $0.legacy.insert(event).inserted }) else {
            throw VMError(.internalError, "domain event \(event.rawValue) already registered")
        }
    }

    func removeLegacy(_ event: DomainEventID) throws(VMError) {
        guard state.withLock({ $0.legacy.remove(event) }) != nil else {
            throw VMError(.internalError, "domain event \(event.rawValue) not registered")
        }
    }

    /// What the client is sent of an event.
    func packets(of messages: EventMessages) -> [RPCEvent] {
        let (interests, legacy) = state.withLock { state in
            (state.interests.sorted { $0.key < $1.key }, state.legacy)
        }
        var packets: [RPCEvent] = []
        for event in messages.events {
            for (id, interest) in interests {
                guard case .domainEvent(event.id, let uuid) = interest, uuid == nil || uuid == event.domain.uuid
                else { continue }
                if let packet = try? event.packet(for: id) { packets.append(packet) }
            }
            if legacy.contains(event.id), let packet = try? event.legacyPacket() { packets.append(packet) }
        }
        switch messages.object {
        case .pool(let change): packets += Self.packets(of: change, interests)
        case .network(let change): packets += Self.packets(of: change, interests)
        case .secret(let change): packets += Self.packets(of: change, interests)
        default: break
        }
        guard let message = messages.monitor else { return packets }
        for (id, interest) in interests {
            guard case .monitor(let filter) = interest, filter.accepts(message),
                let packet = try? RPCEvent(QEMU.domainMonitorEvent, Callback(id, message))
            else { continue }
            packets.append(packet)
        }
        return packets
    }

    private static func packets(
        of change: HostEvent.PoolChange, _ interests: [(key: Int32, value: Interest)]
    ) -> [RPCEvent] {
        interests.compactMap { id, interest in
            guard case .pool(let event, let uuid) = interest, uuid == nil || uuid == change.uuid else { return nil }
            let pool = StoragePoolReference(change)
            switch (event, change.libvirtLifecycle) {
            case (.lifecycle, let number?):
                var message = LifecycleMessage<StoragePoolReference>()
                message.object = pool
                message.event = number
                return try? RPCEvent(Remote.storagePoolEventLifecycle, Callback(id, message))
            case (.refresh, nil): return try? RPCEvent(Remote.storagePoolEventRefresh, Callback(id, pool))
            default: return nil
            }
        }
    }

    private static func packets(
        of change: HostEvent.SecretChange, _ interests: [(key: Int32, value: Interest)]
    ) -> [RPCEvent] {
        interests.compactMap { id, interest in
            guard case .secret(let event, let uuid) = interest, uuid == nil || uuid == change.uuid else { return nil }
            switch (event, change.libvirtLifecycle) {
            case (.lifecycle, let number?):
                var message = LifecycleMessage<SecretReference>()
                message.object = SecretReference(change)
                message.event = number
                return try? RPCEvent(Remote.secretEventLifecycle, Callback(id, message))
            case (.valueChanged, nil):
                return try? RPCEvent(Remote.secretEventValueChanged, Callback(id, SecretReference(change)))
            default: return nil
            }
        }
    }

    private static func packets(
        of change: HostEvent.NetworkChange, _ interests: [(key: Int32, value: Interest)]
    ) -> [RPCEvent] {
        interests.compactMap { id, interest in
            guard case .network(.lifecycle, let uuid) = interest, uuid == nil || uuid == change.uuid,
                let number = change.libvirtLifecycle
            else { return nil }
            var message = LifecycleMessage<NetworkReference>()
            message.object.name = change.name
            message.object.uuid = change.uuid
            message.event = number
            return try? RPCEvent(Remote.networkEventLifecycle, Callback(id, message))
        }
    }
}

extension StoragePoolReference {
    init(_ change: HostEvent.PoolChange) {
        self.init()
        name = change.name
        uuid = change.uuid
    }
}
