public import VMJSON

/// What a verb has to say: once for people, once for programs. The renderer picks.
public struct Report: Sendable {
    /// The form for people.
    public enum Body: Sendable {
        /// A sentence that confirms what was done; `--quiet` leaves it out.
        case message(String)
        /// Several of them, one a line.
        case messages([String])
        /// The answer itself, with a newline at the end. What others can put line ends into is cleaned before it is put in.
        case text(String)
        /// The same without a newline added.
        case raw(String)
        /// A whole document, such as a domain's XML: the same bytes wherever they go, but for a terminal.
        case document(String)
        /// Text with colours, whose parts have been cleaned already.
        case painted(String)
        case table(TextTable)
        case nothing
    }

    public var body: Body
    /// The form for programs; an array for lists.
    public var value: JSONValue
    /// What `--output name` prints.
    public var names: [String]
    /// For verbs that succeed with a status of their own, such as a check that found something.
    public var exitStatus: Int32
    /// What the user should know besides, told on standard error.
    public var warnings: [String] = []

    public init(_ body: Body, value: JSONValue, names: [String] = [], exitStatus: Int32 = 0) {
        self.body = body
        self.value = value
        self.names = names
        self.exitStatus = exitStatus
    }

    /// For verbs that have written all they had to write.
    public static func finished(_ exitStatus: Int32 = 0) -> Report {
        Report(.nothing, value: .null, exitStatus: exitStatus)
    }
}
