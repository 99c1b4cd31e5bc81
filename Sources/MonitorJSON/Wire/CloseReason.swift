public import VMCore

/// Why a session has ended.
public struct CloseReason: Sendable, Hashable {
    /// What ended it.
    public enum Cause: Sendable, Hashable {
        /// The peer closed the connection.
        case endOfStream
        /// The connection broke with this errno.
        case broken(Int32)
        /// This side closed it.
        case local
        /// The peer can't be understood, or refused the negotiation: the sentence says how.
        case violation(String)
    }

    /// How far the session had come.
    public enum Stage: String, Sendable, Hashable {
        case greeting, negotiation, ready
    }

    public var cause: Cause
    public var stage: Stage
    /// The reason in QEMU's SHUTDOWN event, such as `host-qmp-quit` or `guest-shutdown`, when one had come.
    public var shutdownReason: String?

    public init(_ cause: Cause, stage: Stage, shutdownReason: String? = nil) {
        self.cause = cause
        self.stage = stage
        self.shutdownReason = shutdownReason
    }

    /// Whether the end was to be expected: this side closed, or QEMU had said that it shuts down. A reset connection
    /// counts like an ordered end then, for QEMU resets when something it had not read was left.
    public var isExpected: Bool { cause == .local || shutdownReason != nil }

    /// The reason as an error for whoever still waits.
    public var error: VMError {
        switch cause {
        case .local: return VMError(.connection, "the monitor has been closed")
        case .violation(let text): return VMError(.protocolViolation, text)
        case .endOfStream, .broken:
            if let shutdownReason { return VMError(.connection, "QEMU has shut down (\(shutdownReason))") }
            let how = if case .broken(let code) = cause { ": \(errnoText(code))" } else { "" }
            return switch stage {
            case .greeting:
                VMError(
                    .connection, "the monitor was closed before it greeted\(how)",
                    remedy: "QEMU ended while it started; its log says why")
            case .negotiation:
                VMError(
                    .connection, "the monitor was closed during negotiation\(how)",
                    remedy: "QEMU ended while it started; its log says why")
            case .ready: VMError(.connection, "QEMU closed the monitor\(how)")
            }
        }
    }
}
