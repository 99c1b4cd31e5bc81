extension XMLSource {
    /// The offset of the `>` of the start tag of a descendant: the first child of the first name, its first child of
    /// the second name and so on.
    ///
    /// - Parameter end: The offset just before the `>` of the ancestor's start tag.
    func tagEnd(ofChild names: [String], after end: Int) -> Int? {
        var position = end
        for name in names {
            guard let found = tagEnd(ofChild: name, after: position) else { return nil }
            position = found
        }
        return position
    }

    private func tagEnd(ofChild name: String, after end: Int) -> Int? {
        var scanner = XMLTagScanner(bytes: bytes, position: max(0, min(end, bytes.count)))
        guard scanner.closesStartTag() else { return nil }
        var depth = 0
        while let tag = scanner.next() {
            switch tag.kind {
            case .start, .empty:
                if depth == 0, tag.name.elementsEqual(name.utf8) { return tag.end }
                if tag.kind == .start { depth += 1 }
            case .end:
                depth -= 1
                if depth < 0 { return nil }
            }
        }
        return nil
    }
}

/// Steps from tag to tag through a document that is known to be well formed.
private struct XMLTagScanner {
    enum Kind { case start, end, empty }

    struct Tag {
        var kind: Kind
        var name: ArraySlice<UInt8>
        /// The offset just before the `>`, or before the `/` of an empty element.
        var end: Int
    }

    let bytes: [UInt8]
    var position: Int

    /// Steps over the end of the start tag at which the scanner stands; false if the element is empty.
    mutating func closesStartTag() -> Bool {
        if position > 0, position < bytes.count, bytes[position - 1] == UInt8(ascii: "/") { return false }
        while position < bytes.count, bytes[position] != UInt8(ascii: ">") {
            if bytes[position] == UInt8(ascii: "/") { return false }
            position += 1
        }
        position += 1
        return true
    }

    mutating func next() -> Tag? {
        while position < bytes.count {
            guard let open = bytes[position...].firstIndex(of: UInt8(ascii: "<")) else { return nil }
            if skips(open, "<!--", "-->") || skips(open, "<![CDATA[", "]]>") || skips(open, "<?", "?>") { continue }
            return tag(at: open)
        }
        return nil
    }

    /// Steps behind a part that holds no tags, if one begins at `open`.
    private mutating func skips(_ open: Int, _ begin: String, _ end: String) -> Bool {
        guard bytes[open...].starts(with: begin.utf8) else { return false }
        let end = Array(end.utf8)
        var index = open + begin.utf8.count
        while index < bytes.count, !bytes[index...].starts(with: end) { index += 1 }
        position = min(bytes.count, index + end.count)
        return true
    }

    private mutating func tag(at open: Int) -> Tag? {
        var index = open + 1
        let isEnd = index < bytes.count && bytes[index] == UInt8(ascii: "/")
        if isEnd { index += 1 }
        let nameStart = index
        while index < bytes.count, !isBlank(bytes[index]), bytes[index] != UInt8(ascii: ">"),
            bytes[index] != UInt8(ascii: "/")
        {
            index += 1
        }
        let name = bytes[nameStart..<index]
        var quote: UInt8 = 0
        while index < bytes.count {
            let byte = bytes[index]
            if quote != 0 {
                if byte == quote { quote = 0 }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                break
            }
            index += 1
        }
        guard index < bytes.count else { return nil }
        position = index + 1
        if isEnd { return Tag(kind: .end, name: name, end: index) }
        let isEmpty = bytes[index - 1] == UInt8(ascii: "/")
        return Tag(kind: isEmpty ? .empty : .start, name: name, end: index)
    }
}
