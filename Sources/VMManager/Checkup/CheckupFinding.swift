public import VMCore

/// One thing that was looked at when the host was examined for what machines need.
public struct CheckupFinding: Sendable, Hashable {
    public enum Status: String, Sendable, Comparable {
        /// All is well.
        case ok
        /// Something that only some machines need is missing.
        case note
        /// Machines run, but worse than they could, or not for long.
        case warning
        /// No machine can run.
        case error

        public static func < (a: Status, b: Status) -> Bool { a.rank < b.rank }
        private var rank: Int {
            switch self {
            case .ok: 0
            case .note: 1
            case .warning: 2
            case .error: 3
            }
        }
    }

    /// What was looked at, in a word: `qemu`, `kvm`.
    public var check: String
    public var status: Status
    /// What was found, one sentence.
    public var message: String
    /// How to mend it; nil when there is nothing to mend.
    public var remedy: Remedy?

    init(_ check: String, _ status: Status, _ message: String, remedy: Remedy? = nil) {
        self.check = check
        self.status = status
        self.message = message
        self.remedy = remedy
    }
}

extension VMManager {
    /// Looks at all that machines need of this host. Folders of its own that aren't there are made, and the runtime folder
    /// is closed to others; nothing else is changed.
    public func checkup() -> [CheckupFinding] {
        [
            qemuFinding(), diskToolFinding(), Self.kvmFinding(), Self.firmwareFinding(),
        ] + folderFindings() + spaceFindings()
            + [socketFinding(), Self.watchFinding(), Self.descriptorFinding()] + definitionFindings()
            + [Self.lingerFinding(), autostartFinding()].compactMap(\.self) + Self.helperFindings()
            + [Self.networkFinding(), Self.virtualNetworkFinding()] + confinementFindings()
    }
}
