internal import VMCore

extension GlobalOptions {
    /// The long spellings, for near matches.
    static let longNames = ["connect", "output", "quiet", "timing", "escape", "trust-emulator", "help"]

    /// The words before the verb: global options, then the verb's place, or a request that ends here.
    enum Start {
        case verb(index: Int)
        case version(long: Bool)
        case help
    }

    /// Reads the options in front of the verb.
    mutating func readStart(_ words: [String]) throws(VMError) -> Start {
        var rest = words[...]
        while let word = rest.first {
            let index = rest.startIndex
            guard word.utf8.first == UInt8(ascii: "-"), word.utf8.count > 1 else { return .verb(index: index) }
            rest.removeFirst()
            switch word {
            case "--help", "-h": return .help
            case "--version", "-v", "--version=short": return .version(long: false)
            case "-V", "--version=long": return .version(long: true)
            case "--virsh": isVirsh = true
            default:
                if word.utf8.starts(with: "--".utf8) {
                    let body = word.dropFirst(2)
                    let equals = body.firstIndex(of: "=")
                    let name = String(equals.map { body[..<$0] } ?? body)
                    let attached = equals.map { String(body[body.index(after: $0)...]) }
                    if try takeLong(name, attached: attached, from: &rest) { continue }
                } else if try takeShort(word, from: &rest) {
                    continue
                }
                throw VMError(.usage, "unsupported option '\(word)'", remedy: "see 'vmctl --help'")
            }
        }
        return .help
    }

    /// Takes `--name`; false when it is not a global option.
    mutating func takeLong(
        _ name: String, attached: String?, from words: inout ArraySlice<String>
    ) throws(VMError) -> Bool {
        switch name {
        case "connect": connection = try Self.value(of: "--connect", attached, &words)
        case "output": try setFormat(try Self.value(of: "--output", attached, &words))
        case "escape": escape = try Self.value(of: "--escape", attached, &words)
        case "quiet": isQuiet = true
        case "timing": showsTiming = true
        case "trust-emulator": trustsEmulators = true
        default: return false
        }
        return true
    }

    /// Takes `-x`, `-xVALUE`; false when it is not a global option.
    mutating func takeShort(_ word: String, from words: inout ArraySlice<String>) throws(VMError) -> Bool {
        guard word.utf8.count >= 2, word.utf8.first == UInt8(ascii: "-") else { return false }
        let letter = word.dropFirst().prefix(1)
        let attached = word.utf8.count > 2 ? String(word.dropFirst(2)) : nil
        switch (letter, attached) {
        case ("c", _): connection = try Self.value(of: "-c", attached, &words)
        case ("e", _): escape = try Self.value(of: "-e", attached, &words)
        case ("q", nil): isQuiet = true
        case ("t", nil): showsTiming = true
        default: return false
        }
        return true
    }

    private mutating func setFormat(_ word: String) throws(VMError) {
        guard let format = OutputFormat(rawValue: word) else {
            let words = OutputFormat.common.map(\.rawValue)
            throw VMError(
                .usage, "'\(word)' is not an output format; it can be " + words.joined(separator: ", "),
                remedy: NearMatch.best(for: word, among: words).map { "did you mean '\($0)'?" })
        }
        self.format = format
    }

    private static func value(
        of option: String, _ attached: String?, _ words: inout ArraySlice<String>
    ) throws(VMError) -> String {
        if let attached { return attached }
        guard let value = words.popFirst() else { throw VMError(.usage, "option '\(option)' requires an argument") }
        return value
    }
}
