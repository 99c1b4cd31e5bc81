/// What can be said before or after any verb.
public struct GlobalOptions: Sendable {
    /// The URI given with `--connect`.
    public var connection: String?
    public var format: OutputFormat = .human
    public var isQuiet = false
    /// Prints how long the verb took, as `virsh --timing`.
    public var showsTiming = false
    /// The character that, with Ctrl held, leaves a console; `^]` unless told otherwise.
    public var escape: String = "^]"
    /// Documents may name emulators that anybody could have put where they are.
    public var trustsEmulators = false
    /// Speak as virsh does: exit status 1 for every failure, a blank line after every result, no remedies.
    public var isVirsh = false
    /// The program for supervisors where this process is one: itself, whatever its name is.
    var supervisor: String?

    public init() {}
}
