/// Text that comes from somebody else: a guest, an image, QEMU, a file's name, a document.
package enum PrintableText {
    /// Whether a character does something on a terminal, or to how the text beside it is read: control characters, those
    /// that turn the direction of writing round or are not seen at all, and the separators of lines.
    package static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x7f { return scalar.value < 0x20 }
        if scalar.value < 0xa0 { return true }
        switch scalar.properties.generalCategory {
        case .format, .lineSeparator, .paragraphSeparator: return true
        default: return false
        }
    }

    /// The text on one line, with harmful characters as `\xNN` or `\uNNNN`, so that a name can't move the cursor or make
    /// up a line of its own.
    package static func line(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return text }
        var result = ""
        for scalar in text.unicodeScalars { append(scalar, to: &result) }
        return result
    }

    /// The same for a text of several lines: line ends and tabs stay.
    package static func lines(_ text: String) -> String {
        if text.utf8.allSatisfy({ ($0 >= 0x20 && $0 < 0x7f) || $0 == 0x0a || $0 == 0x09 }) { return text }
        var result = ""
        // One character where it is the end of a line of QEMU's human monitor.
        for character in text {
            switch character {
            case "\n", "\t", "\r\n": result.append(character)
            default: for scalar in character.unicodeScalars { append(scalar, to: &result) }
            }
        }
        return result
    }

    private static func append(_ scalar: Unicode.Scalar, to text: inout String) {
        guard isHarmful(scalar) else { return text.unicodeScalars.append(scalar) }
        let digits = String(scalar.value, radix: 16)
        let isShort = scalar.value < 0x100
        text += isShort ? "\\x" : "\\u"
        text += String(repeating: "0", count: max(0, (isShort ? 2 : 4) - digits.utf8.count)) + digits
    }
}
