internal import VMCore
internal import VMJSON

/// Text on its way to people and programs.
enum DisplayText {
    /// Columns that the text takes up: none for combining marks, two for East Asian wide characters and emoji.
    static func width(_ text: String) -> Int {
        var width = 0
        for scalar in text.unicodeScalars { width += self.width(scalar) }
        return width
    }

    /// JSON with harmful characters as escapes, which they can stand as nowhere but in strings.
    static func escapedJSON(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x7f }) { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.value >= 0x7f, PrintableText.isHarmful(scalar) {
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

    /// The text on one line with harmful characters as codes, see ``PrintableText``.
    static func printable(_ text: String) -> String { PrintableText.line(text) }

    /// A value as JSON for the reader of a program's output: one line.
    static func json(_ value: JSONValue) -> String { escapedJSON(value.description) }

    /// The same over several lines.
    static func prettyJSON(_ value: JSONValue) -> String { escapedJSON(value.prettyDescription) }

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
