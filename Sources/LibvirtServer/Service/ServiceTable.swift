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

    private(set) var procedures = ProcedureSet()
    private var handlers: [ProcedureID: Handler] = [:]

    func handler(of procedure: ProcedureID) -> Handler? { handlers[procedure] }

    /// Everything.
    static let all: ServiceTable = {
        var table = ServiceTable()
        table.serveConnection()
        table.serveCapabilities()
        table.serveHost()
        table.serveLookup()
        table.serveFacts()
        table.serveDefinitions()
        table.serveLifeCycle()
        table.serveEvents()
        table.serveDevices()
        table.serveSettings()
        table.serveProcessors()
        table.serveMetadata()
        table.serveSaving()
        table.serveJobs()
        table.serveStatistics()
        table.serveBlockDevices()
        table.serveAgent()
        table.serveInput()
        table.serveStreams()
        table.serveMonitor()
        table.serveAbsentObjects()
        return table
    }()

    /// Serves a procedure.
    mutating func serve<A: Sendable, R>(
        _ procedure: Procedure<A, R>, _ body: @escaping @Sendable (A, Client) async throws(VMError) -> R
    ) {
        add(procedure) { (arguments, client) async throws(VMError) in (try await body(arguments, client), nil) }
    }

    /// Serves a procedure that answers nothing.
    mutating func carryOut<A: Sendable>(
        _ procedure: Procedure<A, Nothing>, _ body: @escaping @Sendable (A, Client) async throws(VMError) -> Void
    ) {
        add(procedure) { (arguments, client) async throws(VMError) in
            try await body(arguments, client)
            return (Nothing(), nil)
        }
    }

    /// Serves a procedure whose answer opens a stream.
    mutating func serveStream<A: Sendable, R>(
        _ procedure: Procedure<A, R>,
        _ body: @escaping @Sendable (A, Client) async throws(VMError) -> (R, StreamBody)
    ) {
        add(procedure) { (arguments, client) async throws(VMError) in
            let (result, stream) = try await body(arguments, client)
            return (result, stream)
        }
    }

    private mutating func add<A: Sendable, R>(
        _ procedure: Procedure<A, R>,
        _ body: @escaping @Sendable (A, Client) async throws(VMError) -> (R, StreamBody?)
    ) {
        procedures.insert(procedure)
        handlers[procedure.id] = { call, client in
            do throws(RemoteError) {
                let arguments = try call.arguments(of: procedure)
                let (result, stream) = try await translated { () async throws(VMError) in
                    try await body(arguments, client)
                }
                let reply = try RPCReply(result, opening: stream.map { _ in RPCReply.Stream() })
                return .success(Answer(reply: reply, stream: stream))
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
