internal import VMJSON

/// A command on its way.
struct Flight: Sendable {
    let ticket: MonitorSession.Ticket
    let command: String
    let arguments: JSONObject
    let descriptors: [Int32]
    let isOutOfBand: Bool
    /// The id it was sent with; nil before.
    var wireID: Int?
    /// Nobody waits for its answer.
    var isAbandoned = false
    /// Its answer may never come.
    var isLost = false
    /// Takes away what a command before it may have left with QEMU, before another command takes it for its own.
    var isSweep = false

    /// Whether QEMU keeps the descriptor for whoever asks next, because this command, done now, did not take it.
    func leavesDescriptors(succeeded: Bool) -> Bool {
        guard !descriptors.isEmpty else { return false }
        return !succeeded || (command != "getfd" && command != "add-fd")
    }

    var handlesDescriptors: Bool { !descriptors.isEmpty || isSweep }
}

/// The commands that wait to be sent and those that wait for an answer, each in order.
struct FlightTable: Sendable {
    var queued: [Flight] = []
    var sent: [Flight] = []
    private var lastTicket: UInt64 = 0

    mutating func make(
        _ command: String, _ arguments: JSONObject, descriptors: [Int32], outOfBand: Bool
    ) -> Flight {
        lastTicket &+= 1
        return Flight(
            ticket: MonitorSession.Ticket(number: lastTicket), command: command, arguments: arguments,
            descriptors: descriptors, isOutOfBand: outOfBand)
    }

    /// Puts before all that waits what takes a stray descriptor and closes it; where there is none both are refused.
    mutating func sweep() {
        let name: JSONObject = ["fdname": "vmctl-stray"]
        var flights = ["getfd", "closefd"].map { make($0, name, descriptors: [], outOfBand: false) }
        for index in flights.indices {
            flights[index].isAbandoned = true
            flights[index].isSweep = true
        }
        queued.insert(contentsOf: flights, at: 0)
    }

    /// Moves the next command that may go to the sent ones. Those out of band go first and always. Of those that carry
    /// descriptors only one is under way: QEMU gives the last set it received to the next command that asks.
    mutating func takeSendable(limit: Int, outOfBand: Bool) -> Flight? {
        if let index = queued.firstIndex(where: \.isOutOfBand) {
            return outOfBand ? send(queuedAt: index) : queued.remove(at: index)
        }
        guard let next = queued.first, sent.count(where: { !$0.isOutOfBand && !$0.isLost }) < limit else { return nil }
        if !next.descriptors.isEmpty, sent.contains(where: { $0.handlesDescriptors && !$0.isLost }) { return nil }
        return send(queuedAt: 0)
    }

    private mutating func send(queuedAt index: Int) -> Flight {
        var flight = queued.remove(at: index)
        // The lowest free number keeps the id, and with it every command, short.
        var id = 1
        while sent.contains(where: { $0.wireID == id }) { id += 1 }
        flight.wireID = id
        sent.append(flight)
        return flight
    }

    /// The command with this id, which is answered now. In-band answers come in order, so commands before it whose
    /// answer was lost will get none.
    mutating func take(wireID: Int) -> Flight? {
        guard let index = sent.firstIndex(where: { $0.wireID == wireID }) else { return nil }
        let flight = sent.remove(at: index)
        if !flight.isOutOfBand {
            var position = 0
            sent.removeAll { other in
                defer { position += 1 }
                return position < index && other.isLost && !other.isOutOfBand
            }
        }
        return flight
    }

    mutating func take(ticket: MonitorSession.Ticket) -> Flight? {
        sent.firstIndex { $0.ticket == ticket }.map { sent.remove(at: $0) }
    }

    mutating func takeFirstSent() -> Flight? { sent.isEmpty ? nil : sent.removeFirst() }

    /// Nothing that was sent can be relied upon to be answered.
    mutating func loseAll() {
        for index in sent.indices {
            sent[index].isAbandoned = true
            sent[index].isLost = true
        }
    }

    mutating func removeAll() -> [Flight] {
        defer {
            queued = []
            sent = []
        }
        return sent + queued
    }
}
