internal import VMCore

/// Reads a verb's arguments by virsh's rules:
///
/// - `--name` sets a flag, `--name VALUE` and `--name=VALUE` set a value, anything else is data;
/// - data goes to the parameters in the table's order, to the first that has no value yet;
/// - behind `--` everything is data;
/// - an option that comes twice, has no value, or is unknown, and data that no parameter takes, are errors.
///
/// Beyond virsh: the global options may stand behind the verb too, and an unknown option names the nearest known one.
struct ArgumentReader {
    /// What to do with the arguments.
    enum Result {
        case run(Invocation)
        case help(Verb)
    }

    private let verb: Verb
    private let parameters: [Parameter]
    private var global: GlobalOptions
    private var words: ArraySlice<String>
    private var seen: [(name: String, value: String?)] = []
    private var data: [String] = []

    static func read(_ words: ArraySlice<String>, for verb: Verb, global: GlobalOptions) throws(VMError) -> Result {
        var reader = ArgumentReader(verb: verb, global: global, words: words)
        return try reader.read()
    }

    private init(verb: Verb, global: GlobalOptions, words: ArraySlice<String>) {
        self.verb = verb
        parameters = verb.parameters
        self.global = global
        self.words = words
    }

    private mutating func read() throws(VMError) -> Result {
        while let word = words.popFirst() {
            if word == "--" {
                data += words
                words = []
            } else if word == "--help" || word == "-h" {
                return .help(verb)
            } else if word.utf8.count > 2, word.utf8.starts(with: "--".utf8) {
                try readOption(word)
            } else if let parameter = shortOption(word) {
                try take(parameter, attached: nil)
            } else if try global.takeShort(word, from: &words) {
                continue
            } else {
                data.append(word)
            }
        }
        try assignData()
        try check()
        return .run(invocation())
    }

    private func shortOption(_ word: String) -> Parameter? {
        guard word.count == 2, word.first == "-", let letter = word.last else { return nil }
        return parameters.first { $0.short == letter }
    }

    private mutating func readOption(_ word: String) throws(VMError) {
        let body = word.dropFirst(2)
        let equals = body.firstIndex(of: "=")
        let name = String(equals.map { body[..<$0] } ?? body)
        let attached = equals.map { String(body[body.index(after: $0)...]) }
        if let parameter = parameters.first(where: { $0.name == name }) {
            try take(parameter, attached: attached)
        } else if try !global.takeLong(name, attached: attached, from: &words) {
            let known = parameters.map(\.name) + GlobalOptions.longNames
            let near = NearMatch.best(for: name, among: known).map { "did you mean '--\($0)'?" }
            throw VMError(
                .usage, "command '\(verb.name)' doesn't support option --\(name)",
                remedy: Remedy(near ?? "see 'vmctl help \(verb.name)'"))
        }
    }

    private mutating func take(_ parameter: Parameter, attached: String?) throws(VMError) {
        if parameter.kind != .rest, seen.contains(where: { $0.name == parameter.name }) {
            throw VMError(.usage, "option --\(parameter.name) already seen")
        }
        if parameter.kind == .flag {
            guard attached == nil else { throw VMError(.usage, "invalid '=' after option --\(parameter.name)") }
            seen.append((parameter.name, nil))
            return
        }
        guard let value = attached ?? words.popFirst() else {
            throw VMError(.usage, "expected syntax: --\(parameter.name) <\(parameter.placeholder)>")
        }
        seen.append((parameter.name, value))
    }

    private mutating func assignData() throws(VMError) {
        var left = data[...]
        for parameter in parameters where parameter.takesData {
            guard !left.isEmpty else { return }
            if parameter.kind == .rest {
                seen += left.map { (parameter.name, $0) }
                return
            }
            if seen.contains(where: { $0.name == parameter.name }) { continue }
            if let value = left.popFirst() { seen.append((parameter.name, value)) }
        }
        if let extra = left.first {
            throw VMError(.usage, "unexpected data '\(extra)'", remedy: "see 'vmctl help \(verb.name)'")
        }
    }

    private func check() throws(VMError) {
        for parameter in parameters where parameter.isRequired {
            guard seen.contains(where: { $0.name == parameter.name }) else {
                throw .missing(parameter.name, of: verb)
            }
        }
        for set in verb.exclusive {
            let given = set.filter { name in seen.contains { $0.name == name } }
            if given.count > 1 {
                throw VMError(.usage, "Options --\(given[0]) and --\(given[1]) are mutually exclusive")
            }
        }
    }

    private func invocation() -> Invocation {
        var invocation = Invocation(verb: verb, global: global)
        for (name, value) in seen {
            if let value { invocation.set(name, value) } else { invocation.setFlag(name) }
        }
        return invocation
    }
}
