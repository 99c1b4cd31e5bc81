/// Editing one line: keys in, text and cursor out. Knows nothing of terminals, so that every key can be tested.
struct LineEditor {
    /// A key as it comes from a terminal.
    enum Key: Hashable {
        case character(Character)
        case enter, tab, backspace, delete, left, right, up, down, home, end, wordLeft, wordRight
        case killToEnd, killToStart, killWord, clear, interrupt, endOfInput, unknown
    }

    /// What the caller has to do.
    enum Effect: Hashable {
        case redraw, none, clearScreen, complete
        case accept(String)
        /// The line was given up.
        case abandon
        case endOfInput
    }

    private(set) var text: [Character] = []
    private(set) var cursor = 0
    private let history: [String]
    private var place: Int
    private var draft = ""

    init(history: [String]) {
        self.history = history
        place = history.count
    }

    /// The text up to the cursor.
    var beforeCursor: String { String(text[..<cursor]) }

    /// Puts `word` in the place of everything from byte `offset` of the text before the cursor on.
    mutating func replace(from offset: Int, by word: String) {
        let before = beforeCursor
        let start = before.utf8.index(before.startIndex, offsetBy: min(max(0, offset), before.utf8.count))
        let kept = Array(before[..<start])
        text = kept + Array(word) + text[cursor...]
        cursor = kept.count + word.count
    }

    mutating func handle(_ key: Key) -> Effect {
        switch key {
        case .character(let character):
            text.insert(character, at: cursor)
            cursor += 1
        case .enter: return .accept(String(text))
        case .tab: return .complete
        case .interrupt: return .abandon
        case .clear: return .clearScreen
        case .endOfInput:
            if text.isEmpty { return .endOfInput }
            if cursor < text.count { text.remove(at: cursor) }
        case .backspace:
            guard cursor > 0 else { return .none }
            cursor -= 1
            text.remove(at: cursor)
        case .delete: if cursor < text.count { text.remove(at: cursor) }
        case .left: cursor = max(0, cursor - 1)
        case .right: cursor = min(text.count, cursor + 1)
        case .home: cursor = 0
        case .end: cursor = text.count
        case .wordLeft: cursor = wordStart()
        case .wordRight: cursor = wordEnd()
        case .killToEnd: text.removeSubrange(cursor...)
        case .killToStart:
            text.removeSubrange(..<cursor)
            cursor = 0
        case .killWord:
            let start = wordStart()
            text.removeSubrange(start..<cursor)
            cursor = start
        case .up: recall(place - 1)
        case .down: recall(place + 1)
        case .unknown: return .none
        }
        return .redraw
    }

    private func wordStart() -> Int {
        var position = cursor
        while position > 0, text[position - 1] == " " { position -= 1 }
        while position > 0, text[position - 1] != " " { position -= 1 }
        return position
    }

    private func wordEnd() -> Int {
        var position = cursor
        while position < text.count, text[position] == " " { position += 1 }
        while position < text.count, text[position] != " " { position += 1 }
        return position
    }

    private mutating func recall(_ target: Int) {
        guard (0...history.count).contains(target), target != place else { return }
        if place == history.count { draft = String(text) }
        place = target
        text = Array(target == history.count ? draft : history[target])
        cursor = text.count
    }

    /// What is shown in `width` columns: the part of the text around the cursor, and the cursor's column in it.
    func view(width: Int) -> (text: String, column: Int) {
        let room = max(1, width - 1)
        let first = max(0, cursor - room)
        return (String(text[first..<min(text.count, first + room)]), cursor - first)
    }
}

/// Turns a terminal's bytes into keys; a key may arrive in pieces.
struct KeyReader {
    private var pending: [UInt8] = []

    mutating func append(_ bytes: [UInt8]) { pending += bytes }

    /// The next key; nil when more bytes are needed.
    mutating func next() -> LineEditor.Key? {
        guard let first = pending.first else { return nil }
        if first == 0x1b { return escape() }
        if first < 0x20 || first == 0x7f {
            pending.removeFirst()
            return Self.control(first)
        }
        let length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
        guard pending.count >= length else { return nil }
        let text = String(decoding: pending[..<length], as: UTF8.self)
        pending.removeFirst(length)
        return text.first.map { .character($0) } ?? .unknown
    }

    private static func control(_ byte: UInt8) -> LineEditor.Key {
        switch byte {
        case 0x01: .home
        case 0x02: .left
        case 0x03: .interrupt
        case 0x04: .endOfInput
        case 0x05: .end
        case 0x06: .right
        case 0x08, 0x7f: .backspace
        case 0x09: .tab
        case 0x0a, 0x0d: .enter
        case 0x0b: .killToEnd
        case 0x0c: .clear
        case 0x0e: .down
        case 0x10: .up
        case 0x15: .killToStart
        case 0x17: .killWord
        default: .unknown
        }
    }

    private mutating func escape() -> LineEditor.Key? {
        guard pending.count >= 2 else { return nil }
        let kind = pending[1]
        guard kind == UInt8(ascii: "[") || kind == UInt8(ascii: "O") else {
            pending.removeFirst(2)
            return kind == UInt8(ascii: "b") ? .wordLeft : kind == UInt8(ascii: "f") ? .wordRight : .unknown
        }
        guard let end = pending.dropFirst(2).firstIndex(where: { (0x40...0x7e).contains($0) }) else {
            if pending.count > 16 { pending = [] }
            return nil
        }
        let parameters = String(decoding: pending[2..<end], as: UTF8.self)
        let final = pending[end]
        pending.removeFirst(end + 1)
        let withControl = parameters.hasSuffix(";5")
        switch final {
        case UInt8(ascii: "A"): return .up
        case UInt8(ascii: "B"): return .down
        case UInt8(ascii: "C"): return withControl ? .wordRight : .right
        case UInt8(ascii: "D"): return withControl ? .wordLeft : .left
        case UInt8(ascii: "H"): return .home
        case UInt8(ascii: "F"): return .end
        case UInt8(ascii: "~"):
            switch parameters {
            case "1", "7": return .home
            case "4", "8": return .end
            case "3": return .delete
            default: return .unknown
            }
        default: return .unknown
        }
    }
}
