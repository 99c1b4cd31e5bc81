public import VMCore

/// Something that happened to one of the machines that are followed.
public struct DomainEvent: Sendable, Hashable {
    public enum Content: Sendable, Hashable {
        case event(MachineEvent)
        /// The machine's events between the last one and the next one were lost; nil when it can't be told how many.
        /// Ask for its state.
        case gap(UInt64?)
    }

    public var domain: String
    public var uuid: UUID
    public var content: Content
    /// Goes on behind this event when given to whoever follows next.
    public var token: EventToken

    var machineEvent: MachineEvent {
        switch content {
        case .event(let event): event
        case .gap: .gap
        }
    }
}

/// How far somebody has read: the number of the last event of each machine. Its text is what `--since` takes.
public struct EventToken: Sendable, Hashable, CustomStringConvertible {
    /// Of machines that aren't named here, everything is new.
    public var sequences: [UUID: UInt64]

    /// Before the first event of every machine.
    public static let beginning = EventToken(sequences: [:])

    public init(sequences: [UUID: UInt64]) { self.sequences = sequences }

    /// Reads what ``description`` wrote, `0` for the beginning, or a plain number for the one machine that is followed.
    public init(parsing text: String, machine: UUID?) throws(VMError) {
        sequences = [:]
        if text == "0" { return }
        if let machine, let number = UInt64(text) {
            sequences[machine] = number
            return
        }
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = word.split(separator: ":")
            guard parts.count == 2, let uuid = UUID(String(parts[0])), let number = UInt64(parts[1]) else {
                throw VMError(
                    .usage, "'\(text)' is no token of an event",
                    remedy: "give the token of the last event you have seen, or 0 for all that is remembered")
            }
            sequences[uuid] = number
        }
    }

    public var description: String {
        if sequences.isEmpty { return "0" }
        return sequences.map { "\($0.key):\($0.value)" }.sorted().joined(separator: ",")
    }
}
