internal import LibvirtWire
internal import Synchronization
internal import VMCore
internal import VMManager

/// A client's connection, as the functions that answer its calls see it.
final class Client: Sendable {
    let manager: VMManager
    /// What the client has registered for.
    let subscriptions = Subscriptions()
    /// The machines that end with the connection; nil when it has ended.
    private let leashed = Mutex<[UUID]?>([])

    init(_ manager: VMManager) { self.manager = manager }

    /// The machine of a reference, of which only the UUID counts.
    func machine(_ domain: DomainReference) -> VirtualMachine {
        manager.machine(uuid: domain.uuid, name: domain.name)
    }

    /// Runs a blocking call of the manager for a domain.
    func perform<Success: Sendable>(
        _ domain: DomainReference, _ operation: String,
        _ body: @escaping @Sendable (VMManager, String) throws(VMError) -> Success
    ) async throws(VMError) -> Success {
        try await machine(domain).perform(operation, body)
    }

    /// Does something with pools and volumes.
    func storage<Success: Sendable>(
        _ operation: String, _ body: @escaping @Sendable (HostStorage) async throws(VMError) -> Success
    ) async throws(VMError) -> Success {
        try await manager.storage.perform(operation, body)
    }

    /// The domain is destroyed when the client is gone: at once, when it has gone while the domain was started.
    func leash(_ uuid: UUID) async {
        let isThere = leashed.withLock { list in
            list?.append(uuid)
            return list != nil
        }
        if !isThere { await destroy(uuid) }
    }

    private func destroy(_ uuid: UUID) async {
        _ = try? await manager.machine(uuid: uuid, name: "\(uuid)").destroy()
    }

    /// Ends what ends with the connection.
    func end() async {
        subscriptions.removeAll()
        let machines = leashed.withLock { list in
            defer { list = nil }
            return list ?? []
        }
        for uuid in machines { await destroy(uuid) }
    }
}

extension DomainReference {
    init(_ state: PublishedState) {
        self.init(
            name: state.name, uuid: state.uuid,
            id: state.state.isActive ? state.id.map { Int32(clamping: $0) } ?? -1 : -1)
    }

    init?(_ domain: DomainSummary) {
        guard let uuid = domain.uuid else { return nil }
        self.init(
            name: domain.name, uuid: uuid,
            id: domain.state.isActive ? domain.id.map { Int32(clamping: $0) } ?? -1 : -1)
    }
}
