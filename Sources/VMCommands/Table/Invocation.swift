public import VMCore

/// A verb with the values the user gave it.
public struct Invocation: Sendable {
    public let verb: Verb
    public let global: GlobalOptions
    private var values: [(name: String, value: String)] = []
    private var flags: [String] = []

    init(verb: Verb, global: GlobalOptions) {
        self.verb = verb
        self.global = global
    }

    mutating func set(_ name: String, _ value: String) { values.append((name, value)) }
    mutating func setFlag(_ name: String) { flags.append(name) }

    /// Whether the parameter was given, in whatever way.
    public func has(_ name: String) -> Bool {
        flags.contains(name) || values.contains { $0.name == name }
    }

    public func flag(_ name: String) -> Bool { flags.contains(name) }

    /// The value, nil when the user gave none.
    public func value(_ name: String) -> String? { values.first { $0.name == name }?.value }

    /// All values of a parameter of kind `rest`.
    public func all(_ name: String) -> [String] { values.filter { $0.name == name }.map(\.value) }

    /// Refuses values with control characters, for verbs that make a document of them: XML can't hold any, and they would
    /// be left out without a word.
    func requireDocumentText() throws(VMError) {
        for (name, value) in values { try Self.requireDocumentText(value, "the value of <\(name)>") }
    }

    static func requireDocumentText(_ text: String, _ what: String) throws(VMError) {
        guard text.utf8.contains(where: { $0 < 0x20 && ![0x09, 0x0a, 0x0d].contains($0) }) else { return }
        throw VMError(
            .usage, "\(what), '\(text)', has a control character, which no XML document can hold",
            remedy: "leave it out")
    }

    /// The value of a parameter that the parser has seen to be there.
    public func required(_ name: String) throws(VMError) -> String {
        guard let value = value(name) else { throw .missing(name, of: verb) }
        return value
    }

    /// A whole number not below zero.
    public func number(_ name: String) throws(VMError) -> Int? {
        guard let text = value(name) else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw VMError(
                .usage, "Numeric value '\(text)' for <\(name)> option is malformed or out of range",
                remedy: "give a whole number that isn't negative")
        }
        return number
    }

    /// A time in seconds, with or without a fraction.
    public func seconds(_ name: String) throws(VMError) -> Duration? {
        guard let text = value(name) else { return nil }
        guard let number = Double(text), number >= 0, number <= 1e9 else {
            throw VMError(
                .usage, "'\(text)' for <\(name)> is not a time", remedy: "give seconds, for example 30 or 0.5")
        }
        return .milliseconds(Int64(number * 1000))
    }

    /// One of a few words.
    public func word(_ name: String, among words: [String]) throws(VMError) -> String? {
        guard let text = value(name) else { return nil }
        guard words.contains(text) else {
            let near = NearMatch.best(for: text, among: words).map { "did you mean '\($0)'?" }
            throw VMError(
                .usage, "'\(text)' is not a value of <\(name)>; it can be " + words.joined(separator: ", "),
                remedy: near.map { Remedy($0) })
        }
        return text
    }
}

extension VMError {
    static func missing(_ name: String, of verb: Verb) -> VMError {
        VMError(.usage, "command '\(verb.name)' requires <\(name)> option", remedy: "see 'vmctl help \(verb.name)'")
    }
}
