public import VMCore

/// What became of one domain of another installation.
public struct ImportOutcome: Sendable {
    /// What was taken over, or would be.
    public enum Part: Sendable, Hashable {
        case definition
        case autostart
        /// The firmware's variables, copied to a file of their own.
        case variables(path: String)
        /// The state of the emulated TPM.
        case tpm(path: String)
        case managedSave
        case snapshots(count: Int)
        case checkpoints(count: Int)
    }

    public var name: String
    public var uuid: UUID?
    public var parts: [Part] = []
    /// What was left behind or will be different, each with the reason.
    public var warnings: [String] = []
    /// Why it wasn't taken over.
    public var error: VMError?
}
