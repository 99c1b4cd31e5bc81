/// Prints elements in libvirt's layout: two blanks a level, attributes in single quotes, `<x/>` when empty.
struct XMLWriter: Sendable {
    private(set) var bytes: [UInt8] = []
    /// The first text of which something was left out, because no document can hold it.
    private(set) var cutText: String?
    private var depth = 0
    private var state = State.between

    fileprivate enum State: Sendable {
        /// At the start of a line.
        case between
        /// Inside a start tag whose `>` isn't written yet.
        case inTag
        /// Behind text, so that the end tag follows on the same line.
        case afterText
    }

    /// What is needed to undo an element that turned out to be empty.
    struct Mark {
        fileprivate var count: Int
        fileprivate var state: State
        fileprivate var countInside: Int
    }

    mutating func start(_ prefix: StaticString, _ name: StaticString) -> Mark {
        var mark = Mark(count: bytes.count, state: state, countInside: 0)
        beginTag()
        append(prefix, name)
        mark.countInside = bytes.count
        return mark
    }

    private mutating func beginTag() {
        closeTag()
        indent()
        bytes.append(UInt8(ascii: "<"))
        state = .inTag
        depth += 1
    }

    /// Whether the element begun at `mark` got neither attributes nor content.
    func isEmpty(since mark: Mark) -> Bool { bytes.count == mark.countInside }

    /// Takes the element begun at `mark` back.
    mutating func undo(to mark: Mark) {
        bytes.removeSubrange(mark.count...)
        state = mark.state
        depth -= 1
    }

    mutating func end(_ prefix: StaticString, _ name: StaticString) {
        guard endsWithTag() else { return }
        append(prefix, name)
        append(">\n")
    }

    /// Closes an empty element on the spot (false), or writes `</` for the name to follow (true).
    private mutating func endsWithTag() -> Bool {
        depth -= 1
        let before = state
        state = .between
        switch before {
        case .inTag:
            append("/>\n")
            return false
        case .between: indent()
        case .afterText: break
        }
        append("</")
        return true
    }

    mutating func attribute(_ name: StaticString, _ value: String) {
        bytes.append(UInt8(ascii: " "))
        append(name)
        append("='")
        escape(value, inAttribute: true)
        bytes.append(UInt8(ascii: "'"))
    }

    mutating func attribute(_ name: String, _ value: String) {
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: name.utf8)
        append("='")
        escape(value, inAttribute: true)
        bytes.append(UInt8(ascii: "'"))
    }

    /// Ends the start tag, so that the element is written with an end tag even when nothing follows.
    mutating func openTag() { closeTag() }

    /// Hands the output to `body` at the start of a line, with the present depth: for what lays itself out.
    mutating func verbatim(_ body: (inout [UInt8], _ depth: Int) -> Void) {
        closeTag()
        body(&bytes, depth)
    }

    mutating func text(_ value: String) {
        if state == .inTag { bytes.append(UInt8(ascii: ">")) }
        state = .afterText
        escape(value)
    }

    private mutating func closeTag() {
        if state == .inTag { append(">\n") }
        state = .between
    }

    private mutating func indent() {
        for _ in 0..<depth { append("  ") }
    }

    @inline(__always)
    private mutating func append(_ prefix: StaticString, _ name: StaticString) {
        if prefix.utf8CodeUnitCount > 0 {
            append(prefix)
            bytes.append(UInt8(ascii: ":"))
        }
        append(name)
    }

    @inline(__always)
    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Escapes the five characters of XML, and the blanks that a reader would make others of; leaves out control
    /// characters, which XML can't hold, as libvirt does.
    fileprivate mutating func escape(_ value: String, inAttribute: Bool = false) {
        var value = value
        value.withUTF8 { text in
            var clean = true
            for byte in text where byte < 0x40 && needsCare(byte) {
                clean = false
                break
            }
            if clean {
                bytes.append(contentsOf: text)
                return
            }
            var isWhole = true
            for byte in text where !escape(byte, inAttribute) { isWhole = false }
            if !isWhole, cutText == nil { cutText = String(decoding: text, as: UTF8.self) }
        }
    }

    private func needsCare(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "'"), UInt8(ascii: "\""): true
        default: byte < 0x20
        }
    }

    /// False for what a document can't hold.
    private mutating func escape(_ byte: UInt8, _ inAttribute: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "&"): append("&amp;")
        case UInt8(ascii: "<"): append("&lt;")
        case UInt8(ascii: ">"): append("&gt;")
        case UInt8(ascii: "'"): append("&apos;")
        case UInt8(ascii: "\""): append("&quot;")
        case 0x09 where inAttribute: append("&#9;")
        case 0x0a where inAttribute: append("&#10;")
        case 0x0d: append("&#13;")
        case 0x09, 0x0a, 0x20...: bytes.append(byte)
        default: return false
        }
        return true
    }

    /// Notes that a part which laid itself out has left something out.
    mutating func noteCut(_ text: String?) { if cutText == nil { cutText = text } }
}

extension String {
    /// The text as it stands in a document: what has a meaning in XML is escaped, and control characters, which no document
    /// can hold, are left out.
    ///
    /// - Parameter inAttribute: whether it stands between quotes, where a reader would make line ends and tabs blanks.
    package func escapedForXML(inAttribute: Bool = false) -> String {
        var writer = XMLWriter()
        writer.escape(self, inAttribute: inAttribute)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
