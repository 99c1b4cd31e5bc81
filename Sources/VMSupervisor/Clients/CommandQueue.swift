internal import VMCore
internal import VMJSON

/// The clients' commands that QEMU has not been given yet.
///
/// QEMU runs one after the other of all it is given, so a client with many slow ones would have everybody else wait for
/// them. Therefore no client has more than one with QEMU at a time, and the client that was served longest ago is next.
struct CommandQueue {
    struct Command {
        /// Whose it is: the client's number, or ``CommandQueue/departed``.
        var client: Int
        var name: String
        var message: JSONObject
        /// Closed by whoever takes the command out.
        var descriptors: [Int32] = []
        var id: JSONValue?
        /// How many bytes it came as.
        var size = 0
    }

    private struct Lane {
        var waiting: [Command] = []
        var bytes = 0
        /// When one of it was last given to QEMU; 0 is never.
        var lastTurn: UInt64 = 0
        var isServed = false
        /// Its client has hung up.
        var isOver = false
    }

    /// What clients that have hung up left behind is in one lane: nobody waits for it, and who comes and goes without end
    /// would always be the newest otherwise.
    static let departed = 0
    /// With QEMU at once, so that it has the next one when it has answered.
    static let serviceLimit = 2
    /// The most that is kept for clients that have hung up.
    static let departedLimit = (commands: 256, bytes: 1 << 20)

    private var lanes: [Int: Lane] = [:]
    private var turns: UInt64 = 0
    private var served = 0

    /// How many bytes wait for a client's turn.
    func bytes(of client: Int) -> Int { lanes[client]?.bytes ?? 0 }

    mutating func append(_ command: Command) {
        lanes[command.client, default: Lane()].waiting.append(command)
        lanes[command.client]?.bytes += command.size
    }

    /// The next command to give to QEMU; ``finished(_:)`` has to follow when it is answered.
    mutating func next() -> Command? {
        guard served < Self.serviceLimit else { return nil }
        let ready = lanes.filter { !$0.value.waiting.isEmpty && !$0.value.isServed }
        let chosen = ready.min { ($0.value.lastTurn, $0.key) < ($1.value.lastTurn, $1.key) }?.key
        guard let chosen, var lane = lanes[chosen] else { return nil }
        let command = lane.waiting.removeFirst()
        lane.bytes -= command.size
        turns += 1
        lane.lastTurn = turns
        lane.isServed = true
        served += 1
        lanes[chosen] = lane
        return command
    }

    /// QEMU has answered a client's command.
    mutating func finished(_ client: Int) {
        guard lanes[client]?.isServed == true else { return }
        served -= 1
        lanes[client]?.isServed = false
        if lanes[client]?.isOver == true { lanes[client] = nil }
    }

    /// A client has hung up: what it sent before is carried out all the same, up to the limit.
    ///
    /// - Returns: the commands beyond it, which will not be carried out.
    mutating func depart(_ client: Int) -> [Command] {
        guard let lane = lanes[client] else { return [] }
        var dropped: [Command] = []
        var left = lanes[Self.departed] ?? Lane()
        for var command in lane.waiting {
            command.client = Self.departed
            guard
                left.waiting.count < Self.departedLimit.commands,
                left.bytes + command.size <= Self.departedLimit.bytes
            else {
                dropped.append(command)
                continue
            }
            left.waiting.append(command)
            left.bytes += command.size
        }
        lanes[Self.departed] = left
        lanes[client] = lane.isServed ? Lane(isServed: true, isOver: true) : nil
        return dropped
    }

    /// Everything that waits, which will not be carried out.
    mutating func removeAll() -> [Command] {
        defer {
            for client in lanes.keys {
                lanes[client]?.waiting = []
                lanes[client]?.bytes = 0
            }
        }
        return lanes.values.flatMap(\.waiting)
    }
}
