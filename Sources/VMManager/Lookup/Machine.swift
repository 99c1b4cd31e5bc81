public import VMCore

/// A domain that was found: a reference by its UUID, with what was known of it when it was looked up.
///
/// A key that a user gave is resolved into one once, where the call comes in; nothing below looks names up again.
public struct Machine: Sendable, Hashable {
    public var name: String
    public var uuid: UUID
    public var isPersistent: Bool

    /// Its files while it runs.
    public var runtime: RuntimeFolder
}

extension VMManager {
    /// Finds a domain as virsh does: by the id of its run, by its UUID, by its name, in that order. So a domain whose
    /// *name* is another one's id or UUID takes none of that one's calls.
    ///
    /// - Throws: `no-domain`, with the nearest name; `io` or `invalid-xml` when its definition is broken.
    public func find(_ key: String) throws(VMError) -> Machine {
        if let id = Int(key), id > 0, let machine = machine(withID: id) { return machine }
        if let uuid = UUID(key), let machine = try machine(with: uuid) { return machine }
        if let machine = try machine(named: key) { return machine }
        let near = NearMatch.best(for: key, among: (try? store.names()) ?? [])
        throw .noDomain(key, remedy: near.map { "did you mean '\($0)'?" })
    }

    func machine(withID id: Int) -> Machine? {
        guard let folder = RuntimeFolder.follow(RuntimeFolder.activeLink(paths.runtime, id), base: paths.runtime),
            let state = observe(folder), state.state.isActive, state.id == id
        else { return nil }
        return machine(of: state)
    }

    /// - Throws: `io` or `invalid-xml` when there is a definition of that name which is broken.
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
        if let running = runningMachine(named: name) { return running }
        if let problem { throw problem }
        return nil
    }

    private func runningMachine(named name: String) -> Machine? {
        let link = RuntimeFolder.nameLink(paths.runtime, name)
        guard let folder = RuntimeFolder.follow(link, base: paths.runtime), let state = observe(folder),
            state.state.isActive, state.name == name
        else { return nil }
        return Machine(name: name, uuid: folder.uuid, isPersistent: false, runtime: folder)
    }

    func machine(with uuid: UUID) throws(VMError) -> Machine? {
        if let name = try store.name(of: uuid) {
            return Machine(name: name, uuid: uuid, isPersistent: true, runtime: folder(uuid))
        }
        guard let state = observe(folder(uuid)), state.state.isActive else { return nil }
        return Machine(name: state.name, uuid: uuid, isPersistent: false, runtime: folder(uuid))
    }

    /// The machine that a state is about.
    func machine(of state: PublishedState) -> Machine {
        let isPersistent = (try? store.read(state.name))?.uuid == state.uuid
        return Machine(name: state.name, uuid: state.uuid, isPersistent: isPersistent, runtime: folder(state.uuid))
    }

    func folder(_ uuid: UUID) -> RuntimeFolder { RuntimeFolder(base: paths.runtime, uuid: uuid) }
}
