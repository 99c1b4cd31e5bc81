internal import VMCore
public import VMJSON

/// Something that happened to a machine, from its supervisor's journal.
public struct MachineEvent: Sendable, Hashable {
    /// What happened.
    public enum Kind: Sendable, Hashable {
        /// The machine came into a state.
        case state(DomainState, StateReason)
        /// QEMU sent an event.
        case qmp(name: String, data: JSONValue)
        /// The supervisor did something, such as taking over.
        case supervisor(String)
        /// A program beside QEMU ended, and the machine runs on without it.
        case helper(program: String, device: String, detail: String)
        /// Events between the last one and the next one were lost: the journal no longer had them, or the reader was too
        /// slow. Ask for the state.
        case gap
    }

    /// Counts a machine's events; a token from which to go on. Zero for a gap.
    public var sequence: UInt64
    /// Nanoseconds since 1970.
    public var time: Int64
    public var kind: Kind

    public init(sequence: UInt64, time: Int64, kind: Kind) {
        self.sequence = sequence
        self.time = time
        self.kind = kind
    }

    package static var gap: MachineEvent { MachineEvent(sequence: 0, time: WallClock.now, kind: .gap) }

    /// Reads a line of the journal.
    package init?(json: JSONValue) {
        guard let sequence = json["seq"]?.uint64, let event = json["event"]?.string else { return nil }
        self.sequence = sequence
        time = json["time"]?.int64 ?? 0
        switch event {
        case "state":
            guard let state = (json["state"]?.string).flatMap({ DomainState(rawValue: $0) }),
                let reason = (json["reason"]?.string).flatMap({ StateReason(rawValue: $0) })
            else { return nil }
            kind = .state(state, reason)
        case "qmp":
            guard let name = json["name"]?.string else { return nil }
            kind = .qmp(name: name, data: json["data"] ?? [:])
        case "helper":
            kind = .helper(
                program: json["program"]?.string ?? "", device: json["device"]?.string ?? "",
                detail: json["detail"]?.string ?? "")
        default: kind = .supervisor(json["detail"]?.string ?? event)
        }
    }
}
