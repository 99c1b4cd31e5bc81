public import VMCore
public import VMJSON

/// A QMP session for programs that are concurrent: any number of tasks at once, one thread for all monitors of the
/// process.
///
///     let monitor = try await Monitor.connect(to: .unix(path: path), deadline: .after(.seconds(5)))
///     let events = monitor.events()
///     try await monitor.execute(Stop(), deadline: .after(.seconds(5)))
///     for await element in events { … }
///     await monitor.close()
///
/// What QEMU sends is always read, whether or not somebody listens. Cancelling a task abandons its command without harm
/// to the session. A monitor that nobody holds any more closes its connection at once; ``close(deadline:)`` does it in
/// good order.
public final class Monitor: Sendable {
    private let line: MonitorLine

    private init(_ line: MonitorLine) { self.line = line }

    deinit { line.end(.local) }

    /// Connects, waits for the greeting and negotiates.
    ///
    /// - Throws: as ``BlockingMonitor/init(connectingTo:configuration:deadline:)``.
    public static func connect(
        to address: MonitorAddress, configuration: MonitorSession.Configuration = .init(), deadline: Deadline
    ) async throws(VMError) -> Monitor {
        if let socket = try Socket.connectAtOnce(to: address) {
            return try await over(socket, named: "\(address)", configuration: configuration, deadline: deadline)
        }
        // Connecting can block while another client holds the socket, so it has a thread of its own.
        let connected = await withCheckedContinuation { (waiter: CheckedContinuation<Result<Int32, VMError>, Never>) in
            let body: @Sendable () -> Void = {
                let result = Result<Int32, VMError> { () throws(VMError) in
                    try Socket.connect(to: address, deadline: deadline).release()
                }
                waiter.resume(returning: result)
            }
            do throws(VMError) { _ = try BackgroundThread(named: "vmctl-connect", body) } catch {
                waiter.resume(returning: .failure(error))
            }
        }
        let socket = FileDescriptor(owning: try connected.get())
        return try await over(socket, named: "\(address)", configuration: configuration, deadline: deadline)
    }

    /// Takes a connected stream over, waits for the greeting and negotiates.
    ///
    /// - Parameter name: What messages call the peer.
    public static func over(
        _ socket: consuming FileDescriptor, named name: String, configuration: MonitorSession.Configuration = .init(),
        deadline: Deadline
    ) async throws(VMError) -> Monitor {
        let line = try MonitorLine(socket, named: name, configuration: configuration)
        let monitor = Monitor(line)
        line.start()
        let failure = await withTaskCancellationHandler {
            await withCheckedContinuation { line.waitUntilReady(deadline, $0) }
        } onCancel: {
            line.end(.local)
        }
        if let failure { throw failure.wrapped("no session with \(name)") }
        return monitor
    }

    /// The thread that reads for all monitors of the process, for tasks that do little but talk to QEMU: an answer then
    /// wakes no other thread, which halves what a call costs the processor.
    ///
    ///     await withTaskExecutorPreference(Monitor.executor()) {
    ///         for monitor in monitors { … try await monitor.execute(QueryStatus(), deadline: …) … }
    ///     }
    ///
    /// What runs there must neither block nor compute for long: until it waits, nobody's answers are read.
    ///
    /// - Throws: `io` when the thread can't be started.
    public static func executor() throws(VMError) -> any TaskExecutor { try EventLoop.shared.get() }

    /// The server's version and capabilities; nil for a guest agent.
    public var greeting: Greeting? { line.greeting }

    /// Whether commands can be executed out of band.
    public var hasOutOfBand: Bool { line.hasOutOfBand }

    /// Why the session has ended; nil while it lives.
    public var closeReason: CloseReason? { line.closeReason }

    /// Whether a command can still reach the server: it has not hung up, as far as the kernel knows.
    package var isConnected: Bool { closeReason == nil && !line.hasPeerClosed }

    /// What the server sent that could not be understood, the last one.
    public var lastNoise: VMError? { line.lastNoise }

    /// The events from now on. Make it before the command whose events matter: they come before its answer.
    ///
    /// - Parameter limit: How many events wait for a slow reader.
    public func events(bufferingNewest limit: Int = 1024) -> MonitorEvents {
        let events = MonitorEvents(limit: limit)
        line.add(events.queue)
        return events
    }

    /// Runs a command and gives the value of its `return` back.
    ///
    /// - Throws: what ``QMPError/error(of:by:)`` makes of a refusal; `timeout`; `cancelled`; `connection` when the session
    ///   ends.
    @discardableResult
    public func execute(
        _ command: String, _ arguments: JSONObject = [:], descriptors: [Int32] = [], outOfBand: Bool = false,
        deadline: Deadline
    ) async throws(VMError) -> JSONValue {
        let result = try await attempt(
            command, arguments, descriptors: descriptors, outOfBand: outOfBand, deadline: deadline)
        switch result {
        case .success(let value): return value
        case .failure(let error): throw error.error(of: command)
        }
    }

    /// Runs a command and gives a refusal back as a value, for callers that branch on its class.
    ///
    /// - Parameter descriptors: Travel with the command; they are copied before this returns to its caller's executor and
    ///   stay the caller's.
    public func attempt(
        _ command: String, _ arguments: JSONObject = [:], descriptors: [Int32] = [], outOfBand: Bool = false,
        deadline: Deadline
    ) async throws(VMError) -> Result<JSONValue, QMPError> {
        let key = line.makeKey()
        let call = MonitorLine.Call(
            key: key, command: command, arguments: arguments, descriptors: descriptors, outOfBand: outOfBand,
            deadline: deadline)
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { line.submit(call, $0) }
        } onCancel: {
            line.cancel(key)
        }
        line.forget(key)
        return try outcome.get()
    }

    /// Runs a typed command, in the spelling of `schema`'s QEMU where that is given.
    @discardableResult
    public func execute<C: QMPCommand>(
        _ command: C, schema: Schema? = nil, descriptors: [Int32] = [], outOfBand: Bool = false, deadline: Deadline
    ) async throws(VMError) -> C.Reply {
        let request = command.request(for: schema)
        let value = try await execute(
            request.command, request.arguments, descriptors: descriptors, outOfBand: outOfBand, deadline: deadline)
        return try C.decode(value)
    }

    /// Ends the session so that nothing sent is lost: sends what waits, says that no more comes, reads until QEMU has
    /// closed too, at most until the deadline.
    public func close(deadline: Deadline = .after(.seconds(1))) async {
        await withCheckedContinuation { line.close(deadline, $0) }
    }
}
