public import VMCore

/// One verb of the command line: a row of the table that parser, help, completions and manual pages are made from.
public struct Verb: Sendable {
    /// The section of the overall help that a verb stands in.
    public enum Group: String, Sendable, CaseIterable {
        case domain = "Domain management"
        case monitoring = "Domain monitoring"
        case devices = "Devices and settings"
        case media = "Drives and media"
        case saving = "Saved states and jobs"
        case snapshots = "Snapshots"
        case backups = "Checkpoints and backups"
        case storage = "Storage pools and volumes"
        case networks = "Virtual networks"
        case hostDevices = "Devices and interfaces of the host"
        case secrets = "Secrets"
        case console = "Consoles and displays"
        case launcher = "Command lines and XML"
        case host = "Host and program"
    }

    public typealias Action = @Sendable (Invocation) throws(VMError) -> Report

    /// The name, as virsh has it where virsh has the verb.
    public var name: String
    public var aliases: [String]
    public var group: Group
    /// One line for lists of verbs, without a final stop.
    public var summary: String
    /// A few sentences for the verb's own help.
    public var details: String
    /// Sets of options of which at most one may be given.
    public var exclusive: [[String]]
    /// Formats of `--output` that this verb has beyond those of all verbs.
    public var extraFormats: [OutputFormat]
    /// The exit status of every failure, for verbs whose other statuses are answers; nil goes by the error.
    public var errorStatus: Int32?
    /// Verbs that programs call and people don't: not in lists.
    public var isHidden: Bool
    public var run: Action
    /// Made only when asked for: each run of the program makes the whole table to find one verb in it.
    private var listParameters: @Sendable () -> [Parameter]

    /// What the verb takes, in the order of its usage line.
    public var parameters: [Parameter] { listParameters() }

    public init(
        _ name: String, aliases: [String] = [], group: Group, _ summary: String, details: String = "",
        parameters: @autoclosure @escaping @Sendable () -> [Parameter] = [], exclusive: [[String]] = [],
        extraFormats: [OutputFormat] = [],
        errorStatus: Int32? = nil, hidden: Bool = false, run: @escaping Action
    ) {
        self.name = name
        self.aliases = aliases
        self.group = group
        self.summary = summary
        self.details = details
        self.listParameters = parameters
        self.exclusive = exclusive
        self.extraFormats = extraFormats
        self.errorStatus = errorStatus
        self.isHidden = hidden
        self.run = run
    }
}
