public import VMCore

/// A domain that was found: its identity, and whether it is stored.
public struct Machine: Sendable, Hashable {
    public var name: String
    public var uuid: UUID
    public var isPersistent: Bool

    /// Its files while it runs.
    public var runtime: RuntimeFolder
}

extension VMManager {
    /// Finds a domain: exact name first, then UUID, then the id of a run.
    ///
    /// - Throws: `no-domain`, with the nearest name; `io` or `invalid-xml` when its definition is broken.
    public func find(_ key: String) throws(VMError) -> Machine {
        if let machine = try machine(named: key) { return machine }
        if let uuid = UUID(key), let machine = try machine(with: uuid) { return machine }
        if let id = Int(key), id > 0,
            let folder = RuntimeFolder.follow(RuntimeFolder.activeLink(paths.runtime, id), base: paths.runtime),
            let state = try currentState(folder), state.id == id
        {
            return Machine(
                name: state.name, uuid: state.uuid, isPersistent: store.contains(state.name), runtime: folder)
        }
        let near = NearMatch.best(for: key, among: (try? store.names()) ?? [])
        throw .noDomain(key, remedy: near.map { "did you mean '\($0)'?" })
    }

    func machine(named name: String) throws(VMError) -> Machine? {
        guard (try? DomainName.check(name)) != nil else { return nil }
        var problem: VMError?
        if store.contains(name) {
            do throws(VMError) {
                let uuid = try store.read(name).uuid
                return Machine(name: name, uuid: uuid, isPersistent: true, runtime: folder(uuid))
            } catch {
                problem = error
            }
        }
        // A machine that runs can be looked after whatever has become of its definition.
        if let running = try runningMachine(named: name) { return running }
        if let problem { throw problem }
        return nil
    }

    private func runningMachine(named name: String) throws(VMError) -> Machine? {
        let link = RuntimeFolder.nameLink(paths.runtime, name)
        guard let folder = RuntimeFolder.follow(link, base: paths.runtime), let state = try currentState(folder),
            state.state.isActive, state.name == name
        else { return nil }
        return Machine(name: name, uuid: state.uuid, isPersistent: false, runtime: folder)
    }

    private func machine(with uuid: UUID) throws(VMError) -> Machine? {
        if let name = try store.name(of: uuid) {
            return Machine(name: name, uuid: uuid, isPersistent: true, runtime: folder(uuid))
        }
        guard let state = try currentState(folder(uuid)), state.state.isActive else { return nil }
        return Machine(name: state.name, uuid: uuid, isPersistent: false, runtime: folder(uuid))
    }

    func folder(_ uuid: UUID) -> RuntimeFolder { RuntimeFolder(base: paths.runtime, uuid: uuid) }
}
