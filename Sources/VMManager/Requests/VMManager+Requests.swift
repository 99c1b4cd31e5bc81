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
        try connect(find(key), deadline: deadline)
    }

    /// Connects to a machine's supervisor. One that is gone is replaced first.
    func connect(_ machine: Machine, deadline: Deadline) throws(VMError) -> BlockingMonitor {
        let patience = min(deadline, .after(.seconds(2)))
        while true {
            let state = observe(machine)
            guard state.state.isActive else { throw VMManager.notRunning(machine) }
            if state.supervisor?.isAlive != true { try mend(machine) }
            do throws(VMError) {
                return try BlockingMonitor(connectingTo: .unix(path: machine.runtime.monitor), deadline: deadline)
            } catch {
                // Between its death and the kernel's last word on it a process still looks alive.
                guard error.code == .connection, !patience.hasPassed else { throw error }
                Poll.sleep(.milliseconds(2))
            }
        }
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
    @discardableResult
    func request(
        _ request: SupervisorRequest, of machine: Machine, timeout: Duration = patience, descriptors: [Int32] = []
    ) throws(VMError) -> SupervisorReply {
        // A little more for the way there and back.
        let deadline = Deadline.after(timeout + .seconds(2))
        var call = SupervisorCall(
            request, timeout: timeout, descriptorCount: descriptors.count, id: request.isEdit ? Self.newJobID() : nil)
        while true {
            do throws(VMError) {
                let session = try connect(machine, deadline: deadline)
                defer { session.close(deadline: .now) }
                return try VMManager.ask(session, call, descriptors, deadline, machine)
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
    ) throws(VMError) -> SupervisorReply {
        let session = try BlockingMonitor(connectingTo: .unix(path: machine.runtime.monitor), deadline: deadline)
        defer { session.close(deadline: .now) }
        return try VMManager.ask(
            session, SupervisorCall(request, timeout: deadline.remaining), [], deadline, machine)
    }

    static func ask(
        _ session: BlockingMonitor, _ call: SupervisorCall, _ descriptors: [Int32], _ deadline: Deadline,
        _ machine: Machine
    ) throws(VMError) -> SupervisorReply {
        let answer = try session.execute(call.command, call.arguments, descriptors: descriptors, deadline: deadline)
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
        guard let value = answer["ok"]?.object else {
            throw VMError(.protocolViolation, "the supervisor's answer can't be read")
        }
        return try SupervisorReply(json: value)
    }

    /// Has a machine's supervisor do something that ends in a state, in the words of an operation.
    func perform(
        _ operation: Operation, _ request: SupervisorRequest, on machine: Machine, timeout: Duration
    ) throws(VMError) -> PublishedState {
        let before = observe(machine)
        let wasActive = before.state.isActive
        do throws(VMError) {
            try operation.check(before.state, name: machine.name)
            guard case .state(let state) = try self.request(request, of: machine, timeout: timeout) else {
                throw VMError(.protocolViolation, "the supervisor's answer can't be read")
            }
            return state
        } catch {
            // A supervisor that ended while it ended the machine has done what was asked.
            if operation == .destroy, error.code == .connection || error.code == .wrongState, wasActive {
                let state = observe(machine)
                if !state.state.isActive { return state }
            }
            let prefix = operation.failure(machine.name, error)
            throw error.message == prefix.message ? error : prefix
        }
    }
}

extension PublishedState {
    /// Whether the supervisor takes fewer requests than this version knows.
    fileprivate var isOlder: Bool { (protocolVersion ?? 1) < SupervisorProtocolVersion.current }
}

extension SupervisorRequest {
    fileprivate var isEdit: Bool { if case .edit = self { true } else { false } }

    /// Whether asking twice comes to the same as asking once. Jobs have ids of their own, by which they are found again.
    fileprivate var canBeRepeated: Bool {
        switch self {
        case .save, .dump, .abortJob, .agent, .sendKeys, .injectNMI, .screenshot, .reset, .reboot: false
        default: true
        }
    }
}
