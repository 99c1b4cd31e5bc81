/// A place in a text: file, line and column, both counted from 1; the column counts characters, as editors do.
public struct SourcePlace: Hashable, Sendable, CustomStringConvertible {
    /// The file's name as the user gave it; `-` for standard input.
    public var file: String
    public var line: Int
    public var column: Int
    /// The byte offset into the text, for whoever wants to show an excerpt.
    public var offset: Int

    public init(file: String, line: Int, column: Int, offset: Int = 0) {
        self.file = file
        self.line = line
        self.column = column
        self.offset = offset
    }

    public var description: String { "\(file):\(line):\(column)" }
}

/// One finding in a document: where, what was found, what would be accepted, and the nearest word that would.
public struct Diagnostic: Hashable, Sendable {
    public enum Severity: String, Hashable, Sendable, Comparable {
        case note, warning, error

        public static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }
        private var rank: Int {
            switch self {
            case .note: 0
            case .warning: 1
            case .error: 2
            }
        }
    }

    public var severity: Severity
    /// Stable machine-readable kind, for example `unknown-element`, `invalid-value`, `missing-attribute`.
    public var rule: String
    /// One sentence without a final stop.
    public var message: String
    public var place: SourcePlace?
    /// Where in the document's structure, for example `domain/devices/disk[2]/target/@bus`.
    public var path: String
    /// The text as it stands in the document.
    public var found: String?
    /// What would be accepted there: words, or one phrase such as `a number from 1 to 255`.
    public var accepted: [String]
    /// The accepted word nearest to what was found.
    public var suggestion: String?

    public init(
        _ severity: Severity = .error, rule: String, _ message: String, place: SourcePlace? = nil, path: String = "",
        found: String? = nil, accepted: [String] = [], suggestion: String? = nil
    ) {
        self.severity = severity
        self.rule = rule
        self.message = message
        self.place = place
        self.path = path
        self.found = found
        self.accepted = accepted
        self.suggestion = suggestion
    }
}

extension Diagnostic: CustomStringConvertible {
    /// One line as compilers print it: `file:line:column: error: message; did you mean 'x'?`.
    public var description: String {
        var text = ""
        if let place { text += "\(place): " }
        text += "\(severity.rawValue): \(message)"
        if let suggestion { text += "; did you mean '\(suggestion)'?" }
        return text
    }

    /// The same for where the severity is said already: `file:line:column: message`.
    public var statement: String {
        (place.map { "\($0): " } ?? "") + message + (suggestion.map { "; did you mean '\($0)'?" } ?? "")
    }
}
