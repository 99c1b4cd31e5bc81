internal import LibvirtWire
internal import VMCore

/// What is served: for each procedure, the function that answers it.
///
/// A family of procedures is an extension with one method that calls ``serve(_:_:)`` or ``carryOut(_:_:)`` for each, so a procedure's
/// registration and its answer are the same lines.
struct ServiceTable: Sendable {
    /// Answers a call; a stream may go on behind the answer.
    typealias Handler = @Sendable (RPCCall, Client) async -> Result<Answer, RemoteError>

    struct Answer: Sendable {
        var reply: RPCReply
        var stream: StreamBody?
    }

    /// What a function answers before it has its form on the wire.
    private struct Outcome<Value> {
        var value: Value
        var stream: StreamBody?
        /// Whether zeros may travel on the stream as holes.
        var allowsHoles = false
        /// Open files that go with it.
        var files: [Int32] = []
    }

    private(set) var procedures = ProcedureSet()
    private var handlers: [ProcedureID: Handler] = [:]
    private var waiting: Set<ProcedureID> = []

    func handler(of procedure: ProcedureID) -> Handler? { handlers[procedure] }

    /// Whether a call is given up when its client is gone: one that only asks, or waits for a guest that may never answer.
    /// A change that has begun is brought to its end.
    func isAbandonable(_ row: ProcedureRow, _ procedure: ProcedureID) -> Bool {
        row.kind == .readingCall || waiting.contains(procedure)
    }

    /// Everything.
    static let all: ServiceTable = {
        var table = ServiceTable()
        table.serveConnection()
        table.serveCapabilities()
        table.serveProcessorModels()
        table.serveNativeForms()
        table.serveHost()
        table.serveHostPages()
        table.serveLookup()
        table.serveFacts()
        table.serveDefinitions()
        table.serveLifeCycle()
        table.serveEvents()
        table.serveDevices()
        table.serveDisplays()
        table.serveSettings()
        table.serveProcessors()
        table.serveTuning()
        table.serveMetadata()
        table.serveSaving()
        table.serveJobs()
        table.serveMigrationLimits()
        table.serveStatistics()
        table.servePeeks()
        table.serveBlockDevices()
        table.serveAgent()
        table.serveInput()
        table.serveStreams()
        table.serveMonitor()
        table.servePools()
        table.serveSecrets()
        table.serveNetworks()
        table.serveVolumes()
        table.serveVolumeStreams()
        table.serveSnapshots()
        table.serveBackups()
        table.serveNodeDevices()
        table.serveInterfaces()
        table.serveAbsentObjects()
        return table
    }()

    /// Serves a procedure.
    mutating func serve<A: Sendable, R>(
        _ procedure: Procedure<A, R>, _ body: @escaping @Sendable (A, Client) async throws(VMError) -> R
    ) {
        add(procedure) { (arguments, _, client) async throws(VMError) in
            Outcome(value: try await body(arguments, client))
        }
    }

    /// Serves a procedure that may wait for ever, and is given up when its client is gone.
    mutating func serveWaiting<A: Sendable, R>(
        _ procedure: Procedure<A, R>, _ body: @escaping @Sendable (A, Client) async throws(VMError) -> R
    ) {
        serve(procedure, body)
        waiting.insert(procedure.id)
    }

    /// Serves a procedure that answers nothing.
    mutating func carryOut<A: Sendable>(
        _ procedure: Procedure<A, Nothing>, _ body: @escaping @Sendable (A, Client) async throws(VMError) -> Void
    ) {
        add(procedure) { (arguments, _, client) async throws(VMError) in
            try await body(arguments, client)
            return Outcome(value: Nothing())
        }
    }

    /// Serves a procedure that answers nothing and takes open files, which are closed behind it.
    mutating func carryOutWithFiles<A: Sendable>(
        _ procedure: Procedure<A, Nothing>,
        _ body: @escaping @Sendable (A, [Int32], Client) async throws(VMError) -> Void
    ) {
        add(procedure) { (arguments, files, client) async throws(VMError) in
            try await body(arguments, files, client)
            return Outcome(value: Nothing())
        }
    }

    /// Serves a procedure that answers an open file alone, which is closed when it has been sent.
    mutating func answerWithFile<A: Sendable>(
        _ procedure: Procedure<A, Nothing>,
        _ body: @escaping @Sendable (A, Client) async throws(VMError) -> Int32
    ) {
        add(procedure) { (arguments, _, client) async throws(VMError) in
            Outcome(value: Nothing(), files: [try await body(arguments, client)])
        }
    }

    /// Serves a procedure that takes open files beside its arguments.
    mutating func serveWithFiles<A: Sendable, R>(
        _ procedure: Procedure<A, R>,
        _ body: @escaping @Sendable (A, [Int32], Client) async throws(VMError) -> R
    ) {
        add(procedure) { (arguments, files, client) async throws(VMError) in
            Outcome(value: try await body(arguments, files, client))
        }
    }

    /// Serves a procedure whose answer opens a stream.
    mutating func serveStream<A: Sendable, R>(
        _ procedure: Procedure<A, R>,
        _ body: @escaping @Sendable (A, Client) async throws(VMError) -> (R, StreamBody)
    ) {
        add(procedure) { (arguments, _, client) async throws(VMError) in
            let (result, stream) = try await body(arguments, client)
            return Outcome(value: result, stream: stream)
        }
    }

    /// Serves a procedure whose answer opens a stream on which zeros may travel as holes, where the arguments say so.
    mutating func serveSparseStream<A: Sendable, R>(
        _ procedure: Procedure<A, R>, sparse isSparse: @escaping @Sendable (A) -> Bool,
        _ body: @escaping @Sendable (A, Client) async throws(VMError) -> (R, StreamBody)
    ) {
        add(procedure) { (arguments, _, client) async throws(VMError) in
            let (result, stream) = try await body(arguments, client)
            return Outcome(value: result, stream: stream, allowsHoles: isSparse(arguments))
        }
    }

    private mutating func add<A: Sendable, R>(
        _ procedure: Procedure<A, R>,
        _ body: @escaping @Sendable (A, [Int32], Client) async throws(VMError) -> Outcome<R>
    ) {
        procedures.insert(procedure)
        handlers[procedure.id] = { call, client in
            do throws(RemoteError) {
                let arguments = try call.arguments(of: procedure)
                let outcome = try await translated { () async throws(VMError) in
                    try await body(arguments, call.descriptors, client)
                }
                let reply = try RPCReply(
                    outcome.value, descriptors: outcome.files,
                    opening: outcome.stream.map { _ in RPCReply.Stream(allowsHoles: outcome.allowsHoles) })
                return .success(Answer(reply: reply, stream: outcome.stream))
            } catch {
                return .failure(error)
            }
        }
    }

}

/// Gives the error of a call its form on the wire.
private func translated<Success>(
    _ body: () async throws(VMError) -> Success
) async throws(RemoteError) -> Success {
    do throws(VMError) { return try await body() } catch { throw RemoteError(translating: error) }
}
