public import VMCore

/// The text of a document and the name it goes by: turns byte offsets into lines and columns, and shows excerpts.
///
/// Places are worked out only when somebody asks, so that reading a good document costs nothing for them.
public struct XMLSource: Sendable {
    /// The file's name as the user gave it; `-` for standard input.
    public let file: String
    /// The document in UTF-8.
    public let bytes: [UInt8]
    /// The line of the file in which the document begins, from 1.
    public let firstLine: Int
    /// One for all copies.
    let lines = XMLLines()

    public init(file: String, bytes: [UInt8], firstLine: Int = 1) {
        self.file = file
        self.bytes = bytes
        self.firstLine = max(1, firstLine)
    }

    /// The line and column (in characters) of a byte offset.
    public func place(at offset: Int) -> SourcePlace {
        let end = max(0, min(offset, bytes.count))
        let position = lines.position(of: end, in: bytes)
        return SourcePlace(file: file, line: firstLine + position.line, column: position.column + 1, offset: end)
    }

    /// The text of a line of the file, without its end; empty for one outside the document.
    public func line(_ number: Int) -> String {
        guard number >= firstLine, let start = lines.start(ofLine: number - firstLine, in: bytes) else { return "" }
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    /// The part of the line around an offset that has at most `count` characters on either side of it.
    ///
    /// - Returns: the part, the offset's column in it (in characters, from 0), and whether the line goes on beyond it.
    func surroundings(
        of offset: Int, within count: Int
    ) -> (text: [Unicode.Scalar], column: Int, isCutBefore: Bool, isCutAfter: Bool) {
        let place = max(0, min(offset, bytes.count))
        let lineStart = lines.position(of: place, in: bytes).lineStart
        var start = place
        var before = 0
        while start > lineStart, before < count {
            start -= 1
            while start > lineStart, bytes[start] & 0xc0 == 0x80 { start -= 1 }
            before += 1
        }
        var end = place
        var after = 0
        while end < bytes.count, bytes[end] != UInt8(ascii: "\n"), after < count {
            end += 1
            while end < bytes.count, bytes[end] & 0xc0 == 0x80 { end += 1 }
            after += 1
        }
        let text = Array(String(decoding: bytes[start..<end], as: UTF8.self).unicodeScalars)
        let goesOn = end < bytes.count && bytes[end] != UInt8(ascii: "\n")
        return (text, before, start > lineStart, goesOn)
    }

    /// How many characters a finding is about, from its place on: the text that was found, or the name of the tag.
    public func extent(of finding: Diagnostic) -> Int {
        guard let place = finding.place else { return 1 }
        let rest = bytes[max(0, min(place.offset, bytes.count))...]
        if let found = finding.found, !found.isEmpty, rest.starts(with: found.utf8) {
            return found.prefix { $0 != "\n" }.unicodeScalars.count
        }
        guard rest.first == UInt8(ascii: "<") else { return 1 }
        let name = rest.dropFirst().prefix { !isBlank($0) && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "/") }
        return 1 + String(decoding: name, as: UTF8.self).unicodeScalars.count
    }

    /// The offset of the `<` of the start tag that ends just before `end`.
    ///
    /// A well-formed document has no raw `<` inside a tag, so the last one before its end is the tag's own.
    func tagStart(endingAt end: Int) -> Int {
        let end = max(0, min(end, bytes.count))
        return bytes[..<end].lastIndex(of: UInt8(ascii: "<")) ?? 0
    }

    /// The offset of attribute `name`'s value (or of its name, with `ofName`) in the start tag that ends before `end`.
    func attribute(_ name: String, inTagEndingAt end: Int, ofName: Bool) -> Int {
        let start = tagStart(endingAt: end)
        let end = max(start, min(end, bytes.count))
        let wanted = Array(name.utf8)
        var index = start
        var quote: UInt8?
        while index < end {
            let byte = bytes[index]
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            } else if isBlank(byte), bytes[index...].dropFirst().starts(with: wanted) {
                let after = bytes[(index + 1 + wanted.count)..<end].first { !isBlank($0) }
                if after == UInt8(ascii: "=") {
                    if ofName { return index + 1 }
                    let tail = bytes[(index + 1 + wanted.count)..<end]
                    let open = tail.firstIndex { $0 == UInt8(ascii: "'") || $0 == UInt8(ascii: "\"") }
                    return open.map { $0 + 1 } ?? index + 1
                }
            }
            index += 1
        }
        return start
    }

    /// The offset of the first character of the content that follows the start tag ending before `end`.
    func content(afterTagEndingAt end: Int) -> Int {
        var index = max(0, min(end, bytes.count))
        if index < bytes.count, bytes[index] == UInt8(ascii: ">") { index += 1 }
        while index < bytes.count, isBlank(bytes[index]) { index += 1 }
        return index
    }
}

@inline(__always)
package func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0a || byte == 0x09 || byte == 0x0d
}
