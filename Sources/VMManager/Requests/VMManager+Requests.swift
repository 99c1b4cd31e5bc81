internal import Glibc
public import MonitorJSON
public import VMCore
internal import VMJSON

/// Requests to the supervisors of machines that run.
extension VMManager {
    /// The deadline of a call that asks a machine something, unless the caller gives another.
    public static let patience = Duration.seconds(10)

    /// A QMP session with a running machine, over its supervisor: any number may be open at once.
    public func monitor(_ key: String, deadline: Deadline = .after(.seconds(10))) throws(VMError) -> BlockingMonitor {
        let session = try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.connect(machine, deadline: deadline)
        }
        guard case .own(let monitor) = session else { throw VMManager.unreadableAnswer }
        return monitor
    }

    /// Connects to a machine's supervisor. One that is gone is replaced first.
    func connect(_ machine: Machine, deadline: Deadline) async throws(VMError) -> MachineSession {
        let patience = min(deadline, .after(.seconds(2)))
        while true {
            let state = observe(machine)
            guard state.state.isActive else { throw VMManager.notRunning(machine) }
            if state.supervisor?.isAlive != true { try await mend(machine) }
            do throws(VMError) {
                return try await session(machine.runtime.monitor, deadline: deadline)
            } catch {
                // Between its death and the kernel's last word on it a process still looks alive.
                guard error.code == .connection, !patience.hasPassed else { throw error }
                try await pause(.milliseconds(2))
            }
        }
    }

    static var unreadableAnswer: VMError {
        VMError(.protocolViolation, "the supervisor's answer can't be read")
    }

    static func notRunning(_ machine: Machine) -> VMError {
        VMError(
            .wrongState, "Requested operation is not valid: domain is not running",
            remedy: "start it with \(command: "start", machine.name)")
    }

    /// Has a machine's supervisor do something.
    ///
    /// - Parameters:
    ///   - timeout: how long it may take; the supervisor keeps the time.
    ///   - descriptors: the open files that belong to the request.
    ///   - session: a session that is there already, which is used up.
    @discardableResult
    func request(
        _ request: SupervisorRequest, of machine: Machine, timeout: Duration = patience, descriptors: [Int32] = [],
        over session: MachineSession? = nil
    ) async throws(VMError) -> SupervisorReply {
        let deadline = Deadline.after(timeout)
        if request.isQuick { return try await send(request, of: machine, by: deadline, descriptors, session) }
        return try await inTurn(machine, by: deadline) { () async throws(VMError) in
            try await send(request, of: machine, by: deadline, descriptors)
        }
    }

    /// Runs something that may take long over the connection that all asynchronous calls to a machine share, when it is
    /// its turn. A blocking call has a connection of its own.
    func inTurn<Success>(
        _ machine: Machine, by deadline: Deadline,
        _ body: () async throws(VMError) -> Success
    ) async throws(VMError) -> Success {
        guard waiting == .tasks else { return try await body() }
        return try await MachineConnections.shared.connection(machine.runtime.monitor).inTurn(by: deadline, body)
    }

    private func send(
        _ request: SupervisorRequest, of machine: Machine, by end: Deadline, _ descriptors: [Int32],
        _ given: MachineSession? = nil
    ) async throws(VMError) -> SupervisorReply {
        var given = given
        // The supervisor keeps the time and tells more; one that doesn't answer at all must not make the call much longer.
        let deadline = end.advanced(by: .milliseconds(250))
        var call = SupervisorCall(
            request, timeout: end.remaining, descriptorCount: descriptors.count,
            id: request.isEdit ? Self.newJobID() : nil)
        while true {
            do throws(VMError) {
                let session: MachineSession
                if let given { session = given } else { session = try await connect(machine, deadline: deadline) }
                given = nil
                defer { session.close() }
                return try await VMManager.ask(session, call, descriptors, deadline, machine)
            } catch {
                // The supervisor ended before it answered. The next one has completed what it found begun, or taken it
                // back; asked again for a change of the same id it makes it once.
                guard error.code == .connection, request.canBeRepeated, !call.isRepeated, !deadline.hasPassed
                else { throw error }
                call.isRepeated = true
            }
        }
    }

    /// The same over the socket as it is, without mending.
    func send(
        _ request: SupervisorRequest, to machine: Machine, deadline: Deadline
    ) async throws(VMError) -> SupervisorReply {
        let session = try await session(machine.runtime.monitor, deadline: deadline)
        defer { session.close() }
        return try await VMManager.ask(
            session, SupervisorCall(request, timeout: deadline.remaining), [], deadline, machine)
    }

    private static func ask(
        _ session: MachineSession, _ call: SupervisorCall, _ descriptors: [Int32], _ deadline: Deadline,
        _ machine: Machine
    ) async throws(VMError) -> SupervisorReply {
        let answer = try await session.execute(
            call.command, call.arguments, descriptors: descriptors, deadline: deadline)
        return try reply(answer, to: call.request, of: machine)
    }

    /// The reply in a supervisor's answer.
    static func reply(
        _ answer: JSONValue, to request: SupervisorRequest, of machine: Machine
    ) throws(VMError) -> SupervisorReply {
        if let failure = answer["failure"]?.object {
            let error = VMError(json: failure)
            guard error.code == .unsupported, (try? machine.runtime.readState())??.isOlder == true else { throw error }
            throw VMError(
                .unsupported,
                "the supervisor of domain '\(machine.name)' is of an older version, which can't do this "
                    + "('\(request.name)')",
                remedy: "the machine gets a newer one when it is started the next time", cause: error)
        }
        guard let value = answer["ok"]?.object else { throw unreadableAnswer }
        return try SupervisorReply(json: value)
    }

    /// Has a machine's supervisor do something that ends in a state.
    func perform(
        _ operation: Operation, _ request: SupervisorRequest, on machine: Machine, timeout: Duration,
        over session: MachineSession? = nil
    ) async throws(VMError) -> PublishedState {
        let wasActive = observe(machine).state.isActive
        do throws(VMError) {
            try await check(operation, machine)
            let reply = try await self.request(request, of: machine, timeout: timeout, over: session)
            guard case .state(let state) = reply else {
                throw VMManager.unreadableAnswer
            }
            return state
        } catch {
            // A supervisor that ended while it ended the machine has done what was asked.
            if operation == .destroy, error.code == .connection || error.code == .wrongState, wasActive {
                let state = observe(machine)
                if !state.state.isActive { return state }
            }
            throw error
        }
    }
}

