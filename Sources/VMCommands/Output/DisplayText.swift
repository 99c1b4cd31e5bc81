/// Text on its way to a terminal.
enum DisplayText {
    /// Columns that the text takes up: none for combining marks, two for East Asian wide characters and emoji.
    static func width(_ text: String) -> Int {
        var width = 0
        for scalar in text.unicodeScalars { width += self.width(scalar) }
        return width
    }

    /// Whether a character does something on a terminal, or to how the text beside it is read: control characters, those
    /// that turn the direction of writing round or are not seen at all, and the separators of lines.
    static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x7f { return scalar.value < 0x20 }
        if scalar.value < 0xa0 { return true }
        switch scalar.properties.generalCategory {
        case .format, .lineSeparator, .paragraphSeparator: return true
        default: return false
        }
    }

    /// JSON with harmful characters as escapes, which they can stand as nowhere but in strings.
    static func escapedJSON(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x7f }) { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.value >= 0x7f, isHarmful(scalar) {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
                }
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The text with harmful characters as `\xNN` or `\uNNNN`, so that a name can't move the cursor.
    static func printable(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f && $0 < 0x80 }) { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isHarmful(scalar) {
                let digits = String(scalar.value, radix: 16)
                let isShort = scalar.value < 0x100
                let length = isShort ? 2 : 4
                result +=
                    (isShort ? "\\x" : "\\u") + String(repeating: "0", count: max(0, length - digits.utf8.count))
                    + digits
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A whole answer or error with what guests, images, QEMU and files have put into it: lines, tabs and colours stay, any
    /// other control character is shown as ``printable(_:)`` shows it.
    static func forTerminal(_ text: String) -> String {
        if text.utf8.allSatisfy({ ($0 >= 0x20 && $0 < 0x7f) || $0 == 0x0a || $0 == 0x09 }) { return text }
        let scalars = Array(text.unicodeScalars)
        var result = ""
        var place = 0
        while place < scalars.count {
            let kept = keptLength(scalars[place...])
            if kept > 0 {
                for scalar in scalars[place..<place + kept] { result.unicodeScalars.append(scalar) }
            } else {
                result += printable(String(scalars[place]))
            }
            place += max(1, kept)
        }
        return result
    }

    /// How many characters at the start of a text go to a terminal as they are; 0 for one that would do something there.
    private static func keptLength(_ scalars: ArraySlice<Unicode.Scalar>) -> Int {
        guard let first = scalars.first else { return 0 }
        switch first {
        case "\n", "\t": return 1
        // The end of a line of QEMU's human monitor.
        case "\r": return scalars.dropFirst().first == "\n" ? 2 : 0
        case "\u{1b}":
            // A colour: ESC [ numbers m.
            let rest = scalars.dropFirst()
            guard rest.first == "[" else { return 0 }
            let numbers = rest.dropFirst().prefix(16).prefix { ("0"..."9").contains($0) || $0 == ";" }
            return scalars[numbers.endIndex...].first == "m" ? 3 + numbers.count : 0
        default: return isHarmful(first) ? 0 : 1
        }
    }

    /// As much of a text as fits into that many columns.
    static func cut(_ text: String, to columns: Int) -> String {
        var width = 0
        var result = ""
        for scalar in text.unicodeScalars {
            width += self.width(scalar)
            if width > columns { break }
            result.unicodeScalars.append(scalar)
        }
        return result
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0..<0x300: 1
        case 0x300..<0x370, 0x483..<0x48a, 0x591..<0x5be, 0x200b..<0x2010, 0x20d0..<0x2100, 0xfe00..<0xfe10: 0
        case 0xfe20..<0xfe30, 0xfeff, 0xe0100..<0xe01f0: 0
        case 0x1100..<0x1160, 0x2e80..<0x303f, 0x3041..<0xa4d0, 0xa960..<0xa980, 0xac00..<0xd7a4: 2
        case 0xf900..<0xfb00, 0xfe30..<0xfe70, 0xff00..<0xff61, 0xffe0..<0xffe7: 2
        case 0x1f300..<0x1f650, 0x1f680..<0x1f700, 0x1f900..<0x1fa00, 0x20000..<0x3fffe: 2
        default: 1
        }
    }
}
