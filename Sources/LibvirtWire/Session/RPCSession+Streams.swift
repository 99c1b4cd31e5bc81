/// What comes on a stream from the client. ``RPCSession/consumed(_:on:)`` says when it has found a place.
public enum StreamInput: Sendable, Hashable {
    case data([UInt8])
    /// So many zeros.
    case hole(Int64)
    /// The client has no more to send, or has read all, and waits for ``RPCSession/finish(_:)`` or
    /// ``RPCSession/fail(_:_:)``.
    case finished
    /// The stream is gone, by the client's wish or by its mistake; nothing may be sent on it.
    case aborted

    /// What it counts of ``RPCSession/Configuration/streamWindow``. A hole is small on the wire, but somebody keeps it.
    var cost: Int {
        switch self {
        case .data(let bytes): bytes.count
        case .hole: 256
        case .finished, .aborted: 0
        }
    }
}

/// What streams are known by on the wire.
struct StreamKey: Sendable, Hashable {
    let program: Program
    let procedure: Int32
    let serial: UInt32

    init(_ header: PacketHeader) {
        program = header.program
        procedure = header.procedure
        serial = header.serial
    }
}

struct StreamState: Sendable {
    let header: PacketHeader
    let terms: RPCReply.Stream
    /// Whether the client may send data.
    let takesData: Bool
    var unconsumed = 0
    var queued = 0
    /// The server has been told that there is no room.
    var isFull = false
    /// The client has said OK.
    var clientIsDone = false
    /// The server has said that it is done, and the client hasn't yet.
    var serverIsDone = false
}

extension RPCSession {
    // MARK: The server's side

    /// Bytes that should be sent on a stream now. When there is no room, ``Action/writable(_:)`` says when there is again.
    public mutating func room(on id: RPCCall.ID) -> Int {
        guard let state = streams[id] else { return 0 }
        let room = max(0, configuration.streamWindow - state.queued)
        if room == 0 { streams[id]?.isFull = true }
        return room
    }

    /// Sends data.
    public mutating func send(_ data: ArraySlice<UInt8>, on id: RPCCall.ID) {
        guard let state = streams[id] else { return }
        var rest = data
        while !rest.isEmpty {
            var draft = PacketDraft(data: rest.prefix(Packet.maximalStreamData))
            rest = rest.dropFirst(Packet.maximalStreamData)
            draft.complete(state.header.answered(.stream, .more))
            output.append(draft.bytes, .stream(id, draft.bytes.count))
            streams[id]?.queued += draft.bytes.count
        }
    }

    /// Sends zeros without sending them. Returns false when the stream has no holes; then they must be sent as data.
    public mutating func sendHole(_ length: Int64, on id: RPCCall.ID) -> Bool {
        guard let state = streams[id], state.terms.allowsHoles, length >= 0 else { return false }
        guard
            let bytes = try? Packet.bytes(state.header.answered(.streamHole, .more), StreamHole { $0.length = length })
        else { return false }
        output.append(bytes, .stream(id, bytes.count))
        streams[id]?.queued += bytes.count
        return true
    }

    /// Says that no more data comes. The client then says OK, which ``finish(_:)`` confirms.
    public mutating func endData(on id: RPCCall.ID) {
        guard let state = streams[id] else { return }
        sendEmpty(state, .more)
    }

    /// Ends a stream well: confirms the client's OK, at once or when it comes.
    public mutating func finish(_ id: RPCCall.ID) {
        guard let state = streams[id] else { return }
        if state.clientIsDone { confirm(id, state) } else { streams[id]?.serverIsDone = true }
        read()
    }

    /// Ends a stream with an error.
    public mutating func fail(_ id: RPCCall.ID, _ error: RemoteError) {
        sendError(id, error)
        read()
    }

    /// Says that data or a hole has found a place, so that more may come.
    public mutating func consumed(_ input: StreamInput, on id: RPCCall.ID) {
        guard let state = streams[id] else { return }
        let count = min(input.cost, state.unconsumed)
        streams[id]?.unconsumed -= count
        unconsumedBytes -= count
        read()
    }

    // MARK: Inside

