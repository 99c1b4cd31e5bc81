internal import Glibc
internal import QEMULauncher
public import VMCore
public import VMDomain
internal import VMXML

extension VMManager {
    /// The domains, active ones by id, then the others by name.
    public func list(_ filter: ListFilter = .active) throws(VMError) -> [DomainSummary] {
        let marked = filter.needsMarks ? autostartedNames() : []
        func pass(_ domains: [DomainSummary]) -> [DomainSummary] {
            domains.filter {
                filter.accepts(
                    $0, isMarked: marked.contains, hasSave: hasManagedSave, hasSnapshots: hasSnapshots,
                    hasCheckpoints: hasCheckpoints)
            }
        }
        let active = try activeStates()
        var result: [DomainSummary] = []
        if filter.mayBeActive {
            result = pass(active.map(activeSummary)).sorted { ($0.id ?? 0) < ($1.id ?? 0) }
        }
        guard filter.mayBeInactive else { return result }
        let running = Set(active.map(\.name))
        return result + pass(inactiveSummaries(try store.names().filter { !running.contains($0) }))
    }

    /// Whether a domain of a list has a managed save.
    public func hasManagedSave(_ domain: DomainSummary) -> Bool {
        guard let uuid = domain.uuid else { return false }
        return hasManagedSave(
            Machine(name: domain.name, uuid: uuid, isPersistent: domain.isPersistent, runtime: folder(uuid)))
    }

    private func activeSummary(_ state: PublishedState) -> DomainSummary {
        DomainSummary(
            name: state.name, uuid: state.uuid, id: state.id, state: state.state, reason: state.reason,
            isPersistent: store.contains(state.name),
            problem: state.state == .noState
                ? "the state of domain '\(state.name)' can't be read: \(state.detail ?? "")" : nil,
            isPending: isPending(state), notAnsweringSince: state.notAnsweringSince,
            diskFailures: state.diskFailures)
    }

    /// Thousands of definitions are read by all processors together.
    private func inactiveSummaries(_ names: [String]) -> [DomainSummary] {
        let size = 256
        if names.count <= size { return names.map(inactiveSummary) }
        let parts = stride(from: 0, to: names.count, by: size).map { names[$0..<min($0 + size, names.count)] }
        return Threads.map(parts, threads: HostProcessors.count) { part in part.map(inactiveSummary) }.flatMap { $0 }
    }

    private func inactiveSummary(_ name: String) -> DomainSummary {
        var summary = DomainSummary(name: name, state: .shutOff, reason: .unknown, isPersistent: true)
        do throws(VMError) {
            summary.uuid = try store.uuidOfListed(name)
        } catch {
            summary.problem = error.description
        }
        return summary
    }

    /// The domain's XML: the live definition of a running machine, else (or when asked for) the stored one.
    ///
    /// - Parameter secrets: with the passwords in it, `VIR_DOMAIN_XML_SECURE`. What is given without isn't fit to be defined
    ///   again.
    public func xml(_ key: String, inactive: Bool = false, secrets: Bool = true) throws(VMError) -> String {
        let machine = try find(key)
        let text: String
        if !inactive || !machine.isPersistent, let xml = try liveXML(machine) {
            text = xml
        } else {
            text = String(decoding: try stored(machine).xml, as: UTF8.self)
        }
        return secrets ? text : try Domain.hidingSecrets(in: text)
    }

    /// The stored definition as a value.
    public func definition(_ key: String) throws(VMError) -> Domain { try storedDomain(try find(key)) }

    /// The stored definition of a machine, whatever it is called by now.
    func stored(_ machine: Machine) throws(VMError) -> StoredDefinition {
        if let stored = try? store.read(machine.name), stored.uuid == machine.uuid { return stored }
        // It was renamed since it was looked up, or its file is broken, which reading it tells.
        if let name = try store.name(of: machine.uuid) { return try store.read(name) }
        let broken = try store.read(machine.name)
        guard broken.uuid == machine.uuid else { throw .noDomain(machine.name) }
        return broken
    }

    func storedDomain(_ machine: Machine) throws(VMError) -> Domain { try storedReading(machine).domain }

    /// A stored definition with its text, whose places are those of the store's file.
    func storedReading(_ machine: Machine) throws(VMError) -> (domain: Domain, source: XMLSource) {
        let stored = try stored(machine)
        let path = store.path(of: stored.name)
        let domain = try Domain.read(stored.xml, file: path, options: .lenient).checked()
        return (domain, XMLSource(file: path, bytes: stored.xml, firstLine: stored.firstLine))
    }

    /// The text of the live definition; nil when the machine doesn't run. Where its file is damaged the supervisor is
    /// asked, which owns it.
    private func liveXML(_ machine: Machine) throws(VMError) -> String? {
        do throws(VMError) {
            return try liveDomain(machine)?.xml
        } catch {
            let reply = try? blocking { (manager) async throws(VMError) in
                try await manager.send(.definition, to: machine, deadline: .after(.seconds(1)))
            }
            guard case .definition(let xml) = reply else { throw error }
            return xml
        }
    }

    /// The live definition, as its file has it; nil when the machine doesn't run.
    ///
    /// - Throws: `io` or `invalid-xml` when the file can't be read.
    func liveDomain(_ machine: Machine) throws(VMError) -> Domain? {
        let state = observe(machine)
        guard state.state.isActive else { return nil }
        do throws(VMError) { return try liveDomain(of: state) } catch {
            // It has ended since; the folder of one that isn't kept goes with it.
            guard observe(machine).state.isActive else { return nil }
            throw error
        }
    }

    /// The live definition of a machine that runs.
    func liveDomain(of state: PublishedState) throws(VMError) -> Domain {
        let folder = folder(state.uuid)
        var domain = try Domain.read(try OwnFiles.read(folder.domain), file: folder.domain, options: .lenient).checked()
        // A supervisor of an older version leaves to readers what QEMU chose.
        if state.protocolVersion == nil { domain.fill(from: state, channels: folder.sockets) }
        return domain
    }
}
