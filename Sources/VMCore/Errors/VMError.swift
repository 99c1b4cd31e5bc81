/// The one error of all modules: what went wrong, in one sentence that names the thing, and what to do about it.
///
/// Every failing call of the libraries throws this type, so a caller can branch on ``code``, show ``message``,
/// and follow ``cause`` without knowing which module the error began in.
public struct VMError: Error, Sendable {
    /// What kind of failure this is. Open for growth: compare with the constants, keep a default branch.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// Stable machine-readable name, as `--output json` prints it.
        public let name: String
        /// Exit status of the command line for this kind of failure.
        public let exitStatus: Int32
        /// What errors of this kind are in libvirt's terms, unless they say something more exact.
        public let libvirt: LibvirtError

        private init(_ name: String, exit: Int32, libvirt: LibvirtError.Number, in domain: LibvirtError.Domain = .qemu)
        {
            self.name = name
            self.exitStatus = exit
            self.libvirt = LibvirtError(libvirt, in: domain)
        }

        public var description: String { name }

        /// The code of that name, for an error that came from another process.
        public init?(named name: String) {
            guard let known = Code.known.first(where: { $0.name == name }) else { return nil }
            self = known
        }

        private static var known: [Code] {
            [
                .usage, .noDomain, .notFound, .wrongState, .invalidXML, .unsupported, .timeout, .busy, .connection,
                .exists, .agentUnresponsive, .launchAborted,
                .launchFailed, .monitor, .io, .invalidArgument, .cancelled, .protocolViolation, .internalError,
            ]
        }

        /// The command line itself was wrong.
        public static let usage = Code("usage", exit: 2, libvirt: .invalidArgument)
        /// No domain of that name, UUID or id.
        public static let noDomain = Code("no-domain", exit: 3, libvirt: .noDomain)
        /// A thing the request names (a device, a medium, a file's section) is not there.
        public static let notFound = Code("not-found", exit: 3, libvirt: .invalidArgument)
        /// The domain is in a state in which the operation makes no sense.
        public static let wrongState = Code("wrong-state", exit: 4, libvirt: .operationInvalid)
        /// The domain XML is not well formed or not acceptable; the diagnostics say where.
        public static let invalidXML = Code("invalid-xml", exit: 5, libvirt: .xmlError, in: .domain)
        /// The request can be understood but not with this QEMU, this host or this format.
        public static let unsupported = Code("unsupported", exit: 6, libvirt: .configurationUnsupported)
        /// The deadline passed.
        public static let timeout = Code("timeout", exit: 7, libvirt: .operationTimeout)
        /// The guest agent isn't there or doesn't answer.
        public static let agentUnresponsive = Code("agent-unresponsive", exit: 7, libvirt: .agentUnresponsive)
        /// Somebody else holds what is needed: a lock, a port, a running job.
        public static let busy = Code("busy", exit: 8, libvirt: .resourceBusy)
        /// A socket can't be reached or was closed.
        public static let connection = Code("connection", exit: 9, libvirt: .systemError)
        /// A name or UUID is taken by another domain.
        public static let exists = Code("exists", exit: 10, libvirt: .operationFailed)
        /// QEMU could not be started, or ended while it started.
        public static let launchFailed = Code("launch-failed", exit: 11, libvirt: .internalError)
        /// QEMU aborted by itself before it had run its first command.
        public static let launchAborted = Code("launch-aborted", exit: 11, libvirt: .internalError)
        /// QEMU answered a command with an error.
        public static let monitor = Code("monitor", exit: 12, libvirt: .internalError)
        /// A file or folder could not be read or written.
        public static let io = Code("io", exit: 13, libvirt: .systemError)
        /// A value is out of range or malformed.
        public static let invalidArgument = Code("invalid-argument", exit: 2, libvirt: .invalidArgument)
        /// The caller's task was cancelled.
        public static let cancelled = Code("cancelled", exit: 130, libvirt: .operationAborted)
        /// A peer broke the protocol.
        public static let protocolViolation = Code("protocol", exit: 14, libvirt: .internalError)
        /// A defect of this program.
        public static let internalError = Code("internal", exit: 70, libvirt: .internalError)
    }

    public var code: Code
    /// One sentence without a final stop; names the offending thing.
    public var message: String
    /// What the user can do, one sentence; nil when the message says it already.
    public var remedy: Remedy?
    /// Findings in a document, when that is what the error is about.
    public var diagnostics: [Diagnostic]
    /// What it is in libvirt's terms, chosen where the error is made.
    public var libvirt: LibvirtError
    private var causeBox: CauseBox?

    /// The error underneath, if there is one.
    public var cause: VMError? { causeBox?.error }

    public init(
        _ code: Code, _ message: String, remedy: Remedy? = nil, cause: VMError? = nil,
        diagnostics: [Diagnostic] = [], libvirt: LibvirtError? = nil
    ) {
        self.code = code
        self.message = message
        self.remedy = remedy
        self.diagnostics = diagnostics
        self.libvirt = libvirt ?? code.libvirt
        self.causeBox = cause.map(CauseBox.init)
    }

    /// The same error one level up: `message` says what was being done, the old error becomes the cause.
    public func wrapped(_ message: String, code: Code? = nil) -> VMError {
        VMError(
            code ?? self.code, message, remedy: remedy, cause: self, libvirt: code.map(\.libvirt) ?? libvirt)
    }
}

extension VMError: CustomStringConvertible {
    /// Message, causes and remedy in one line: `message: cause (remedy)`.
    public var description: String {
        var text = message
        var next = cause
        while let error = next {
            text += ": " + error.message
            next = error.cause
        }
        if let remedy = firstRemedy { text += "; " + remedy.text }
        return text
    }

    /// The remedy of this error or of the nearest cause that has one.
    public var firstRemedy: Remedy? { remedy ?? cause?.firstRemedy }
}

/// A struct can't hold itself.
private final class CauseBox: Sendable {
    let error: VMError
    init(_ error: VMError) { self.error = error }
}