    mutating func open(_ id: RPCCall.ID, _ header: PacketHeader, _ terms: RPCReply.Stream) {
        let direction = ProcedureTable.of(header.program)?[header.procedure]?.stream
        streams[id] = StreamState(header: header, terms: terms, takesData: direction != .reading)
        streamNames[StreamKey(header)] = id
    }

    /// The driver has taken bytes of a stream.
    mutating func sent(_ count: Int, on id: RPCCall.ID) {
        guard var state = streams[id] else { return }
        state.queued -= count
        if state.isFull, state.queued <= configuration.streamWindow / 2 {
            state.isFull = false
            actions.append(.writable(id))
        }
        streams[id] = state
    }

    /// Frames of streams that have ended may still be on their way; they are dropped.
    mutating func takeStream(_ packet: Packet) {
        discard(packet.descriptors)
        guard let id = streamNames[StreamKey(packet.header)], let state = streams[id], !state.clientIsDone,
            packet.header.version == Program.version
        else { return }
        switch packet.header.status {
        case .more:
            guard state.takesData else { return refuse(id, .unexpectedStreamStatus(.more)) }
            if packet.header.kind == .streamHole { takeHole(packet, state, id) } else { takeData(packet, id) }
        case .ok: takeEnd(state, id)
        case .error:
            confirm(id, state)
            actions.append(.stream(id, .aborted))
        default: refuse(id, .unexpectedStreamStatus(packet.header.status))
        }
    }

    private mutating func takeData(_ packet: Packet, _ id: RPCCall.ID) {
        let data = Array(packet.payload)
        if !data.isEmpty { pass(.data(data), id) }
    }

    private mutating func takeHole(_ packet: Packet, _ state: StreamState, _ id: RPCCall.ID) {
        guard state.terms.allowsHoles else { return refuse(id, .unexpectedHole) }
        guard let hole = try? packet.decode(StreamHole.self), hole.length >= 0, hole.flags == 0 else {
            return refuse(id, .undecodable)
        }
        pass(.hole(hole.length), id)
    }

    /// What comes when the server has said that it is done finds nobody.
    private mutating func pass(_ input: StreamInput, _ id: RPCCall.ID) {
        guard streams[id]?.serverIsDone == false else { return }
        streams[id]?.unconsumed += input.cost
        unconsumedBytes += input.cost
        actions.append(.stream(id, input))
    }

    private mutating func takeEnd(_ state: StreamState, _ id: RPCCall.ID) {
        streams[id]?.clientIsDone = true
        if state.serverIsDone { confirm(id, state) } else { actions.append(.stream(id, .finished)) }
    }

    private mutating func refuse(_ id: RPCCall.ID, _ error: RemoteError) {
        sendError(id, error)
        actions.append(.stream(id, .aborted))
    }

    private mutating func confirm(_ id: RPCCall.ID, _ state: StreamState) {
        sendEmpty(state, .ok)
        remove(id)
    }

    private mutating func sendError(_ id: RPCCall.ID, _ error: RemoteError) {
        guard let state = remove(id) else { return }
        output.append(RPCSession.bytes(state.header.answered(.stream, .error), error))
    }

    private mutating func sendEmpty(_ state: StreamState, _ status: PacketHeader.Status) {
        var draft = PacketDraft()
        draft.complete(state.header.answered(.stream, status))
        output.append(draft.bytes)
    }

    @discardableResult
    private mutating func remove(_ id: RPCCall.ID) -> StreamState? {
        guard let state = streams.removeValue(forKey: id) else { return nil }
        streamNames[StreamKey(state.header)] = nil
        unconsumedBytes -= state.unconsumed
        return state
    }
}

extension PacketHeader {
    fileprivate func answered(_ kind: Kind, _ status: Status) -> PacketHeader {
        answered {
            $0.kind = kind
            $0.status = status
        }
    }
}

/// Zeros that aren't sent: `virNetStreamHole`.
struct StreamHole: XDRValue, Hashable {
    var length: Int64 = 0
    /// 0; none are known.
    var flags: UInt32 = 0

    mutating func map(_ x: inout XDRMapper) { x.map(&length, &flags) }
}
