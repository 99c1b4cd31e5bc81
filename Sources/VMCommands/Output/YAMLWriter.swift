internal import VMCore
internal import VMJSON

/// Prints a JSON value as block style YAML 1.2. Every text that some reader could take for something else is quoted.
enum YAMLWriter {
    static func text(_ value: JSONValue) -> String {
        var text = ""
        append(value, indent: 0, to: &text)
        if !text.hasSuffix("\n") { text += "\n" }
        return text
    }

    private static func append(_ value: JSONValue, indent: Int, to text: inout String) {
        let margin = String(repeating: " ", count: indent)
        switch value {
        case .array(let elements) where !elements.isEmpty:
            for element in elements {
                text += margin + "-"
                appendNested(element, indent: indent + 2, inline: true, to: &text)
            }
        case .object(let object) where !object.isEmpty:
            for (key, member) in object {
                text += margin + scalar(.string(key)) + ":"
                appendNested(member, indent: indent + 2, inline: false, to: &text)
            }
        default: text += margin + scalar(value) + "\n"
        }
    }

    /// What follows `-` or `key:`.
    private static func appendNested(_ value: JSONValue, indent: Int, inline: Bool, to text: inout String) {
        switch value {
        case .array(let elements) where !elements.isEmpty:
            text += "\n"
            append(value, indent: indent, to: &text)
        case .object(let object) where !object.isEmpty:
            if inline {
                // The first member stands on the dash's line.
                var nested = ""
                append(value, indent: indent, to: &nested)
                text += " " + nested.dropFirst(indent)
            } else {
                text += "\n"
                append(value, indent: indent, to: &text)
            }
        default: text += " " + scalar(value) + "\n"
        }
    }

    private static func scalar(_ value: JSONValue) -> String {
        guard case .string(let text) = value, isPlain(text) else { return value.description.map(escaped).joined() }
        return text
    }

    /// JSON may hold some characters as they are that YAML takes only as escapes. Those of 16 bits have their own form,
    /// for YAML knows no pairs.
    private static func escaped(_ character: Character) -> String {
        var text = ""
        for scalar in character.unicodeScalars {
            let isHarmful = scalar.value >= 0x7f && PrintableText.isHarmful(scalar)
            guard isHarmful || scalar.value == 0xfffe || scalar.value == 0xffff else {
                text.unicodeScalars.append(scalar)
                continue
            }
            let digits = String(scalar.value, radix: 16)
            let (mark, length) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
            text += "\\" + mark + String(repeating: "0", count: length - digits.utf8.count) + digits
        }
        return text
    }

    /// Whether the text stays a string without quotes in YAML 1.1 and 1.2: letters first, no word with a meaning.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 64 else { return false }
        guard isLetter(first) || first == UInt8(ascii: "_") || first == UInt8(ascii: "/") else { return false }
        guard
            text.utf8.allSatisfy({
                isLetter($0) || (0x30...0x39).contains($0) || "_-./".utf8.contains($0)
            })
        else { return false }
        return !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) }
}
