/// Words as a POSIX shell reads them back.
enum ShellWords {
    /// The word, in quotes where the shell would take it apart.
    static func quoted(_ word: String) -> String {
        if !word.isEmpty, word.utf8.allSatisfy(isPlain) { return word }
        var text = "'"
        for character in word.unicodeScalars {
            // A quote ends the quotes, stands alone escaped, and begins them again.
            if character == "'" { text += "'\\''" } else { text.unicodeScalars.append(character) }
        }
        return text + "'"
    }

    /// The words as a command, a line for each option with its value.
    static func command(_ words: [String]) -> String {
        var text = ""
        for (index, word) in words.enumerated() {
            if index > 0 { text += word.utf8.first == UInt8(ascii: "-") ? " \\\n  " : " " }
            text += quoted(word)
        }
        return text
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "-_./=:,@%+".utf8.contains(byte)
        }
    }
}
