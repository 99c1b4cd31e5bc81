public import VMCore

/// One client's connection, seen from the server: bytes and descriptors in, bytes, descriptors and calls out.
///
/// It is a value without sockets, clocks or threads. A driver gives it what ``receive(_:descriptors:at:)`` takes, writes
/// what ``nextOutput()`` gives, calls ``tick(at:)`` at ``deadline``, reads from the socket only while ``wantsBytes``, and
/// after each of these passes on what ``nextAction()`` has. It answers by itself what needs no server: authentication
/// without or with polkit's word, which features there are, CONNECT_CLOSE, keepalive, and everything that is refused.
///
/// Calls go on at the same time and are answered in any order. At most ``Configuration/callLimit`` are unanswered; some
/// more are kept, so that PING is answered meanwhile; then nothing is read until one is answered. A call counts until its
/// answer has been taken by the driver, so a client that doesn't read makes no heap.
public struct RPCSession: Sendable {
    public struct Configuration: Sendable {
        /// How clients show who they are.
        public enum Authentication: Int32, Sendable {
            /// The socket's peer is enough.
            case none = 0
            /// The server asks polkit, see ``Action/authorize(_:)``.
            case polkit = 2
        }

        /// The procedures that come as ``Action/call(_:)``; all others are answered with "unknown procedure".
        public var served: ProcedureSet
        /// What CONNECT_SUPPORTS_FEATURE says yes to.
        public var features: Set<Feature>
        public var authentication = Authentication.none
        /// Whether the connection came to the socket for those who may only read.
        public var isReadOnly = false
        /// Calls that may be unanswered: libvirt's `max_client_requests`.
        public var callLimit = 5
        /// Calls that are kept beyond that before reading stops.
        public var heldCallLimit = 16
        /// Bytes of calls that are kept beyond the limit before reading stops.
        public var heldByteLimit = 262_144
        public var streamLimit = 32
        /// Bytes of all streams that the server hasn't consumed before reading stops, and bytes of one stream that wait for
        /// the socket before the server should stop writing.
        public var streamWindow = 1_048_576
        /// Bytes that may wait for a client that doesn't read before its events end the connection.
        public var outputLimit = 16_777_216
        /// Longest packet of a client that hasn't asked for the connection to be opened yet.
        public var strangerPacketLimit = 65_536
        /// What every call is answered with, where the server has no place for this client.
        public var refusal: RemoteError?
        /// How long a client may take to open the connection.
        public var greetingTimeout = Duration.seconds(60)
        /// Silence after which the client is asked, once it has said that it knows keepalive.
        public var keepaliveInterval = Duration.seconds(5)
        /// Questions without any effect after which the client is gone.
        public var keepaliveCount = 5

        public init(serving served: ProcedureSet, features: Set<Feature> = Feature.ofTheWire) {
            self.served = served
            self.features = features
        }
    }

    /// What the driver passes on, in order.
    public enum Action: Sendable {
        /// A call for the server, which answers it once. CONNECT_OPEN is one: a successful answer opens the connection.
        case call(RPCCall)
        /// The client wants polkit to be asked about its process; ``authorize(_:allowed:)`` answers.
        case authorize(RPCCall.ID)
        /// Something has come on a stream.
        case stream(RPCCall.ID, StreamInput)
        /// There is room again on a stream that had none.
        case writable(RPCCall.ID)
        /// Nothing comes after this. Calls need no answer, streams have ended. The driver writes what ``nextOutput()`` still
        /// has, and closes.
        case ended(RPCEnd)
    }

    /// Bytes for the socket, which are written whole before the next are asked for.
    public struct Output: Sendable {
        public var bytes: [UInt8]
        /// Goes along with them; the driver closes it afterwards.
        public var descriptor: Int32?
    }

    /// How far a connection has come.
    enum Phase: Sendable, Hashable {
        case stranger
        case authenticated
        case open
        case ended
    }

    /// A call whose answer decides what others may do.
    enum Gate: Sendable, Hashable {
        case authorizing(RPCCall.ID)
        case opening(RPCCall.ID)
    }

    let configuration: Configuration
    var phase: Phase
    /// Whether the client may only read: by its socket, or because it said so.
    public internal(set) var isReadOnly: Bool
    var reader: PacketReader
    var output = OutputQueue()
    var actions: [Action] = []
    private var firstAction = 0
    var keepalive: KeepaliveTimer
    private var greetingDeadline: Deadline?
    private var unusedDescriptors: [Int32] = []
    /// The reading of the caller's clock that came last.
    var now: Deadline

    // Calls.
    var flights: [RPCCall.ID: PacketHeader] = [:]
    /// What the calls that come behind it wait for.
    var gate: Gate?
    /// Answered, but the answer has not been taken yet.
    var untakenAnswers = 0
    var held: [Packet] = []
    var heldBytes = 0
    var lastID: UInt64 = 0

    // Streams.
    var streams: [RPCCall.ID: StreamState] = [:]
    var streamNames: [StreamKey: RPCCall.ID] = [:]
    var unconsumedBytes = 0

    public init(_ configuration: Configuration, at now: Deadline) {
        self.configuration = configuration
        phase = configuration.authentication == .none ? .authenticated : .stranger
        isReadOnly = configuration.isReadOnly
        reader = PacketReader(limit: configuration.strangerPacketLimit)
        keepalive = KeepaliveTimer(
            interval: configuration.keepaliveInterval, count: configuration.keepaliveCount)
        greetingDeadline = now.advanced(by: configuration.greetingTimeout)
        self.now = now
    }

    // MARK: The driver's side

