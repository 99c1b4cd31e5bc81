internal import Glibc
public import VMCore
internal import VMJSON

/// Bringing up the processes beside a machine: a supervisor with its plan, or one that mends.
extension VMManager {
    /// Starts a supervisor process with its plan and waits for its verdict.
    ///
    /// The lock goes over to the supervisor, which holds it from then on.
    func supervise(
        _ plan: SupervisorPlan, lock: consuming FileLock, descriptors: [SpawnRequest.Descriptor] = [],
        deadline: Deadline
    ) async throws(VMError) -> PublishedState {
        let lockDescriptor = SpawnRequest.Descriptor(lock.descriptor.raw, as: SupervisorPlan.lockDescriptor)
        let answer = try await runSupervisor(
            .start, plan.json, words: [plan.name, "\(plan.uuid)"], log: plan.log,
            descriptors: [lockDescriptor] + descriptors, deadline: deadline)
        _ = consume lock
        guard let state = answer else {
            throw VMError(.protocolViolation, "the supervisor's answer can't be read")
        }
        return state
    }

    /// Starts a process that mends a machine.
    ///
    /// - Returns: the machine's state then; nil when there is no such machine any more.
    func runMender(_ order: MendOrder, deadline: Deadline) async throws(VMError) -> PublishedState? {
        try await runSupervisor(
            .mend, order.json, words: ["\(order.uuid)"], log: order.log, descriptors: [], deadline: deadline)
    }

    private func runSupervisor(
        _ task: SupervisorPlan.Task, _ plan: JSONObject, words: [String], log path: String,
        descriptors: [SpawnRequest.Descriptor], deadline: Deadline
    ) async throws(VMError) -> PublishedState? {
        let file = try FileDescriptor.memory(Array(plan.description.utf8), name: "vmctl-plan")
        var pipe = try Pipe()
        let log = try MachineLog(path: path)
        let request = SpawnRequest(
            executable: try findSupervisorExecutable(),
            arguments: [SupervisorPlan.verb, task.rawValue] + words, name: "vmctl",
            descriptors: [
                .init(log.descriptor.raw, as: 2), .init(file.raw, as: SupervisorPlan.planDescriptor),
                .init(pipe.writer, as: SupervisorPlan.verdictDescriptor),
            ] + descriptors, workingDirectory: "/", detached: true)
        let supervisor = try SpawnedProcess.spawn(request).identity
        pipe.closeWriter()
        guard let bytes = try await readToEnd(pipe, limit: 16 << 20, deadline: deadline) else {
            throw VMError(.timeout, "the machine's supervisor has not answered in time", remedy: "see '\(path)'")
        }
        guard let answer = try? JSONParser.parse(bytes) else {
            // A process that was killed closes what it holds a moment before it counts as dead.
            let patience = Deadline.after(.seconds(2))
            while supervisor.isAlive, !patience.hasPassed { try await pause(.milliseconds(1)) }
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
    private func findSupervisorExecutable() throws(VMError) -> String {
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
