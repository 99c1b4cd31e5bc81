internal import Glibc
public import VMCore
internal import VMJSON
internal import VMNetwork

/// A supervisor process that was started, and the pipe that its verdict comes through.
struct SupervisorStart: ~Copyable {
    let identity: ProcessIdentity
    let verdict: Pipe

    /// - Parameters:
    ///   - words: what tells people who look at a list of processes which machine it is about.
    ///   - descriptors: open files besides the verdict's pipe.
    static func begin(
        _ task: SupervisorPlan.Task, words: [String], _ manager: VMManager, descriptors: [SpawnRequest.Descriptor]
    ) throws(VMError) -> SupervisorStart {
        var pipe = try Pipe()
        let request = SpawnRequest(
            executable: try manager.findSupervisorExecutable(),
            arguments: [SupervisorPlan.verb, task.rawValue] + words, name: "vmctl",
            descriptors: [.init(pipe.writer, as: SupervisorPlan.verdictDescriptor)] + descriptors,
            workingDirectory: "/", detached: true)
        let identity = try SpawnedProcess.spawn(request).identity
        pipe.closeWriter()
        return SupervisorStart(identity: identity, verdict: pipe)
    }
}

/// A supervisor that was started before its plan is ready: it gets going on another processor while this process plans.
/// When its plan never comes, because planning fails or this process is killed, it ends without a word.
struct WaitingSupervisor: ~Copyable {
    fileprivate let process: SupervisorStart
    fileprivate let channel: FileDescriptor

    static func begin(for machine: Machine, _ manager: VMManager) throws(VMError) -> WaitingSupervisor {
        let (near, far) = try Socket.pair().release()
        let channel = FileDescriptor(owning: near)
        let other = FileDescriptor(owning: far)
        let process = try SupervisorStart.begin(
            .start, words: [machine.name, "\(machine.uuid)"], manager,
            descriptors: [.init(other.raw, as: SupervisorPlan.planDescriptor)])
        return WaitingSupervisor(process: process, channel: channel)
    }

    /// Hands the plan over and waits for the verdict.
    ///
    /// The lock goes over to the supervisor, which holds it from then on.
    consuming func start(
        _ plan: SupervisorPlan, lock: consuming FileLock, descriptors: [SpawnRequest.Descriptor], _ manager: VMManager,
        deadline: Deadline
    ) async throws(VMError) -> PublishedState {
        let log = try MachineLog(path: plan.log)
        do throws(VMError) {
            let file = try FileDescriptor.memory(Array(plan.json.description.utf8), name: "vmctl-plan")
            let own: [SpawnRequest.Descriptor] = [
                .init(log.descriptor.raw, as: 2), .init(file.raw, as: SupervisorPlan.planDescriptor),
                .init(lock.descriptor.raw, as: SupervisorPlan.lockDescriptor),
            ]
            try DescriptorHandover.send(own + descriptors, over: channel.raw, deadline: deadline)
        } catch {
            // A supervisor that is gone by now tells by the verdict that doesn't come.
            guard error.code == .connection else { throw error }
        }
        _ = consume lock
        guard let state = try await manager.verdict(of: process, log: plan.log, deadline: deadline) else {
            throw VMError(.protocolViolation, "the supervisor's answer can't be read")
        }
        return state
    }
}

/// Bringing up the processes beside a machine.
extension VMManager {
    /// Starts a process that mends a machine.
    ///
    /// - Returns: the machine's state then; nil when there is no such machine any more.
    func runMender(_ order: MendOrder, deadline: Deadline) async throws(VMError) -> PublishedState? {
        let log = try MachineLog(path: order.log)
        let file = try FileDescriptor.memory(Array(order.json.description.utf8), name: "vmctl-plan")
        let process = try SupervisorStart.begin(
            .mend, words: ["\(order.uuid)"], self,
            descriptors: [
                .init(log.descriptor.raw, as: 2), .init(file.raw, as: SupervisorPlan.planDescriptor),
            ])
        return try await verdict(of: process, log: order.log, deadline: deadline)
    }

