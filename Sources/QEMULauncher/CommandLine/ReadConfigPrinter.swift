public import VMCore
internal import VMJSON

/// Writes options as sections of a file for `-readconfig`.
///
/// That format has no escape at all and QEMU damages in silence what it can't hold, so everything outside of it is
/// refused: a quote, a newline or a NUL in a value, a line too long for QEMU's buffer, an id that isn't one, a list in
/// a section whose keys can't be repeated. Sections and keys start where QEMU expects them, values are quoted always.
public enum ReadConfigPrinter {
    /// QEMU reads lines into 1024 bytes, the newline and the final NUL included.
    static let maximumLine = 1022
    /// Keys and ids are read into 64 bytes.
    static let maximumWord = 63

    /// The text of the whole file. `comment` becomes `#` lines at its head.
    public static func print(_ options: [QEMUOption], comment: String? = nil) throws(VMError) -> String {
        var text = ""
        if let comment {
            for line in comment.split(separator: "\n", omittingEmptySubsequences: false) {
                text += line.isEmpty ? "#\n" : "# \(line.prefix(maximumLine / 4))\n"
            }
        }
        for option in options {
            if !text.isEmpty { text += "\n" }
            text += try section(option)
        }
        return text
    }

    /// One section, its header in the first column, a key a line.
    static func section(_ option: QEMUOption) throws(VMError) -> String {
        let name = option.name
        guard let group = name.readConfigGroup, case .properties(let properties) = option.body else {
            throw option.refusal("-\(name.rawValue) has no section in a -readconfig file")
        }
        var text = "[\(group)"
        if let id = properties["id"] { text += " \"\(try identifier(id, option))\"" }
        text += "]\n"
        var written: Set<String> = []
        for (key, value) in try flatten(properties, of: option) where key != "id" {
            guard written.insert(key).inserted else {
                throw option.refusal("a -readconfig section can't give '\(key)' twice")
            }
            text += try line(key, value, option)
        }
        return text
    }

    private static func identifier(_ value: JSONValue, _ option: QEMUOption) throws(VMError) -> String {
        guard let id = value.string, isIdentifier(id) else {
            throw option.refusal(
                "a -readconfig section can't have the id '\(value.string ?? value.description)'",
                remedy: "use a letter and then at most 62 letters, digits, '.', '_' or '-'")
        }
        return id
    }

    /// `[A-Za-z][A-Za-z0-9._-]{0,62}`
    static func isIdentifier(_ id: String) -> Bool {
        guard let first = id.utf8.first, isLetter(first), id.utf8.count <= maximumWord else { return false }
        return id.utf8.allSatisfy { byte in
            isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: ".")
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    /// Keys and texts with objects and lists written as dotted keys, where QEMU reads them so.
    private static func flatten(
        _ properties: JSONObject, of option: QEMUOption, prefix: String = ""
    ) throws(VMError) -> [(key: String, value: String)] {
        var pairs: [(key: String, value: String)] = []
        for (key, value) in properties { try flatten(value, key: prefix + key, of: option, into: &pairs) }
        return pairs
    }

    private static func flatten(
        _ value: JSONValue, key: String, of option: QEMUOption, into pairs: inout [(key: String, value: String)]
    ) throws(VMError) {
        let isDotted = option.name.dialect == .keyval
        switch value {
        case .object(let members) where isDotted:
            pairs += try flatten(members, of: option, prefix: key + ".")
        case .array(let elements) where isDotted && !elements.isEmpty:
            for (index, element) in elements.enumerated() {
                try flatten(element, key: "\(key).\(index)", of: option, into: &pairs)
            }
        case .array(let elements) where elements.count == 1:
            try flatten(elements[0]["str"] ?? elements[0], key: key, of: option, into: &pairs)
        default:
            guard let text = value.plainText else {
                throw option.refusal("a -readconfig section can't express the value of '\(key)'")
            }
            pairs.append((key, text))
        }
    }

    private static func line(_ key: String, _ value: String, _ option: QEMUOption) throws(VMError) -> String {
        let forbidden: [(UInt8, String)] = [
            (UInt8(ascii: "\""), "a double quote"), (UInt8(ascii: "\n"), "a newline"), (0, "a NUL character"),
        ]
        for (byte, word) in forbidden where value.utf8.contains(byte) {
            throw option.refusal(
                "a -readconfig file can't hold \(word), which the value of '\(key)' contains: \(quoted(value))",
                remedy: "use a value without it")
        }
        let isWord = !key.isEmpty && key.utf8.count <= maximumWord && key.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
        guard isWord, !key.contains("=") else {
            throw option.refusal("a -readconfig section can't have the key \(quoted(key))")
        }
        let line = "  \(key) = \"\(value)\""
        guard line.utf8.count <= maximumLine else {
            throw option.refusal(
                "the value of '\(key)' has \(value.utf8.count) bytes, too many for a line of a -readconfig file",
                remedy: "use a shorter value")
        }
        return line + "\n"
    }

    /// The text with everything visible, cut to a readable length.
    private static func quoted(_ text: String) -> String {
        JSONValue.string(text.count > 80 ? text.prefix(80) + "…" : text).description
    }
}
