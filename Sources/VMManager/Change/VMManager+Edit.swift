public import VMCore
internal import VMDomain
internal import QEMULauncher

/// Changing domains: the stored definition, the running machine, or both.
extension VMManager {
    /// Changes a domain.
    ///
    /// Where both are meant, the change of the stored definition is planned and checked before the machine is touched. The
    /// machine is changed first, because only QEMU and the guest can tell whether it will be. Should somebody have
    /// changed the definition meanwhile, the edit is made again on what they have stored.
    ///
    /// - Returns: what the edit has done: to the running machine, or else to the definition.
    /// - Throws: what ``DomainEdit/apply(to:)`` throws, and what QEMU and the guest refuse; nothing is changed then. When
    ///   the running machine was changed and the definition can't be any more, the message says so, and the cause why.
    @discardableResult
    public func apply(
        _ edit: DomainEdit, to key: String, scope: ChangeScope = .current, timeout: Duration = patience
    ) throws(VMError) -> EditOutcome {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.apply(edit, to: machine, scope: scope, timeout: timeout)
        }
    }

    @discardableResult
    func apply(
        _ edit: DomainEdit, to machine: Machine, scope: ChangeScope, timeout: Duration = patience
    ) async throws(VMError) -> EditOutcome {
        let (live, config) = try resolve(scope, machine)
        guard live else {
            var outcome = EditOutcome.done
            try changeStored(machine) { () throws(VMError) in
                let change: StoredChange
                (change, outcome) = try prepareStored(machine, edit)
                return change
            }
            record(edit.event(in: .config), machine.name, machine.uuid)
            return outcome
        }
        let change = config ? try prepareStored(machine, edit).change : nil
        let liveEdit = try edit.resolvingVolumes(storage)
        try checkResources(of: liveEdit, machine)
        guard case .edited(let done) = try await request(.edit(liveEdit), of: machine, timeout: timeout) else {
            throw VMManager.unreadableAnswer
        }
        if config {
            do throws(VMError) {
                // A volume is stored as one, not as the path that it has now.
                try store(edit, edit.namesVolumes ? .done : done, machine, change)
            } catch {
                throw error.wrapped(
                    "the running machine was changed, but the stored definition of domain '\(machine.name)' was not")
            }
        }
        notePending(machine)
        return done
    }

    // MARK: The stored definition

    /// Plans an edit of the stored definition; doesn't write it yet.
    func prepareStored(
        _ machine: Machine, _ edit: DomainEdit
    ) throws(VMError) -> (change: StoredChange, outcome: EditOutcome) {
        var outcome = EditOutcome.done
        let change = try prepareStored(machine, completes: edit.needsCompletion) { domain throws(VMError) in
            try checkFormats(of: edit, in: domain)
            outcome = try edit.apply(to: &domain)
        }
        return (change, outcome)
    }

    /// Stores an edit that the running machine has taken. Others may change the definition at the same time, so it is
    /// planned anew on what they have stored.
    private func store(
        _ edit: DomainEdit, _ done: EditOutcome, _ machine: Machine, _ prepared: StoredChange?
    ) throws(VMError) {
        var prepared = prepared
        try changeStored(machine) { () throws(VMError) in
            // What was planned before the machine was changed serves once.
            defer { prepared = nil }
            if let change = try prepareStored(machine, after: edit, done) ?? prepared { return change }
            return try prepareStored(machine, edit).change
        }
        // The supervisor has told of metadata already, whose event says nothing of where they were changed.
        if case .changed = edit.event(in: .config) {
            record(edit.event(in: .config), machine.name, machine.uuid)
        }
    }

    /// What is stored once the running machine has decided what the edit left open: the address of a device, the drive.
    /// Nil when it left nothing open.
    private func prepareStored(
        _ machine: Machine, after edit: DomainEdit, _ done: EditOutcome
    ) throws(VMError) -> StoredChange? {
        switch (edit, done) {
        case (.attach, .device(let device)):
            // At the address that the device has in the running machine, unless that is taken in the definition.
            return try? prepareStored(machine, .attach(Planner.inactiveForm(of: device))).change
        case (.changeMedia(nil, let change, let force), .media(let result)):
            return try prepareStored(machine, .changeMedia(target: result.target, change, force: force)).change
        default: return nil
        }
    }

    /// Images that would be taken for raw, and aren't.
    private func checkFormats(of edit: DomainEdit, in domain: Domain) throws(VMError) {
        guard planner == nil else { return }
        var disks: [Disk] = []
        switch edit {
        case .attach(let document), .update(let document, _): disks = document.disks
        case .changeMedia(let target, let change, _):
            guard let path = change.path else { return }
            var drive = domain.devices.disks[try domain.drive(target)]
            drive.source.file = path
            disks = [drive]
        default: return
        }
        for disk in disks { if let problem = ImageFormatCheck.problemOfRaw(disk, domain) { throw problem } }
    }

    /// Images that aren't there, or that another machine uses, are told before QEMU is asked.
    private func checkResources(of edit: DomainEdit, _ machine: Machine) throws(VMError) {
        // What the machine can't take at all is told first.
        func checkMachine() throws(VMError) { if var live = try liveDomain(machine) { try edit.apply(to: &live) } }
        if case .changeMedia(_, let change, _) = edit, let path = change.path, path.hasPrefix("/"),
            let problem = PathWalk.problem(path, writing: false, what: "storage file")
        {
            try checkMachine()
            throw problem
        }
        if edit.namesImages, let live = try liveDomain(machine) {
            try checkFormats(of: edit, in: live)
            if case .changeMedia(let target, let change, _) = edit, let path = change.path {
                var drive = live.devices.disks[try live.drive(target)]
                drive.source.file = path
                if let problem = drive.headerProblems.first { throw problem }
                var images = SharedImages(live.devices.disks.filter { $0.target?.dev != drive.target?.dev })
                if let problem = images.problem(adding: drive) { throw problem }
            }
        }
        if case .forward(let ports, _, false) = edit {
            try checkMachine()
            try checkFree(ports, for: machine)
        }
        guard case .attach(let document) = edit else { return }
        try checkMachine()
        var domain = Domain()
        domain.devices = document
        domain.devices.graphics = []
        try Preflight.check(domain, machine, self, beside: liveDomain(machine)?.devices.disks ?? [])
        try checkKeptImages(domain)
    }
}

extension DomainEdit {
    /// Whether it may bring an image in, for which the definition has to be looked at.
    fileprivate var namesImages: Bool {
        switch self {
        case .attach, .update, .changeMedia: true
        default: false
        }
    }
}
