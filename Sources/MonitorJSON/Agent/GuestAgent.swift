internal import Glibc
public import VMCore
public import VMJSON

/// A session with the guest agent, the program inside the guest that speaks QMP's dialect without greeting, ids and
/// events.
///
/// The guest is not to be trusted: it may answer nonsense, without end, late or never. Every call has a deadline, answers
/// have a greatest length, and whatever a session before this one left behind is skipped up to the byte 0xFF that
/// `guest-sync-delimited` is answered with. For one thread, as ``BlockingMonitor`` is.
public final class GuestAgent {
    /// The longest answer that is taken. `guest-file-read` gives 48 MiB at most, but asks for that.
    public static let answerLimit = 16 << 20

    /// Runs a command of the agent at another place, which holds the session, and gives a refusal back as a value.
    public typealias Relay = (String, JSONObject, Deadline) throws(VMError) -> Result<JSONValue, QMPError>

    private enum Way {
        case monitor(BlockingMonitor)
        case relay(Relay)
    }

    private let way: Way

    /// Leaves the session to somebody else, such as a machine's supervisor.
    public init(over relay: @escaping Relay) { way = .relay(relay) }

    /// Connects and comes into step with the agent.
    ///
    /// - Throws: `timeout` when no agent answers, which is so while none runs in the guest; `connection`.
    public init(connectingTo address: MonitorAddress, deadline: Deadline) throws(VMError) {
        way = .monitor(
            try BlockingMonitor(connectingTo: address, configuration: Self.configuration(), deadline: deadline))
    }

    /// Takes a connected stream over and comes into step with the agent.
    ///
    /// - Parameter name: What messages call the agent.
    public init(over socket: consuming FileDescriptor, named name: String, deadline: Deadline) throws(VMError) {
        way = .monitor(
            try BlockingMonitor(
                over: socket, named: name, configuration: Self.configuration(), deadline: deadline))
    }

    /// What makes a ``Monitor`` or ``BlockingMonitor`` speak to an agent.
    ///
    /// - Parameter token: The number that tells this session's answer from an earlier one's; nil takes a random one.
    public static func configuration(token: Int64? = nil) -> MonitorSession.Configuration {
        // Small enough to survive an agent that reads numbers as doubles.
        let token = token ?? Int64.random(in: 1..<(1 << 52))
        return MonitorSession.Configuration(dialect: .agent(token: token), messageLimit: answerLimit)
    }

    /// Why the session has ended; nil while it lives.
    public var closeReason: CloseReason? { if case .monitor(let monitor) = way { monitor.closeReason } else { nil } }

    /// Runs a command and gives the value of its `return` back.
    @discardableResult
    public func execute(_ command: String, _ arguments: JSONObject = [:], deadline: Deadline) throws(VMError)
        -> JSONValue
    {
        switch try attempt(command, arguments, deadline: deadline) {
        case .success(let value): return value
        case .failure(let error): throw error.error(of: command, by: "the guest agent")
        }
    }

    /// Runs a command and gives a refusal back as a value.
    public func attempt(_ command: String, _ arguments: JSONObject = [:], deadline: Deadline) throws(VMError)
        -> Result<JSONValue, QMPError>
    {
        switch way {
        case .monitor(let monitor): try monitor.attempt(command, arguments, deadline: deadline)
        case .relay(let relay): try relay(command, arguments, deadline)
        }
    }

    /// Runs a typed command.
    @discardableResult
    public func execute<C: GuestCommand>(_ command: C, deadline: Deadline) throws(VMError) -> C.Reply {
        guard !C.isSilentOnSuccess else {
            try send(command, deadline: deadline)
            return try C.decode([:])
        }
        return try C.decode(try execute(C.name, command.arguments, deadline: deadline))
    }

    /// Runs a command that the agent answers only when it fails: silence until the deadline, or its end, is success.
    private func send<C: GuestCommand>(_ command: C, deadline: Deadline) throws(VMError) {
        do throws(VMError) {
            try execute(C.name, command.arguments, deadline: deadline)
        } catch {
            guard error.code == .timeout || error.code == .connection else { throw error }
        }
    }

    /// Ends the session. The agent never closes by itself, so nothing is waited for.
    public func close() { if case .monitor(let monitor) = way { monitor.close(deadline: .now) } }
}

/// A command of the guest agent as a type.
public protocol GuestCommand: QMPCommand {
    /// Whether the agent says nothing when it has done it, as with what ends the guest.
    static var isSilentOnSuccess: Bool { get }
}

extension GuestCommand {
    public static var isSilentOnSuccess: Bool { false }
}
