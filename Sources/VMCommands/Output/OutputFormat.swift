/// How results and errors are printed.
public enum OutputFormat: String, Sendable, Hashable, CaseIterable {
    /// Tables and sentences, as virsh prints them.
    case human
    /// One JSON document: the result, or `{"error": …}`.
    case json
    /// A line of JSON for each element of a list; a single result is one line.
    case jsonl
    /// The same document as YAML.
    case yaml
    /// Only the names of the things, one a line.
    case name
    /// Findings in files as SARIF 2.1.0, for editors and code reviews; only verbs that check files have it.
    case sarif

    /// What every verb has.
    public static let common: [OutputFormat] = [.human, .json, .jsonl, .yaml, .name]
}