extension VMManager {
    /// Whether the machine's state allows something. The published state alone refuses nothing: a supervisor that is gone
    /// can't have told what QEMU has done since.
    func check(_ operation: Operation, _ machine: Machine) async throws(VMError) {
        do throws(VMError) {
            try operation.check(observe(machine).state, name: machine.name)
        } catch {
            try operation.check(try await mend(machine).state, name: machine.name)
        }
    }
}

extension PublishedState {
    /// Whether the supervisor takes fewer requests than this version knows.
    fileprivate var isOlder: Bool { (protocolVersion ?? 1) < SupervisorProtocolVersion.current }
}

extension SupervisorRequest {
    fileprivate var isEdit: Bool { if case .edit = self { true } else { false } }

    /// Whether the supervisor answers by itself, without asking QEMU or the guest.
    fileprivate var isQuick: Bool {
        switch self {
        case .status, .definition, .subscribe, .destroy, .abortJob, .setAgentPatience: true
        default: false
        }
    }

    /// Whether asking twice comes to the same as asking once. Jobs have ids of their own, by which they are found again.
    fileprivate var canBeRepeated: Bool {
        switch self {
        case .startBlockJob, .endBlockJob: false
        case .save, .dump, .snapshot, .backup, .checkpoint, .abortJob, .agent, .sendKeys, .injectNMI, .screenshot,
            .addDisplayClient, .announce, .reset, .reboot:
            false
        default: true
        }
    }
}
