/// What waits for a client's socket, in order.
struct OutputQueue: Sendable {
    /// What it means that an entry has been taken.
    enum Mark: Sendable, Hashable {
        case nothing
        /// A call has been answered.
        case answer
        /// So many bytes of a stream are on their way.
        case stream(RPCCall.ID, Int)
        case pong
    }

    struct Entry: Sendable {
        var output: RPCSession.Output
        var mark: Mark
    }

    private var entries: [Entry] = []
    private var first = 0
    private(set) var bytes = 0
    /// A client that sends PING after PING and reads nothing gets one PONG.
    private(set) var hasPong = false

    var isEmpty: Bool { first == entries.count }

    mutating func append(_ bytes: [UInt8], descriptor: Int32? = nil, _ mark: Mark = .nothing) {
        entries.append(Entry(output: .init(bytes: bytes, descriptor: descriptor), mark: mark))
        self.bytes += bytes.count
        if mark == .pong { hasPong = true }
    }

    mutating func removeFirst() -> Entry? {
        guard first < entries.count else { return nil }
        let entry = entries[first]
        entries[first].output.bytes = []
        first += 1
        bytes -= entry.output.bytes.count
        if entry.mark == .pong { hasPong = false }
        if first == entries.count {
            entries.removeAll(keepingCapacity: true)
            first = 0
        } else if first >= 64, first * 2 >= entries.count {
            entries.removeFirst(first)
            first = 0
        }
        return entry
    }

    /// Forgets everything; the descriptors are the caller's to close.
    mutating func removeAll() -> [Int32] {
        let descriptors = entries[first...].compactMap(\.output.descriptor)
        self = OutputQueue()
        return descriptors
    }
}