    /// Starts the process that is a network, and waits until it is one. The lock goes over to it.
    func runHolder(_ plan: HolderPlan, lock: consuming FileLock, deadline: Deadline) async throws(VMError) {
        let log = try MachineLog(path: plan.log)
        let file = try FileDescriptor.memory(Array(plan.json.description.utf8), name: "vmctl-plan")
        let process = try SupervisorStart.begin(
            .network, words: [plan.name], self,
            descriptors: [
                .init(log.descriptor.raw, as: 2), .init(file.raw, as: SupervisorPlan.planDescriptor),
                .init(lock.descriptor.raw, as: SupervisorPlan.lockDescriptor),
            ])
        _ = consume lock
        guard let bytes = try await readLine(process.verdict, limit: 16 << 20, deadline: deadline) else {
            // It may still come to it: then the network is active, and says so.
            throw VMError(
                .timeout, "the process of network '\(plan.name)' has not answered in time", remedy: "see '\(plan.log)'",
                libvirt: LibvirtError(.operationTimeout, in: .network))
        }
        guard let answer = try? JSONParser.parse(bytes) else {
            throw VMError(
                .launchFailed, "the process of network '\(plan.name)' ended without an answer",
                remedy: "see '\(plan.log)'", libvirt: LibvirtError(.internalError, in: .network))
        }
        if let failure = answer["failure"]?.object { throw VMError(json: failure) }
    }

    /// What a supervisor says about what it was started for.
    fileprivate func verdict(
        of process: borrowing SupervisorStart, log path: String, deadline: Deadline
    ) async throws(VMError) -> PublishedState? {
        guard let bytes = try await readLine(process.verdict, limit: 16 << 20, deadline: deadline) else {
            throw VMError(.timeout, "the machine's supervisor has not answered in time", remedy: "see '\(path)'")
        }
        guard let answer = try? JSONParser.parse(bytes) else {
            // A process that was killed closes what it holds a moment before it counts as dead.
            let patience = Deadline.after(.seconds(2))
            while process.identity.isAlive, !patience.hasPassed { try await pause(.milliseconds(1)) }
            throw VMError(
                .launchFailed, "the machine's supervisor ended without an answer", remedy: "see '\(path)'")
        }
        if let failure = answer["failure"]?.object { throw VMError(json: failure) }
        guard let value = answer["ok"] else {
            throw VMError(.protocolViolation, "the supervisor's answer can't be read")
        }
        return PublishedState(json: value)
    }

    /// The folder of the user's programs for events.
    var hooks: String { Files.folder(of: paths.domains) + "/hooks" }

    /// A machine's log file. Beside it there is a link with the domain's name, for people.
    public func logPath(_ uuid: UUID) -> String { "\(paths.logs)/\(uuid).log" }

    /// The log file of a domain that is found by its name, UUID or id.
    public func logPath(of key: String) throws(VMError) -> String { logPath(try find(key).uuid) }

    /// Has the link with the domain's name lead to its log.
    func linkLog(of machine: Machine) {
        let link = "\(paths.logs)/\(DomainName.fileName(machine.name)).log"
        let target = "\(machine.uuid).log"
        if Files.linkTarget(link) == target { return }
        // Earlier versions named the file itself after the domain.
        if Files.exists(link), Files.linkTarget(link) == nil {
            if Files.exists(logPath(machine.uuid)) || Glibc.rename(link, logPath(machine.uuid)) != 0 { return }
        }
        try? Folders.make(paths.logs)
        unlink(link)
        symlink(target, link)
    }

    /// The program for supervisors.
    fileprivate func findSupervisorExecutable() throws(VMError) -> String {
        if let supervisorExecutable { return supervisorExecutable }
        let own = Files.linkTarget("/proc/self/exe") ?? ""
        if own.hasSuffix("/vmctl") { return "/proc/self/exe" }
        let beside = Files.folder(of: own) + "/vmctl"
        if access(beside, X_OK) == 0 { return beside }
        let search = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        for folder in search.split(separator: ":") where access("\(folder)/vmctl", X_OK) == 0 {
            return "\(folder)/vmctl"
        }
        throw VMError(
            .launchFailed, "the program 'vmctl', which supervises machines, is not installed",
            remedy: "install it into a folder of PATH, or name it when making the VMManager")
    }
}
