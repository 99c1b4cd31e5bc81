public import VMCore
internal import VMJSON

/// Which options are written as JSON on the command line; the others are written as key=value.
public struct ArgvSyntax: Sendable, Hashable {
    public var json: [OptionName]

    /// Takes the options in any order; two syntaxes are equal when they have the same ones.
    public init(json: [OptionName]) { self.json = OptionName.allJSON.filter(json.contains) }

    /// What QEMU 7.2 and later take; `-display` stays key=value, which is easier on the eye and says the same.
    public static let modern = ArgvSyntax(json: [.device, .object, .blockdev, .netdev, .audiodev, .compat])
    /// Key=value everywhere.
    public static let keyval = ArgvSyntax(json: [])
}

/// Writes options as words of a command line. What can't be said there is refused, never altered.
public struct ArgvPrinter: Sendable {
    public var syntax: ArgvSyntax

    public init(syntax: ArgvSyntax = .modern) { self.syntax = syntax }

    /// All words of all options, without the emulator.
    public func print(_ options: [QEMUOption]) throws(VMError) -> [String] {
        var words: [String] = []
        words.reserveCapacity(options.count * 2)
        for option in options { words += try print(option) }
        return words
    }

    /// The one or two words of an option.
    public func print(_ option: QEMUOption) throws(VMError) -> [String] {
        let dash = "-" + option.name.rawValue
        switch option.body {
        case .flag:
            return [dash]
        case .word(let word):
            if word.utf8.contains(0) { throw option.refusal("the value of \(dash) contains a NUL character") }
            return option.name == .passthrough ? [word] : [dash, word]
        case .properties(let properties):
            guard syntax.json.contains(option.name) else { return [dash, try KeyvalPrinter.print(option)] }
            let value = JSONValue.object(properties)
            if value.containsNUL { throw option.refusal("a value of \(dash) contains a NUL character") }
            return [dash, value.description]
        }
    }
}

extension JSONValue {
    /// Whether some text in here has a NUL, which QEMU, written in C, would take for the end.
    var containsNUL: Bool {
        switch self {
        case .string(let text): text.utf8.contains(0)
        case .array(let elements): elements.contains(where: \.containsNUL)
        case .object(let members): members.contains { $0.key.utf8.contains(0) || $0.value.containsNUL }
        default: false
        }
    }
}
