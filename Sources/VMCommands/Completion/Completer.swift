internal import VMCore

/// Finds what can follow the words typed so far; from the verb table, so that it never lags behind.
struct Completer {
    /// What a shell is to offer.
    struct Answer: Hashable {
        /// A word with a line about it.
        struct Candidate: Hashable {
            var word: String
            var help: String
        }

        var candidates: [Candidate] = []
        /// Whether names of files fit too, which the shell knows best.
        var wantsFiles = false
    }

    /// The names of the domains that a filter lets through.
    let domains: (Parameter.DomainFilter) -> [String]
    /// What a parameter offers of a domain's devices: targets, addresses or aliases.
    let devices: (String, Parameter.Completion) -> [String]
    /// The names of the pools that a filter lets through, or of volumes with their paths.
    var storage: (Parameter.Completion) -> [String] = { _ in [] }

    /// - Parameter words: the words behind the program's name, the last one being typed and perhaps empty.
    func answer(_ words: [String]) -> Answer {
        guard let current = words.last else { return Answer() }
        var index = 0
        while index < words.count - 1, words[index].utf8.first == UInt8(ascii: "-") {
            index += Self.globalsWithValue.contains(words[index]) ? 2 : 1
        }
        if index > 0, index <= words.count, let answer = globalValue(words.dropLast().last, current) { return answer }
        guard index < words.count - 1 else {
            return current.hasPrefix("-") ? options(Self.globals, current) : verbs(current)
        }
        guard let verb = try? VerbTable.find(words[index]) else { return Answer() }
        return parameters(verb, Array(words[(index + 1)...]))
    }

    // MARK: Verbs and options

    private static let globalsWithValue = ["-c", "--connect", "--output", "-e", "--escape"]
    private static let globals: [(name: String, help: String)] = [
        ("connect", "whose machines: qemu:///session or qemu:///system"),
        ("output", "human, json, jsonl, yaml or name"),
        ("quiet", "only what was asked for"), ("escape", "leaves a console"), ("timing", "how long the verb took"),
        ("trust-emulator", "ask an emulator that isn't root's what it can do"),
        ("help", "help"), ("version", "the version"),
    ]

    private func verbs(_ prefix: String) -> Answer {
        let visible = VerbTable.all.filter { !$0.isHidden }
        let names =
            visible.map { ($0.name, $0.summary) } + visible.flatMap { verb in verb.aliases.map { ($0, verb.summary) } }
        return list(names, prefix)
    }

    private func options(_ options: [(name: String, help: String)], _ prefix: String) -> Answer {
        list(options.map { ("--" + $0.name, $0.help) }, prefix)
    }

    /// The values of a global option, when the word before is one.
    private func globalValue(_ option: String?, _ prefix: String, for verb: Verb? = nil) -> Answer? {
        switch option {
        case "--output":
            list((OutputFormat.common + (verb?.extraFormats ?? [])).map { ($0.rawValue, "") }, prefix)
        case "-c", "--connect": list([("qemu:///session", ""), ("qemu:///system", "")], prefix)
        case "-e", "--escape": Answer()
        default: nil
        }
    }

    // MARK: A verb's parameters

    private func parameters(_ verb: Verb, _ words: [String]) -> Answer {
        let current = words.last ?? ""
        var seen: [String] = []
        var data: [String] = []
        var pending: Parameter?
        var isData = false
        var skipsValue = false
        for word in words.dropLast() {
            if skipsValue {
                skipsValue = false
            } else if let parameter = pending {
                if parameter.name == "domain" { data.append(word) }
                pending = nil
            } else if !isData, word == "--" {
                isData = true
            } else if !isData, word.hasPrefix("--") {
                let name = word.dropFirst(2).prefix { $0 != "=" }
                seen.append(String(name))
                skipsValue = Self.globalsWithValue.contains(word)
                if !word.contains("="), let parameter = verb.parameters.first(where: { $0.name == name }) {
                    pending = parameter.kind == .flag ? nil : parameter
                }
            } else {
                data.append(word)
            }
        }
        if skipsValue, let answer = globalValue(words.dropLast().last, current, for: verb) { return answer }
        if let pending { return values(pending, data.first, current) }
        if !isData, current.hasPrefix("-") {
            let own = verb.parameters.filter { !seen.contains($0.name) || $0.kind == .rest }
            return options(own.map { ($0.name, $0.help) } + Self.globals.filter { !seen.contains($0.name) }, current)
        }
        let open = verb.parameters.filter { $0.takesData && !seen.contains($0.name) }
        guard let parameter = data.count < open.count ? open[data.count] : open.last(where: { $0.kind == .rest }) else {
            return Answer()
        }
        return values(parameter, data.first, current)
    }

    private func values(_ parameter: Parameter, _ domain: String?, _ prefix: String) -> Answer {
        switch parameter.completion {
        case .nothing: return Answer()
        case .file, .folder: return Answer(wantsFiles: true)
        case .words(let words): return list(words.map { ($0, "") }, prefix)
        case .pool, .volume, .network, .secret, .nodeDevice, .hostInterface:
            return list(storage(parameter.completion).map { ($0, parameter.completion.help) }, prefix)
        case .verb: return verbs(prefix)
        case .removableDrive, .disk, .interface, .alias:
            let found = domain.map { devices($0, parameter.completion) } ?? []
            return list(found.map { ($0, parameter.completion.help) }, prefix)
        case .domain(let filter):
            var answer = list(domains(filter).map { ($0, "domain") }, prefix)
            answer.wantsFiles = parameter.help.contains("XML file")
            return answer
        }
    }

    private func list(_ words: [(String, String)], _ prefix: String) -> Answer {
        Answer(candidates: words.filter { $0.0.hasPrefix(prefix) }.map { .init(word: $0.0, help: $0.1) })
    }
}

extension Parameter.Completion {
    /// What a word is, in a word.
    fileprivate var help: String {
        switch self {
        case .removableDrive: "drive"
        case .disk: "disk"
        case .interface: "interface"
        case .pool: "pool"
        case .volume: "volume"
        case .network: "network"
        case .secret: "secret"
        case .hostInterface: "interface"
        default: "device"
        }
    }
}
