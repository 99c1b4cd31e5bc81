public import VMCore

/// The QEMU command in a shell script: its words as a shell would hand them over, without running anything.
public struct ShellCommand: Sendable, Hashable {
    /// Assignments in front of the command.
    public var environment: [(name: String, value: String)] = []
    /// The emulator and its arguments.
    public var words: [String] = []
    /// What was left as it was written, or left out.
    public var remarks: [String] = []

    public static func == (a: ShellCommand, b: ShellCommand) -> Bool {
        a.words == b.words && a.environment.elementsEqual(b.environment) { $0 == $1 }
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(words) }

    /// Finds the command that runs a `qemu-system-*`, or another program whose name begins with `qemu` or is `kvm`.
    ///
    /// - Throws: `invalidArgument` when there is none, or a quote isn't closed.
    public init(script text: String) throws(VMError) {
        var reader = ShellReader(text)
        while let words = try reader.nextCommand() {
            guard let index = words.firstIndex(where: { Self.isEmulator($0.text) }) else { continue }
            for word in words[..<index] {
                guard let equals = word.text.firstIndex(of: "="), word.isAssignment else { continue }
                environment.append(
                    (String(word.text[..<equals]), String(word.text[word.text.index(after: equals)...])))
            }
            for word in words[index...] {
                if word.text == "$@" || word.text == "$*" { continue }
                if word.hasVariable { remarks.append("'\(word.text)' holds a shell variable, which is not expanded") }
                self.words.append(word.text)
            }
            remarks += reader.remarks
            return
        }
        throw VMError(
            .invalidArgument, "there is no QEMU command line in it",
            remedy: "it has to run a program such as qemu-system-x86_64")
    }

    private static func isEmulator(_ word: String) -> Bool {
        let name = word.split(separator: "/").last ?? ""
        return name.hasPrefix("qemu-system-") || name == "qemu-kvm" || name == "kvm" || name == "qemu"
    }
}

/// Takes a script apart into commands of words.
private struct ShellReader {
    struct Word {
        var text = ""
        var hasVariable = false
        /// `NAME=…` with an unquoted name.
        var isAssignment = false
    }

    private let characters: [Character]
    private var position = 0
    private(set) var remarks: [String] = []

    init(_ text: String) { characters = Array(text) }

    private var current: Character? { position < characters.count ? characters[position] : nil }

    /// The words up to the end of the command; nil at the end of the script. Empty lines give none.
    mutating func nextCommand() throws(VMError) -> [Word]? {
        remarks = []
        guard position < characters.count else { return nil }
        var words: [Word] = []
        var end = -1
        while let character = current {
            switch character {
            case "\n", "\r\n", ";", "|", "&":
                position += 1
                if !words.isEmpty { return words }
            case " ", "\t": position += 1
            case "#": skipLine()
            case "\\" where isContinuation: position += 2
            case "<", ">":
                // Digits right before it are the number of what is redirected.
                if end == position, words.last?.text.allSatisfy({ "0" <= $0 && $0 <= "9" }) == true {
                    words.removeLast()
                }
                position += 1
                skipRedirection()
                remarks.append("a redirection of the shell is left out")
            default:
                words.append(try word())
                end = position
            }
        }
        return words
    }

    private var isContinuation: Bool {
        position + 1 < characters.count && characters[position + 1].isNewline
    }

    private mutating func skipLine() {
        while let character = current, !character.isNewline { position += 1 }
    }

    private mutating func skipRedirection() {
        while let character = current, character == ">" || character == "&" || character == " " { position += 1 }
        _ = try? word()
    }

    private mutating func word() throws(VMError) -> Word {
        var word = Word()
        var isPlain = true
        while let character = current {
            switch character {
            case "'":
                isPlain = false
                word.text += try quoted()
            case "\"":
                isPlain = false
                try doubleQuoted(&word)
            case "\\":
                position += 1
                guard let next = current else { return word }
                position += 1
                if !next.isNewline { word.text.append(next) }
            case " ", "\t", "\n", "\r\n", ";", "|", "&", "<", ">": return word
            default:
                if character == "=", isPlain, !word.text.isEmpty { word.isAssignment = true }
                if character == "$" || character == "`" { word.hasVariable = true }
                word.text.append(character)
                position += 1
            }
        }
        return word
    }

    private mutating func quoted() throws(VMError) -> String {
        var text = ""
        position += 1
        while let character = current {
            position += 1
            if character == "'" { return text }
            text.append(character)
        }
        throw Self.unclosed
    }

    private mutating func doubleQuoted(_ word: inout Word) throws(VMError) {
        position += 1
        while let character = current {
            position += 1
            switch character {
            case "\"": return
            case "\\":
                guard let next = current else { throw Self.unclosed }
                position += 1
                // Within double quotes only these lose their backslash.
                if next.isNewline { continue }
                if !["\"", "\\", "$", "`"].contains(next) { word.text.append("\\") }
                word.text.append(next)
            case "$", "`":
                word.hasVariable = true
                word.text.append(character)
            default: word.text.append(character)
            }
        }
        throw Self.unclosed
    }

    private static var unclosed: VMError { VMError(.invalidArgument, "a quote in the command line is not closed") }
}
