internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// The running machine as a change sees it, on the change's own thread: its definition, and ways to ask and change it.
/// Nobody else changes the machine meanwhile.
final class LiveMachine: @unchecked Sendable {
    // SAFETY: made on the reactor's thread and from then on used by the change's thread alone.
    let plan: SupervisorPlan
    var deadline: Deadline
    let port: SupervisorPort
    /// The live definition.
    private(set) var domain: Domain
    /// The client's request.
    var call: SupervisorCall?
    let qemu: ProcessIdentity?

    init(
        plan: SupervisorPlan, qemu: ProcessIdentity?, domain: Domain, deadline: Deadline, port: SupervisorPort
    ) {
        self.plan = plan
        self.qemu = qemu
        self.domain = domain
        self.deadline = deadline
        self.port = port
    }

    var folder: RuntimeFolder { plan.folder }

    // MARK: Asking

    /// Runs a QMP command.
    ///
    /// - Parameter file: a descriptor that goes with it, and is closed here.
    @discardableResult
    func run(
        _ command: String, _ arguments: JSONObject = [:], file: Int32? = nil
    ) throws(VMError) -> JSONValue {
        let deadline = deadline
        let box = DescriptorBox(file.map { [$0] } ?? [])
        return try port.ask(deadline) { supervisor, done in
            guard let link = supervisor.link else {
                return done(.failure(VMError(.connection, "QEMU's monitor is closed")))
            }
            link.execute(command, arguments, descriptors: box.take(), deadline: deadline) { done($0) }
        }
    }

    /// What the QEMU that runs can do, whatever has been installed in its place since.
    func capabilities() throws(VMError) -> Capabilities {
        let cache = CapabilitiesCache(folder: plan.paths.cache + "/capabilities")
        // The kernel keeps the program of a process, and the cache knows it by its inode.
        if let qemu, qemu.isAlive, let running = try? cache.capabilities(of: "/proc/\(qemu.pid)/exe") {
            return running
        }
        return try cache.capabilities(of: domain.devices.emulator ?? plan.executable)
    }

    func host() throws(VMError) -> HostFacts {
        var host = try HostFacts.current(for: domain)
        host.folders = HostFacts.Folders(of: domain, paths: plan.paths)
        // A supervisor that has no such folder keeps nothing.
        if Files.exists(folder.consoles) { host.folders.consoles = folder.consoles }
        return host
    }

    // MARK: Changing

    /// Makes a change, all or nothing.
    ///
    /// - Parameters:
    ///   - files: descriptors for the `getfd` commands among its steps; they are closed here.
    ///   - outcome: what the client's request comes to when it is made; nil when more is to follow.
    func make(
        _ change: HotplugChange, files: [Int32] = [], completing outcome: EditOutcome? = .done
    ) throws(VMError) {
        // Closed here, whatever happens.
        let box = DescriptorBox(files)
        var opened = OpenedFiles(self)
        let secrets = try SecretHandover(change, self)
        let change = try opened.prepare(secrets.change)
        defer { secrets.end(self) }
        while let file = box.take().first { opened.files.put(file) }
        let handed = opened.files
        let record = ChangeRecord(change, completion: completion(outcome))
        let deadline = deadline
        domain = try port.ask(deadline) { supervisor, done in
            supervisor.make(record, handed, deadline) { result in
                done(
                    Result { () throws(VMError) in
                        try result.get()
                        return try supervisor.definition()
                    })
            }
        }
    }

    /// Changes a setting: one command, what takes it back, and the live definition with it.
    func set(_ call: QMPCall, undo: QMPCall?, _ edit: DomainEdit) throws(VMError) {
        var next = domain
        try edit.apply(to: &next)
        try make(HotplugChange(steps: [.init(call, undo: undo)], domain: next))
    }

    /// Changes what the live definition says of the machine, which notices nothing.
    func rewrite(_ edit: DomainEdit) throws(VMError) {
        var next = domain
        try edit.apply(to: &next)
        try make(HotplugChange(steps: [], domain: next))
    }

    private func completion(_ outcome: EditOutcome?) -> CompletedChange? {
        guard let outcome, let id = call?.id else { return nil }
        return CompletedChange(id: id, outcome: outcome)
    }

    /// Has a device leave.
    ///
    /// - Parameter outcome: as for ``make(_:files:completing:)``.
    func detach(_ name: String, leftovers: [QMPCall], completing outcome: EditOutcome?) throws(VMError) {
        let deadline = deadline
        let completion = completion(outcome)
        domain = try port.ask(deadline) { supervisor, done in
            supervisor.detach(name, leftovers, completion, deadline) { result in
                done(
                    Result { () throws(VMError) in
                        try result.get()
                        return try supervisor.definition()
                    })
            }
        }
    }

    /// Clears away what a device has left behind that is gone.
    func clearAway(_ departure: Hotplug.Departure) throws(VMError) {
        domain = try port.ask(deadline) { supervisor, done in
            supervisor.clearAway(departure) {
                done(Result { () throws(VMError) in try supervisor.definition() })
            }
        }
    }

    /// Runs commands that take things away, whatever becomes of each.
    func clear(_ calls: [QMPCall]) throws(VMError) {
        _ = try port.ask(deadline) { supervisor, done in supervisor.clear(calls[...]) { done(.success(true)) } }
    }

    // MARK: Helpers

    /// Starts a device's helper program, and waits until QEMU can connect to it.
    func bringUp(_ helper: HelperPlan) throws(VMError) {
        let deadline = deadline
        _ = try port.ask(deadline) { supervisor, done in
            supervisor.bringUp(helper, deadline) { done($0.map { true }) }
        }
    }

    /// Ends the helper of a device that couldn't be attached.
    ///
    /// - Returns: what it said, if it had ended before.
    func dismissHelper(of device: String) -> VMError? {
        let words: VMError?? = try? port.ask(.after(.seconds(2))) { supervisor, done in
            let words = supervisor.wordsOfEndedHelper(of: device)
            supervisor.dismissHelper(of: device) { done(.success(words)) }
        }
        return words ?? nil
    }
}
