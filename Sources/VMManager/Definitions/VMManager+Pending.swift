internal import Glibc
internal import VMCore

/// Whether a running machine will be another one after its next start.
extension VMManager {
    /// Whether the stored definition of a running domain differs from what runs.
    ///
    /// What a start or a change has noted beside the running machine counts as long as neither document has changed
    /// since; otherwise both are compared.
    public func isPending(_ state: PublishedState) -> Bool {
        guard state.state.isActive else { return false }
        let folder = folder(state.uuid)
        guard let key = pendingKey(name: state.name, folder) else { return false }
        if let known = Files.linkTarget(folder.pending), known.dropLast() == key { return known.last == "1" }
        let machine = Machine(name: state.name, uuid: state.uuid, isPersistent: true, runtime: folder)
        guard let live = try? liveDomain(of: state), let changes = try? pendingChanges(of: machine, live) else {
            return false
        }
        return !changes.isEmpty
    }

    /// Notes what is known: a machine that was just started is as its definition says.
    func notePending(_ machine: Machine, _ isPending: Bool) {
        guard let key = pendingKey(name: machine.name, machine.runtime) else { return }
        writePending(machine.runtime, key, isPending)
    }

    /// Works out anew whether a running machine differs from its definition, and notes it for the readers.
    func notePending(_ machine: Machine) {
        guard let state = observe(machine.runtime), state.state.isActive, let live = try? liveDomain(of: state),
            let changes = try? pendingChanges(of: machine, live)
        else { return }
        notePending(machine, !changes.isEmpty)
    }

    private func pendingKey(name: String, _ folder: RuntimeFolder) -> String? {
        guard let stored = Files.stamp(store.path(of: name)), let live = Files.stamp(folder.domain) else { return nil }
        return "\(stored.modified)-\(live.modified)-"
    }

    private func writePending(_ folder: RuntimeFolder, _ key: String, _ isPending: Bool) {
        // When it can't be written readers compare.
        unlink(folder.pending)
        symlink(key + (isPending ? "1" : "0"), folder.pending)
    }
}
