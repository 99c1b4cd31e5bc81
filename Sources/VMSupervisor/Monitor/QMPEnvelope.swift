/// The outside of a QMP message: its top-level members as ranges of its bytes.
///
/// Replies can be hundreds of kilobytes and are passed on as they are, so nothing inside a member is looked at.
struct QMPEnvelope {
    /// The value of `return`, `error`, `event`, `id`, `QMP`, where they are there.
    private(set) var result: Range<Int>?
    private(set) var error: Range<Int>?
    private(set) var event: Range<Int>?
    private(set) var id: Range<Int>?
    private(set) var isGreeting = false

    /// Walks over one JSON object; nil when it isn't one.
    init?(_ bytes: ArraySlice<UInt8>) {
        var at = bytes.startIndex
        guard Self.skipBlanks(bytes, &at), bytes[at] == UInt8(ascii: "{") else { return nil }
        at += 1
        while Self.skipBlanks(bytes, &at) {
            if bytes[at] == UInt8(ascii: "}") { return }
            if bytes[at] == UInt8(ascii: ",") {
                at += 1
                continue
            }
            guard let key = Self.skipValue(bytes, &at), Self.skipBlanks(bytes, &at), bytes[at] == UInt8(ascii: ":")
            else { return nil }
            at += 1
            guard Self.skipBlanks(bytes, &at), let value = Self.skipValue(bytes, &at) else { return nil }
            note(bytes[key], value)
        }
        return nil
    }

    private mutating func note(_ key: ArraySlice<UInt8>, _ value: Range<Int>) {
        if key.elementsEqual("\"return\"".utf8) { result = value }
        if key.elementsEqual("\"error\"".utf8) { error = value }
        if key.elementsEqual("\"event\"".utf8) { event = value }
        if key.elementsEqual("\"id\"".utf8) { id = value }
        if key.elementsEqual("\"QMP\"".utf8) { isGreeting = true }
    }

    /// The event's name: what stands between the quotes.
    func eventName(_ bytes: ArraySlice<UInt8>) -> String? {
        guard let event, event.count >= 2 else { return nil }
        return String(decoding: bytes[(event.lowerBound + 1)..<(event.upperBound - 1)], as: UTF8.self)
    }

    /// The id when it is one of ours: a plain number.
    func number(_ bytes: ArraySlice<UInt8>) -> UInt64? {
        id.flatMap { UInt64(String(decoding: bytes[$0], as: UTF8.self)) }
    }

    private static func skipBlanks(_ bytes: ArraySlice<UInt8>, _ at: inout Int) -> Bool {
        while at < bytes.endIndex, bytes[at] <= 0x20 { at += 1 }
        return at < bytes.endIndex
    }

    /// Moves behind a value: a string, a bracketed thing, or a word up to the next delimiter.
    private static func skipValue(_ bytes: ArraySlice<UInt8>, _ at: inout Int) -> Range<Int>? {
        let start = at
        var depth = 0
        while at < bytes.endIndex {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                at += 1
                while at < bytes.endIndex, bytes[at] != UInt8(ascii: "\"") {
                    at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
                }
                guard at < bytes.endIndex else { return nil }
                at += 1
                if depth == 0 { return start..<at }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                at += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return at > start ? start..<at : nil }
                depth -= 1
                at += 1
                if depth == 0 { return start..<at }
            case UInt8(ascii: ","), UInt8(ascii: ":"), 0...0x20:
                if depth == 0 { return at > start ? start..<at : nil }
                at += 1
            default: at += 1
            }
        }
        return nil
    }
}
