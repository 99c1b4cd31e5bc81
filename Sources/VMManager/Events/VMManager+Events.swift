internal import VMCore

/// What the manager itself writes into the host's journal.
extension VMManager {
    package var journal: HostJournal { HostJournal(paths) }

    /// Records that something was done to a domain, once it is done. What can't be recorded, on a full disk, isn't.
    func record(_ kinds: [(name: String, kind: HostEvent.Kind)], of uuid: UUID?) {
        let writer = JournalWriter(journal)
        for (name, kind) in kinds { writer.append(HostEvent(domain: name, uuid: uuid, kind: kind)) }
    }

    func record(_ kind: HostEvent.Kind, _ name: String, _ uuid: UUID?) { record([(name, kind)], of: uuid) }
}
