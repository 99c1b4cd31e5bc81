internal import QEMULauncher
public import VMCore
internal import VMDomain
public import VMXML

extension VMManager {
    /// Starts a machine from a document that isn't stored: it is gone when it ends.
    ///
    /// A document that has the name and the UUID of a stored domain runs in its place; the stored one stays as it is.
    ///
    /// - Throws: `exists` when the name or the UUID is another domain's; otherwise as ``start(_:paused:timeout:leash:forceBoot:resetNVRAM:)``.
    @discardableResult
    public func create(
        _ document: [UInt8], file: String = "-", paused: Bool = false, timeout: Duration = .seconds(30),
        resetNVRAM: Bool = false, options: XMLReadOptions = .strict
    ) throws(VMError) -> PublishedState {
        try blocking { (manager) async throws(VMError) in
            try await manager.startTransient(
                document, file: file, paused: paused, timeout: timeout, resetNVRAM: resetNVRAM, options: options)
        }
    }

    func startTransient(
        _ document: [UInt8], file: String, paused: Bool, timeout: Duration, resetNVRAM: Bool, options: XMLReadOptions
    ) async throws(VMError) -> PublishedState {
        var reading = try Domain.read(document, file: file, options: options)
        if planner == nil { reading = reading.validated() }
        var domain = try reading.checked()
        let name = domain.name ?? ""
        try DomainName.check(name)
        let uuid = domain.uuid ?? .random()
        domain.makeGenerationID()
        let machine = Machine(
            name: name, uuid: uuid, isPersistent: store.contains(name), runtime: folder(uuid))
        let reservation = try reserve(machine, isGiven: domain.uuid != nil)
        domain.uuid = uuid
        var attempt: LaunchPlan?
        do throws(VMError) {
            let state = try await start(
                machine, document: try completed(domain, isNew: true), paused: paused, timeout: timeout, leash: nil,
                resetNVRAM: resetNVRAM, attempt: &attempt)
            _ = consume reservation
            return state
        } catch {
            _ = consume reservation
            removeTraces(of: machine)
            throw error
        }
    }

    /// Keeps name and UUID of a machine for this call until it runs, or until the lock that is returned goes. The lock of
    /// all who create machines is held for that moment only.
    private func reserve(_ machine: Machine, isGiven: Bool) throws(VMError) -> FileLock {
        try Folders.make(paths.runtime)
        let path = paths.runtime + "/create.lock"
        guard let all = try FileLock.take(path, until: .after(.seconds(10))) else {
            throw VMError(.busy, "another domain is being created", remedy: "try again in a moment")
        }
        try checkFree(machine.name, machine.uuid, isGiven: isGiven)
        let link = RuntimeFolder.nameLink(paths.runtime, machine.name)
        let taken = RuntimeFolder.follow(link, base: paths.runtime)
        if let taken, taken.uuid != machine.uuid, FileLock.isHeld(taken.reservation) {
            throw VMError(
                .exists, "domain '\(machine.name)' already exists with uuid \(taken.uuid)",
                remedy: "it is being created; choose another <name>")
        }
        try machine.runtime.make()
        guard let lock = try FileLock.take(machine.runtime.reservation) else {
            throw VMError(
                .wrongState, "Requested operation is not valid: domain is already active as '\(machine.name)'",
                remedy: "another command is creating it")
        }
        try machine.runtime.linkName(machine.name)
        _ = consume all
        return lock
    }

    /// The same name and UUID are the same domain; one of them alone is a conflict.
    private func checkFree(_ name: String, _ uuid: UUID, isGiven: Bool) throws(VMError) {
        if let taken = try machine(named: name)?.uuid, taken != uuid {
            throw VMError(
                .exists, "domain '\(name)' already exists with uuid \(taken)",
                remedy: isGiven ? "choose another <name>" : "choose another <name>, or give the document that <uuid>")
        }
        guard isGiven else { return }
        if let other = try store.name(of: uuid), other != name {
            throw VMError(
                .exists, "domain '\(other)' is already defined with uuid \(uuid)",
                remedy: "leave <uuid> out to get a new one")
        }
        guard let running = observe(folder(uuid)), running.state.isActive else { return }
        guard running.name == name else {
            throw VMError(.exists, "domain '\(running.name)' already exists with uuid \(uuid)")
        }
        throw VMError(
            .wrongState, "Requested operation is not valid: domain is already active as '\(name)'",
            remedy: "see its state with \(command: "status", name)")
    }

    /// A transient machine that could not be started leaves nothing.
    private func removeTraces(of machine: Machine) {
        guard !machine.isPersistent, Files.exists(machine.runtime.path),
            !observe(machine).state.isActive, !FileLock.isHeld(machine.runtime.supervisorLock)
        else { return }
        machine.runtime.unlinkName(machine.name)
        try? machine.runtime.remove()
    }
}
