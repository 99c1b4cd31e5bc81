internal import Glibc
internal import VMCore

/// Whether a running machine will be another one after its next start.
extension VMManager {
    /// Whether the stored definition of a running domain differs from what runs.
    ///
    /// The answer is kept beside the running machine with the times of both documents, so that it is worked out anew
    /// only when one of them has changed.
    public func isPending(_ state: PublishedState) -> Bool {
        guard state.state.isActive else { return false }
        let folder = folder(state.uuid)
        guard let key = pendingKey(name: state.name, folder) else { return false }
        if let known = Files.linkTarget(folder.pending), known.dropLast() == key { return known.last == "1" }
        guard let changes = try? pendingChanges(state.name) else { return false }
        writePending(folder, key, !changes.isEmpty)
        return !changes.isEmpty
    }

    /// Notes what is known without comparing: a machine that was just started is as its definition says.
    func notePending(_ machine: Machine, _ isPending: Bool) {
        guard let key = pendingKey(name: machine.name, machine.runtime) else { return }
        writePending(machine.runtime, key, isPending)
    }

    private func pendingKey(name: String, _ folder: RuntimeFolder) -> String? {
        guard let stored = Files.stamp(store.path(of: name)), let live = Files.stamp(folder.domain) else { return nil }
        return "\(stored.modified)-\(live.modified)-"
    }

    private func writePending(_ folder: RuntimeFolder, _ key: String, _ isPending: Bool) {
        // A cache: when it can't be written the next reader compares again.
        unlink(folder.pending)
        symlink(key + (isPending ? "1" : "0"), folder.pending)
    }
}
