internal import Glibc
public import VMCore
public import VMDomain

extension VMManager {
    /// A domain's state, from the published file alone: no lock, no question to QEMU.
    ///
    /// The fast way is one file found by the name; a definition is looked at only when the machine has never run.
    public func status(_ key: String) throws(VMError) -> PublishedState {
        if (try? DomainName.check(key)) != nil {
            let path = RuntimeFolder.nameLink(paths.runtime, key) + "/state.json"
            if let state = try? RuntimeFolder.readState(at: path), state.name == key,
                state.state.isActive || store.contains(key),
                let current = try currentState(folder(state.uuid), known: state)
            {
                return current
            }
        }
        let machine = try find(key)
        if let state = try currentState(machine.runtime), state.name == machine.name { return state }
        return PublishedState(name: machine.name, uuid: machine.uuid)
    }

    /// What is so now: the published state, with the truth told about processes that are gone. A machine whose
    /// supervisor is gone gets a new one.
    func currentState(_ folder: RuntimeFolder, known: PublishedState? = nil) throws(VMError) -> PublishedState? {
        var found = known
        if found == nil { found = try readOrRecover(folder) }
        guard let state = found else { return nil }
        guard state.state.isActive else { return state }
        guard state.bootID == hostBootID() else { return ended(state, .unknown, "the host was restarted") }
        if state.supervisor?.isAlive == true { return state }
        if state.state == .paused, state.reason == .startingUp { return try endUnfinishedStart(folder) }
        if state.qemu?.isAlive == true { return try takeOver(folder) ?? state }
        // The supervisor may just have published the end.
        guard let again = try folder.readState(), again.state.isActive, again.supervisor?.isAlive != true else {
            return try folder.readState()
        }
        return ended(state, .crashed, "QEMU ended while nobody watched it")
    }

    private func readOrRecover(_ folder: RuntimeFolder) throws(VMError) -> PublishedState? {
        var found: PublishedState?
        do throws(VMError) {
            found = try folder.readState()
        } catch {
            return try recover(folder)
        }
        if found == nil, Files.exists(folder.path) { found = try recover(folder) }
        return found
    }

    func ended(_ state: PublishedState, _ reason: StateReason, _ detail: String) -> PublishedState {
        var state = state
        // On another boot of the host the numbers mean nothing.
        if state.bootID == hostBootID() { StrayHelpers.end(state.helpers) }
        state.helpers = []
        state.state = .shutOff
        state.reason = reason
        state.detail = detail
        state.diskFailures = []
        state.spaceWaitedFor = nil
        state.id = nil
        state.qemu = nil
        state.supervisor = nil
        state.monitor = nil
        state.terminals = []
        state.vnc = []
        return state
    }

    /// The domains, active ones by id, then the others by name.
    public func list(_ filter: ListFilter = .active) throws(VMError) -> [DomainSummary] {
        let active = try activeStates()
        var result: [DomainSummary] = []
        if filter != .inactive {
            result = active.map { state in
                DomainSummary(
                    name: state.name, uuid: state.uuid, id: state.id, state: state.state, reason: state.reason,
                    isPersistent: store.contains(state.name), isPending: isPending(state),
                    notAnsweringSince: state.notAnsweringSince, diskFailures: state.diskFailures)
            }.sorted { ($0.id ?? 0) < ($1.id ?? 0) }
        }
        guard filter != .active else { return result }
        let running = Set(active.map(\.name))
        return result + inactiveSummaries(try store.names().filter { !running.contains($0) })
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

    /// The states of everything that runs.
    func activeStates() throws(VMError) -> [PublishedState] {
        var states: [PublishedState] = []
        for entry in try Folders.list(paths.runtime + "/active") {
            guard let id = Int(entry) else { continue }
            let link = RuntimeFolder.activeLink(paths.runtime, id)
            guard let folder = RuntimeFolder.follow(link, base: paths.runtime) else { continue }
            guard let state = try? currentState(folder), state.state.isActive, state.id == id else { continue }
            states.append(state)
        }
        return states
    }

    /// The domain's XML: the live definition of a running machine, else (or when asked for) the stored one.
    public func xml(_ key: String, inactive: Bool = false) throws(VMError) -> String {
        let machine = try find(key)
        if !inactive || !machine.isPersistent, let domain = try liveDomain(machine) { return domain.xml }
        return String(decoding: try store.read(machine.name).xml, as: UTF8.self)
    }

    /// The stored definition as a value.
    public func definition(_ key: String) throws(VMError) -> Domain {
        let machine = try find(key)
        return try storedDomain(machine.name)
    }

    func storedDomain(_ name: String) throws(VMError) -> Domain {
        try storedReading(name).domain
    }

    /// A stored definition with its text, whose places are those of the store's file.
    func storedReading(_ name: String) throws(VMError) -> (domain: Domain, source: XMLSource) {
        let stored = try store.read(name)
        let path = store.path(of: name)
        let domain = try Domain.read(stored.xml, file: path, options: .lenient).checked()
        return (domain, XMLSource(file: path, bytes: stored.xml, firstLine: stored.firstLine))
    }

    /// The live definition with what QEMU chose; nil when the machine doesn't run.
    func liveDomain(_ machine: Machine) throws(VMError) -> Domain? {
        guard let state = try currentState(machine.runtime), state.state.isActive else { return nil }
        repairMediaIfLeft(machine)
        var domain = try LiveSession.definition(machine, self)
        VMManager.fill(&domain, from: state)
        VMManager.fillChannels(&domain, in: machine.runtime.path)
        return domain
    }
}
