internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// The way from a change's thread to the supervisor, which lives on the reactor's thread alone.
final class SupervisorPort: @unchecked Sendable {
    // SAFETY: the supervisor is touched only by work that the mailbox runs on the reactor's thread, and it outlives the
    // reactor's loop.
    private unowned let supervisor: Supervisor
    private let mailbox: ReactorMailbox

    init(_ supervisor: Supervisor, _ mailbox: ReactorMailbox) {
        self.supervisor = supervisor
        self.mailbox = mailbox
    }

    /// A reference to what only the reactor's thread may touch.
    private struct Bound: @unchecked Sendable {
        // SAFETY: see above.
        unowned let supervisor: Supervisor
    }

    /// Asks the supervisor for something and waits for the answer.
    ///
    /// - Throws: what it answers; `timeout` when it doesn't answer by a second after the deadline.
    func ask<Value: Sendable>(
        _ deadline: Deadline,
        _ body: @escaping @Sendable (Supervisor, @escaping (Result<Value, VMError>) -> Void) -> Void
    ) throws(VMError) -> Value {
        let answer = Handoff<Result<Value, VMError>>()
        let bound = Bound(supervisor: supervisor)
        mailbox.post { body(bound.supervisor) { answer.fulfil($0) } }
        guard let result = answer.wait(until: deadline.advanced(by: .seconds(6))) else {
            throw VMError(.timeout, "the machine's supervisor did not answer in time")
        }
        return try result.get()
    }

    /// Tells the supervisor something.
    func tell(_ body: @escaping @Sendable (Supervisor) -> Void) {
        let bound = Bound(supervisor: supervisor)
        mailbox.post { body(bound.supervisor) }
    }
}

/// The events of one name from now on, for the thread of a change that waits for them.
final class EventTap: Sendable {
    private let events: HandoffQueue<JSONObject>
    private let port: SupervisorPort
    private let number: UInt64

    init(_ name: String, _ port: SupervisorPort) throws(VMError) {
        self.port = port
        let number = UInt64.random(in: 0...(.max))
        let events = HandoffQueue<JSONObject>()
        self.number = number
        self.events = events
        _ = try port.ask(.after(.seconds(5))) { supervisor, done in
            supervisor.eventTaps[number] = (name, { events.bring($0) })
            done(.success(true))
        }
    }

    deinit {
        let number = number
        port.tell { $0.eventTaps[number] = nil }
    }

    /// The next event's data; nil at the deadline.
    func wait(until deadline: Deadline) -> JSONObject? { events.take(until: deadline) }
}