    /// Takes what the socket gave, cut anywhere.
    public mutating func receive(_ bytes: Span<UInt8>, descriptors: [Int32] = [], at now: Deadline) {
        guard phase != .ended else {
            unusedDescriptors += descriptors
            return
        }
        self.now = now
        keepalive.heard(at: now)
        reader.take(bytes, descriptors: descriptors)
        read()
    }

    /// Whether the driver should read from the socket.
    public var wantsBytes: Bool { phase != .ended && !isPaused }

    /// The next thing to pass on; nil when there is none.
    public mutating func nextAction() -> Action? {
        guard firstAction < actions.count else {
            actions.removeAll(keepingCapacity: true)
            firstAction = 0
            return nil
        }
        defer { firstAction += 1 }
        return actions[firstAction]
    }

    /// The next bytes to write; nil when there are none. Actions can follow from it.
    public mutating func nextOutput() -> Output? {
        guard let entry = output.removeFirst() else { return nil }
        switch entry.mark {
        case .nothing, .pong: break
        case .answer:
            untakenAnswers -= 1
            startHeld()
        case .stream(let id, let count): sent(count, on: id)
        }
        return entry.output
    }

    public var hasOutput: Bool { !output.isEmpty }

    /// Whether the client has opened the connection.
    public var isOpen: Bool { phase == .open }

    /// Bytes that are kept for the client: of packets that haven't come whole, of calls that wait, of answers that it hasn't
    /// read.
    public var heldMemory: Int { reader.heldBytes + heldBytes + unconsumedBytes + output.bytes }

    /// When ``tick(at:)`` has something to do.
    public var deadline: Deadline? {
        guard phase != .ended else { return nil }
        guard let greetingDeadline, phase != .open else { return keepalive.deadline }
        return keepalive.deadline.map { min($0, greetingDeadline) } ?? greetingDeadline
    }

    /// Does what time demands: asks a silent client, or gives it up.
    public mutating func tick(at now: Deadline) {
        guard phase != .ended else { return }
        self.now = now
        switch keepalive.step(at: now) {
        case .nothing: break
        case .ping: sendKeepalive(.ping)
        case .dead: return end(.silence)
        }
        guard phase != .open, let greetingDeadline, now >= greetingDeadline else { return }
        // Somebody may be typing a password for polkit.
        guard flights.isEmpty else { return self.greetingDeadline = now.advanced(by: configuration.greetingTimeout) }
        end(.notOpened)
    }

    /// The connection has ended, or this side ends it. ``Action/ended(_:)`` comes last.
    public mutating func end(_ reason: RPCEnd) {
        guard phase != .ended else { return }
        phase = .ended
        if reason != .closed { unusedDescriptors += output.removeAll() }
        unusedDescriptors += reader.takeDescriptors() + held.flatMap(\.descriptors)
        reader = PacketReader(limit: 0)
        held = []
        heldBytes = 0
        unconsumedBytes = 0
        flights = [:]
        streams = [:]
        streamNames = [:]
        actions.append(.ended(reason))
    }

    /// Descriptors that nobody takes; the driver closes them.
    public mutating func takeUnusedDescriptors() -> [Int32] {
        defer { unusedDescriptors = [] }
        return unusedDescriptors
    }

    mutating func discard(_ descriptors: [Int32]) { unusedDescriptors += descriptors }

    /// Sends an event, if the connection is open.
    public mutating func send(_ event: RPCEvent) {
        guard phase == .open else { return }
        guard output.bytes + event.bytes.count <= configuration.outputLimit else { return end(.slow) }
        output.append(event.bytes)
    }

    // MARK: Packets

    private var isPaused: Bool {
        held.count >= configuration.heldCallLimit || heldBytes >= configuration.heldByteLimit
            || unconsumedBytes >= configuration.streamWindow
    }

    /// Takes the packets that have come, until something has to be waited for.
    mutating func read() {
        while phase != .ended, !isPaused {
            do throws(PacketReader.Violation) {
                guard let packet = try reader.next() else { return }
                take(packet)
            } catch {
                return end(.violation(error))
            }
        }
    }

    private mutating func take(_ packet: Packet) {
        let header = packet.header
        if header.program == .keepalive {
            discard(packet.descriptors)
            if header.version == Program.version, header.kind == .message { takeKeepalive(header.procedure) }
        } else if header.kind == .stream || header.kind == .streamHole {
            takeStream(packet)
        } else if header.kind.isCall {
            takeCall(packet)
        } else {
            // Replies and messages come from servers only; libvirt drops them without a word.
            discard(packet.descriptors)
        }
    }

    // MARK: Keepalive

    private enum KeepaliveWord: Int32 { case ping = 1, pong }

    private mutating func takeKeepalive(_ number: Int32) {
        if KeepaliveWord(rawValue: number) == .ping, !output.hasPong { sendKeepalive(.pong) }
    }

    private mutating func sendKeepalive(_ word: KeepaliveWord) {
        var draft = PacketDraft()
        draft.complete(
            PacketHeader {
                $0.program = .keepalive
                $0.procedure = word.rawValue
                $0.kind = .message
            })
        output.append(draft.bytes, word == .pong ? .pong : .nothing)
    }
}

/// Why a connection has ended.
public enum RPCEnd: Sendable, Hashable {
    /// The client said CONNECT_CLOSE.
    case closed
    /// The client closed its socket.
    case endOfStream
    /// The socket broke with this errno.
    case broken(Int32)
    /// The client didn't answer PING.
    case silence
    /// The client didn't open the connection in time.
    case notOpened
    /// The client doesn't read its events.
    case slow
    /// The client's bytes are no packets.
    case violation(PacketReader.Violation)
    /// The server ends it.
    case local
}
