/// A line of the monitor's shell, cut into words.
///
/// Words are separated by blanks outside quotes and brackets: `key=value`, `a.b.c=1`, `key='two words'`, `key=[1, 2]`,
/// `{"driver": "raw"}`.
public struct ShellLine: Sendable, Hashable {
    /// A word and where it stands.
    public struct Word: Sendable, Hashable {
        public var text: String
        /// Bytes from the line's beginning.
        public var offset: Int

        /// The parts before and behind the first `=`; nil without one, and for what begins as JSON does.
        public var pair: (key: String, value: String)? {
            guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")), equals > text.startIndex,
                let first = text.utf8.first, !"{[\"'".utf8.contains(first)
            else { return nil }
            return (String(text[..<equals]), String(text[text.utf8.index(after: equals)...]))
        }
    }

    public var words: [Word] = []
    /// Whether a quote or bracket is still open.
    public var isOpen = false

    /// Cuts the line. Open quotes and brackets reach to its end.
    public init(_ line: String) {
        var text: [UInt8] = []
        var start = 0
        var quote: UInt8 = 0
        var isEscaped = false
        var depth = 0
        for (offset, byte) in line.utf8.enumerated() {
            if quote == 0, depth == 0, byte == 0x20 || byte == 0x09 {
                if !text.isEmpty { words.append(Word(text: String(decoding: text, as: UTF8.self), offset: start)) }
                text = []
                continue
            }
            if text.isEmpty { start = offset }
            text.append(byte)
            if quote != 0 {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == quote {
                    quote = 0
                }
            } else if Self.opensQuote(byte, after: text, depth: depth) {
                quote = byte
            } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                depth += 1
            } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                depth = max(0, depth - 1)
            }
        }
        if !text.isEmpty { words.append(Word(text: String(decoding: text, as: UTF8.self), offset: start)) }
        isOpen = quote != 0 || depth > 0
    }

    /// A quote opens at the beginning of a word or a value and anywhere in brackets; elsewhere it is a character, as in
    /// `name=Ann's`.
    private static func opensQuote(_ byte: UInt8, after text: [UInt8], depth: Int) -> Bool {
        guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") else { return false }
        return depth > 0 || text.count == 1 || text[text.count - 2] == UInt8(ascii: "=")
    }
}
