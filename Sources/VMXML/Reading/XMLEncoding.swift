internal import VMCore

/// Brings a document's bytes into UTF-8, which is what everything behind works on.
enum XMLEncoding {
    /// The document in UTF-8 without byte order mark. UTF-16 and Latin-1 are converted.
    ///
    /// - Throws: `invalidXML` for a declared encoding that isn't one of these, and for a text that isn't in it.
    static func utf8(_ bytes: [UInt8], file: String, limits: XMLLimits) throws(VMError) -> [UInt8] {
        guard bytes.count <= limits.bytes else { return bytes }
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { return Array(bytes.dropFirst(3)) }
        if bytes.starts(with: [0xfe, 0xff]) { return try utf16(bytes, bigEndian: true, file: file) }
        if bytes.starts(with: [0xff, 0xfe]) { return try utf16(bytes, bigEndian: false, file: file) }
        guard let name = declared(bytes)?.uppercased() else { return bytes }
        switch name {
        case "UTF-8", "UTF8", "US-ASCII", "ASCII": return bytes
        case "ISO-8859-1", "LATIN1", "ISO_8859-1":
            return Array(String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) })).utf8)
        default:
            throw problem("the encoding '\(name)' is not supported; save the document as UTF-8", file)
        }
    }

    /// The `encoding` of the XML declaration.
    private static func declared(_ bytes: [UInt8]) -> String? {
        guard bytes.starts(with: Array("<?xml".utf8)) else { return nil }
        let head = bytes.prefix(200).prefix { $0 != UInt8(ascii: ">") }
        let key = Array("encoding".utf8)
        guard let start = head.indices.first(where: { head[$0...].starts(with: key) }) else { return nil }
        let tail = head[(start + key.count)...].drop { isBlank($0) || $0 == UInt8(ascii: "=") }
        guard let quote = tail.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
        return String(decoding: tail.dropFirst().prefix { $0 != quote }, as: UTF8.self)
    }

    private static func utf16(_ bytes: [UInt8], bigEndian: Bool, file: String) throws(VMError) -> [UInt8] {
        guard bytes.count % 2 == 0 else { throw problem("the document is UTF-16 with an odd number of bytes", file) }
        let units = stride(from: 2, to: bytes.count, by: 2).map { index in
            let (a, b) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            return bigEndian ? a << 8 | b : b << 8 | a
        }
        guard let text = String(validating: units, as: UTF16.self) else {
            throw problem("the document is not valid UTF-16", file)
        }
        return Array(text.utf8)
    }

    private static func problem(_ message: String, _ file: String) -> VMError {
        let place = SourcePlace(file: file, line: 1, column: 1)
        return XMLParser.malformed(Diagnostic(.error, rule: "encoding", message, place: place))
    }
}
