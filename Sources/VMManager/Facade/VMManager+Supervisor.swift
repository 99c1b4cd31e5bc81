internal import Glibc
public import MonitorJSON
public import VMCore
internal import VMJSON

extension VMManager {
    // MARK: Bringing one up

    /// Starts a supervisor process with its plan and waits for its verdict.
    ///
    /// The lock goes over to the supervisor, which holds it from then on.
    func supervise(
        _ plan: SupervisorPlan, lock: consuming FileLock, descriptors: [SpawnRequest.Descriptor] = [],
        deadline: Deadline
    ) throws(VMError) -> PublishedState {
        let file = try FileDescriptor.memory(Array(plan.json.description.utf8), name: "vmctl-plan")
        var pipe = try Pipe()
        let log = try MachineLog(path: plan.log)
        let request = SpawnRequest(
            executable: try findSupervisorExecutable(), arguments: [SupervisorProcess.verb, plan.name, "\(plan.uuid)"],
            name: "vmctl",
            descriptors: [
                .init(log.descriptor.raw, as: 2), .init(file.raw, as: SupervisorPlan.planDescriptor),
                .init(lock.descriptor.raw, as: SupervisorPlan.lockDescriptor),
                .init(pipe.writer, as: SupervisorPlan.verdictDescriptor),
            ] + descriptors, workingDirectory: "/", detached: true)
        let supervisor = try SpawnedProcess.spawn(request).identity
        pipe.closeWriter()
        _ = consume lock
        guard let bytes = pipe.readToEnd(limit: 16 << 20, deadline: deadline) else {
            throw VMError(.timeout, "the machine's supervisor has not answered in time", remedy: "see '\(plan.log)'")
        }
        guard let answer = try? JSONParser.parse(bytes) else {
            // A process that was killed closes what it holds a moment before it counts as dead.
            let patience = Deadline.after(.seconds(2))
            while supervisor.isAlive, !patience.hasPassed { Poll.sleep(.milliseconds(1)) }
            throw VMError(
                .launchFailed, "the machine's supervisor ended without an answer", remedy: "see '\(plan.log)'")
        }
        return try VMManager.state(from: answer)
    }

    /// The state in a supervisor's answer.
    private static func state(from answer: JSONValue) throws(VMError) -> PublishedState {
        if let failure = answer["failure"]?.object { throw VMError(json: failure) }
        guard let value = answer["ok"], let state = PublishedState(json: value) else {
            throw VMError(.protocolViolation, "the supervisor's answer can't be read")
        }
        return state
    }

    /// Gives a machine whose supervisor is gone a new one. Nil when there was nothing to take over any more.
    func takeOver(_ folder: RuntimeFolder) throws(VMError) -> PublishedState? {
        let deadline = Deadline.after(.seconds(3))
        while let lock = try takeSupervisorLock(folder, until: deadline) {
            guard let state = try folder.readState(), state.state.isActive, state.supervisor?.isAlive != true,
                state.qemu?.isAlive == true
            else { return try folder.readState() }
            let plan = takeOverPlan(folder, state)
            return try supervise(plan, lock: lock, deadline: deadline)
        }
        // Somebody else is at it, and perhaps waits for a QEMU that doesn't answer.
        return try folder.readState()
    }

    /// Takes the lock, unless another process takes the machine over meanwhile.
    private func takeSupervisorLock(_ folder: RuntimeFolder, until deadline: Deadline) throws(VMError) -> FileLock? {
        while true {
            if let lock = try FileLock.take(folder.supervisorLock) { return lock }
            if try folder.readState()?.supervisor?.isAlive == true || deadline.hasPassed { return nil }
            Poll.sleep(.milliseconds(1))
        }
    }

    private func takeOverPlan(_ folder: RuntimeFolder, _ state: PublishedState) -> SupervisorPlan {
        if let bytes = try? Files.read(folder.plan), var plan = try? SupervisorPlan.read(bytes) {
            plan.adopts = true
            return plan
        }
        // Without the old plan the policies are the defaults, and everything else is asked of QEMU.
        var plan = SupervisorPlan(
            name: state.name, uuid: state.uuid, id: state.id ?? 0, runtime: paths.runtime, log: logPath(state.name),
            dumps: paths.state + "/dump", definition: store.path(of: state.name), executable: "", arguments: [],
            configuration: "", environment: [], descriptors: [], policy: LifeCyclePolicy(), isPaused: false,
            asksTerminals: true, asksVNC: true, patience: 30, adopts: true)
        plan.hooks = hooks
        return plan
    }

    /// The folder of the user's programs for events.
    var hooks: String { Files.folder(of: paths.domains) + "/hooks" }

    /// A machine's log file.
    public func logPath(_ name: String) -> String { "\(paths.logs)/\(DomainName.fileName(name)).log" }

    /// The program for supervisors.
    private func findSupervisorExecutable() throws(VMError) -> String {
        if let supervisorExecutable { return supervisorExecutable }
        var room = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &room, room.count - 1)
        let own = String(decoding: room.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
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

    // MARK: Asking one

    /// A QMP session with a running machine, over its supervisor: any number may be open at once.
    public func monitor(_ key: String, deadline: Deadline = .after(.seconds(10))) throws(VMError) -> BlockingMonitor {
        try connect(find(key), deadline: deadline)
    }

    /// Connects to a machine's supervisor. One that has just died is replaced on the way.
    func connect(_ machine: Machine, deadline: Deadline) throws(VMError) -> BlockingMonitor {
        let patience = min(deadline, .after(.seconds(2)))
        while true {
            guard let state = try currentState(machine.runtime), state.state.isActive else {
                throw VMError(
                    .wrongState, "Requested operation is not valid: domain is not running",
                    remedy: "start it with 'vmctl start \(machine.name)'")
            }
            do throws(VMError) {
                return try BlockingMonitor(connectingTo: .unix(path: machine.runtime.monitor), deadline: deadline)
            } catch {
                // Between its death and the kernel's last word on it a process still looks alive.
                guard error.code == .connection, !patience.hasPassed else { throw error }
                Poll.sleep(.milliseconds(2))
            }
        }
    }

    /// Has the supervisor run one of its own commands.
    func ask(
        _ machine: Machine, _ operation: Operation, _ verb: String, _ arguments: JSONObject = [:], timeout: Duration
    ) throws(VMError) -> PublishedState {
        do throws(VMError) {
            let state = try currentState(machine.runtime) ?? PublishedState(name: machine.name, uuid: machine.uuid)
            try operation.check(state.state, name: machine.name)
            // The supervisor keeps the time; a little more for the way there and back.
            let deadline = Deadline.after(timeout + .seconds(2))
            let session = try connect(machine, deadline: deadline)
            var arguments = arguments
            arguments["timeout"] = JSONValue(Int(clamping: timeout.inNanoseconds / 1_000_000))
            let answer = try session.execute("x-vmctl-" + verb, arguments, deadline: deadline)
            return try VMManager.state(from: answer)
        } catch {
            let prefix = operation.failure(machine.name, error)
            throw error.message == prefix.message ? error : prefix
        }
    }
}
