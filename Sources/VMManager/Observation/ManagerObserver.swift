internal import MonitorJSON
public import VMCore
public import VMJSON

/// Watches what a program does with its manager: for logs, figures and traces.
///
/// Give observers to ``VMManager/init(paths:supervisorExecutable:planner:observers:)``. With the package traits `Logging`
/// and `Metrics` there are ready ones for swift-log and swift-metrics, `LogObserver` and `MetricsObserver`; without them
/// neither package is fetched.
public protocol ManagerObserver: Sendable {
    /// Called when something has happened, on whatever thread that was on; it must return soon.
    func observe(_ observation: ManagerObservation)
}

/// Something an observer is told.
public enum ManagerObservation: Sendable {
    /// An asynchronous call has ended.
    case call(CallReport)
    /// An event has been read from ``HostEvents``.
    case event(HostEvent)
    /// A machine's supervisor was replaced.
    case reconnected(domain: String)
}

/// An asynchronous call that has ended.
public struct CallReport: Sendable {
    /// The name of the method, such as `start`.
    public var operation: String
    /// The domain's name; nil when the call is about none.
    public var domain: String?
    /// The QMP command of ``VirtualMachine/execute(_:_:descriptors:timeout:)``.
    public var command: Command?
    /// From the call to its end.
    public var duration: Duration
    /// Why it failed; its code is `timeout` when the deadline passed and `cancelled` when the task was cancelled.
    public var error: VMError?

    /// A QMP command, without its secrets.
    public struct Command: Sendable {
        public var name: String
        /// Passwords and the data of secrets are replaced by a mark.
        public var arguments: JSONObject

        init(_ name: String, _ arguments: JSONObject) {
            self.name = name
            self.arguments = Redaction.arguments(name, arguments)
        }
    }
}

extension VMManager {
    /// Runs a blocking call of the manager on a thread of the worker pool: what there is no asynchronous method for,
    /// without a wait for the threads of Swift's concurrency.
    ///
    ///     let findings = try await manager.perform("checkup") { manager in manager.checkup() }
    ///
    /// Cancelling the task gives `cancelled` at once; the call itself ends at its own deadline.
    ///
    /// - Parameters:
    ///   - operation: What observers are told.
    ///   - domain: The name of the domain that the call is about.
    public func perform<Result: Sendable>(
        _ operation: String, domain: String? = nil,
        _ body: @escaping @Sendable (VMManager) throws(VMError) -> Result
    ) async throws(VMError) -> Result {
        try await observed(operation, domain: domain) { manager throws(VMError) in try body(manager) }
    }

    /// Runs an operation on the worker pool; its waits hold no thread.
    func observed<Result: Sendable>(
        _ operation: String, domain: String?, command: @autoclosure () -> CallReport.Command? = nil,
        _ body: @escaping @Sendable (VMManager) async throws(VMError) -> Result
    ) async throws(VMError) -> Result {
        var concurrent = self
        concurrent.waiting = .tasks
        let manager = concurrent
        if observers.isEmpty {
            return try await ConcurrentCall.run { () async throws(VMError) in try await body(manager) }
        }
        let begin = ContinuousClock.now
        var report = CallReport(
            operation: operation, domain: domain, command: command(), duration: .zero, error: nil)
        do throws(VMError) {
            let result = try await ConcurrentCall.run { () async throws(VMError) in try await body(manager) }
            report.duration = .now - begin
            tell(.call(report))
            return result
        } catch {
            report.duration = .now - begin
            report.error = error
            tell(.call(report))
            throw error
        }
    }

    func tell(_ observation: @autoclosure () -> ManagerObservation) {
        if observers.isEmpty { return }
        let observation = observation()
        for observer in observers { observer.observe(observation) }
    }
}
