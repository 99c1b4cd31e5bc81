internal import LibvirtWire
internal import Synchronization
internal import VMCore

/// What goes on behind an answer that opens a stream: it returns when the stream is over.
typealias StreamBody = @Sendable (StreamPort) async throws(VMError) -> Void

/// A stream, as the function that serves it sees it.
final class StreamPort: Sendable {
    private struct State {
        var inputs: [StreamInput] = []
        var reader: CheckedContinuation<StreamInput?, Never>?
        var outgoing: ArraySlice<UInt8> = []
        var writer: CheckedContinuation<Bool, Never>?
        var isOver = false
        var clientIsDone = false
    }

    private let id: RPCCall.ID
    private let connection: ClientConnection
    private let loop: EventLoop
    private let state = Mutex(State())

    init(_ id: RPCCall.ID, _ connection: ClientConnection, _ loop: EventLoop) {
        self.id = id
        self.connection = connection
        self.loop = loop
    }

    /// The client has said that it has no more to send, or has read all.
    var clientIsDone: Bool { state.withLock { $0.clientIsDone } }

    // MARK: The function's side

    /// Sends data, as fast as the client reads. Returns false when the stream is over.
    func send(_ bytes: [UInt8]) async -> Bool {
        guard !bytes.isEmpty else { return !state.withLock { $0.isOver } }
        return await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.isOver { return true }
                state.outgoing = bytes[...]
                state.writer = continuation
                return false
            }
            if isOver { return continuation.resume(returning: false) }
            let (connection, id) = (connection, id)
            loop.perform { reactor in connection.pump(id, reactor) }
        }
    }

    /// Sends so many zeros as a hole. Returns false when the stream is over.
    func sendHole(_ length: UInt64) -> Bool {
        if state.withLock({ $0.isOver }) { return false }
        let (connection, id) = (connection, id)
        // Behind all that was sent: `send` has waited until the session had it.
        loop.perform { reactor in connection.sendHole(Int64(clamping: length), on: id, reactor) }
        return true
    }

    /// What comes from the client next; nil when nothing more can.
    func next() async -> StreamInput? {
        let input: StreamInput? = await withCheckedContinuation { continuation in
            let early: StreamInput?? = state.withLock { state in
                if !state.inputs.isEmpty { return .some(state.inputs.removeFirst()) }
                if state.isOver { return .some(nil) }
                state.reader = continuation
                return nil
            }
            if let early { continuation.resume(returning: early) }
        }
        guard let input else { return nil }
        let (connection, id) = (connection, id)
        loop.perform { reactor in connection.consumed(input, on: id, reactor) }
        return input
    }

    /// Ends the wait for input, from another task.
    func stop() {
        let (reader, writer) = state.withLock { state in
            state.isOver = true
            defer {
                state.reader = nil
                state.writer = nil
            }
            return (state.reader, state.writer)
        }
        reader?.resume(returning: nil)
        writer?.resume(returning: false)
    }

    // MARK: The connection's side

    func take(_ input: StreamInput) {
        let reader: CheckedContinuation<StreamInput?, Never>? = state.withLock { state in
            if case .finished = input { state.clientIsDone = true }
            guard let reader = state.reader else {
                state.inputs.append(input)
                return nil
            }
            state.reader = nil
            return reader
        }
        reader?.resume(returning: input)
        if case .aborted = input { stop() }
    }

    func sendSome(_ room: Int, _ send: (ArraySlice<UInt8>) -> Void) {
        let (part, writer) = state.withLock { state in
            let part = state.outgoing.prefix(room)
            state.outgoing = state.outgoing.dropFirst(part.count)
            guard state.outgoing.isEmpty else { return (part, CheckedContinuation<Bool, Never>?.none) }
            defer { state.writer = nil }
            return (part, state.writer)
        }
        if !part.isEmpty { send(part) }
        writer?.resume(returning: true)
    }
}
