/// The kernel's text files as lines, words and numbers.
enum ProcText {
    /// The text of a file below `/proc`; nil when it can't be read, as when the process is gone.
    static func read(_ path: String, limit: Int = 1 << 16) -> [UInt8]? {
        try? Files.read(path, limit: limit, regularOnly: false)
    }

    static func lines(_ text: some Collection<UInt8>) -> [ArraySlice<UInt8>] {
        Array(text)[...].split(separator: UInt8(ascii: "\n"))
    }

    /// What blanks separate.
    static func words(_ line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\n") }
    }

    /// A number in decimal digits; nil for anything else, and for one that 64 bits don't hold.
    static func number(_ word: some Collection<UInt8>) -> UInt64? {
        guard !word.isEmpty else { return nil }
        var result: UInt64 = 0
        for byte in word {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            let (tenfold, isOver) = result.multipliedReportingOverflow(by: 10)
            let (sum, carries) = tenfold.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            guard !isOver, !carries else { return nil }
            result = sum
        }
        return result
    }

    static func string(_ word: some Collection<UInt8>) -> String { String(decoding: word, as: UTF8.self) }

    /// Blanks, line ends and backslashes of a path are three octal digits behind a backslash.
    static func unescaped(_ word: ArraySlice<UInt8>) -> String {
        var bytes: [UInt8] = []
        var rest = word
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            guard byte == UInt8(ascii: "\\"), digits.count == 3,
                let code = UInt8(string(digits), radix: 8)
            else {
                bytes.append(byte)
                continue
            }
            bytes.append(code)
            rest.removeFirst(3)
        }
        return string(bytes)
    }
}
