internal import Glibc
public import VMCore

/// Looking at machines. Readers take no lock and ask nobody; they write, start and end nothing. What they can't make sense
/// of is shown as such.
extension VMManager {
    /// A domain's state, from the published file alone.
    ///
    /// The fast way is one file found by the name; a definition is looked at only when the machine has never run.
    public func status(_ key: String) throws(VMError) -> PublishedState {
        if let state = quickStatus(key) { return state }
        return observe(try find(key))
    }

    /// The state of the machine of that name, when the key can be nothing but a name.
    private func quickStatus(_ name: String) -> PublishedState? {
        // The id of a run and a UUID go before a name.
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
            UUID(name) == nil, (try? DomainName.check(name)) != nil
        else { return nil }
        let path = RuntimeFolder.nameLink(paths.runtime, name) + "/state.json"
        guard let state = try? RuntimeFolder.readState(at: path), state.name == name,
            state.state.isActive || store.contains(name)
        else { return nil }
        return observed(state)
    }

    /// A machine's state.
    /// What is published of the machine of that UUID; nil when it has never run.
    package func state(of uuid: UUID) -> PublishedState? { observe(folder(uuid)) }

    func observe(_ machine: Machine) -> PublishedState {
        let never = PublishedState(name: machine.name, uuid: machine.uuid)
        guard var state = observe(machine.runtime, name: machine.name) else { return never }
        // What is left of a run under another name says nothing any more.
        if state.name != machine.name, !state.state.isActive { state = never }
        return state
    }

    /// A machine's state; nil when it has never run.
    ///
    /// - Parameter name: what it is called when its file can't be read.
    func observe(_ folder: RuntimeFolder, name: String? = nil) -> PublishedState? {
        do throws(VMError) {
            if let state = try folder.readState() { return observed(state) }
            // The file is missing, but a QEMU that runs holds its lock.
            guard Files.exists(folder.machineLock), FileLock.isHeld(folder.machineLock) else { return nil }
            let error = VMError(.io, "the published state '\(folder.state)' is missing")
            return .unreadable(name: knownName(folder, name), uuid: folder.uuid, isRunning: true, error)
        } catch {
            return .unreadable(
                name: knownName(folder, name), uuid: folder.uuid, isRunning: FileLock.isHeld(folder.machineLock),
                error)
        }
    }

    /// A name for a machine whose state can't be read.
    private func knownName(_ folder: RuntimeFolder, _ name: String?) -> String {
        if let name { return name }
        return ((try? store.name(of: folder.uuid)) ?? nil) ?? "\(folder.uuid)"
    }

    private func observed(_ state: PublishedState) -> PublishedState {
        guard state.state.isActive else { return state }
        let seen = state.observed(boot: hostBootID()) { $0.isAlive }
        // A held lock means that QEMU is alive, though its number says nothing in this process namespace.
        guard !seen.state.isActive, FileLock.isHeld(folder(state.uuid).machineLock) else { return seen }
        if state.bootID == hostBootID() { return state }
        let error = VMError(.io, "the published state of '\(state.name)' is of another boot, but its QEMU runs")
        return .unreadable(name: state.name, uuid: state.uuid, isRunning: true, error)
    }

    /// The states of everything that runs, in no order.
    func activeStates() throws(VMError) -> [PublishedState] {
        try OwnFolders.check(paths.runtime)
        var states: [PublishedState] = []
        // Of an id that the machine has no more, or never had: it runs all the same, and is told once.
        var others: [UUID: PublishedState] = [:]
        let entries = try? Folders.list(paths.runtime + "/active")
        var isDamaged = entries == nil
        for entry in entries ?? [] {
            guard let id = Int(entry) else { continue }
            let link = RuntimeFolder.activeLink(paths.runtime, id)
            guard let folder = RuntimeFolder.follow(link, base: paths.runtime) else {
                // It may be gone by now.
                if Files.exists(link) { isDamaged = true }
                continue
            }
            guard let state = observe(folder), state.state.isActive else { continue }
            if state.id == id { states.append(state) } else { others[state.uuid] = state }
        }
        if isDamaged { for state in try statesOfFolders() { others[state.uuid] = state } }
        for state in states { others[state.uuid] = nil }
        return states + others.values
    }

    /// The states of what runs by the folders of all machines, where the links don't tell any more.
    private func statesOfFolders() throws(VMError) -> [PublishedState] {
        try Folders.list(paths.runtime).compactMap { UUID($0) }.compactMap { observe(folder($0)) }
            .filter(\.state.isActive)
    }
}
