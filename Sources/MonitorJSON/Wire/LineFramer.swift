internal import Glibc

/// Cuts the byte stream of a QMP server into messages.
///
/// A server writes one object a line, except on a monitor with `pretty=on`, where an object spreads over lines of which
/// the first is a lone `{` and the last a lone `}`; both are recognised. Messages that arrive whole are handed out as
/// ranges of the caller's bytes, without a copy; the search for the end of a line never looks at a byte twice.
public struct LineFramer: Sendable {
    /// What comes next.
    public enum Found: Sendable, Hashable {
        /// A message in the caller's bytes, at this range.
        case here(Range<Int>)
        /// A message that had begun earlier: ``takeHeld()`` has it.
        case held
        /// A message that exceeded the limit has ended; it is lost.
        case tooLong
        /// Everything has been used up; more bytes are needed.
        case nothing
    }

    /// The longest message in bytes.
    public let limit: Int
    /// The beginning of a message whose end has not come yet.
    private var held: [UInt8] = []
    private var isPretty = false
    private var lineStart = 0
    private var isDiscarding = false

    public init(limit: Int = 64 << 20) { self.limit = limit }

    /// Whether nothing of an unfinished message is held.
    public var isEmpty: Bool { held.isEmpty && !isDiscarding }

    /// Finds the next message in `bytes` from `position` on, and moves `position` behind it.
    public mutating func next(in bytes: Span<UInt8>, at position: inout Int) -> Found {
        while position < bytes.count {
            guard let end = newline(in: bytes, from: position) else {
                hold(bytes, position..<bytes.count)
                position = bytes.count
                return .nothing
            }
            let line = position..<end
            position = end + 1
            if let found = take(line, of: bytes) { return found }
        }
        return .nothing
    }

    /// Forgets the beginning of an unfinished message.
    public mutating func reset() { self = LineFramer(limit: limit) }

    /// The message that ``Found/held`` announced.
    public mutating func takeHeld() -> [UInt8] {
        defer {
            held = []
            isPretty = false
            lineStart = 0
        }
        return held
    }

    /// A whole line, without its newline; nil when it does not complete a message.
    private mutating func take(_ line: Range<Int>, of bytes: Span<UInt8>) -> Found? {
        if isDiscarding {
            isDiscarding = false
            return .tooLong
        }
        if held.isEmpty {
            if isBlank(bytes, line) { return nil }
            guard isLone(UInt8(ascii: "{"), bytes, line) else { return .here(line) }
            isPretty = true
            hold(bytes, line)
            lineStart = held.count
            return nil
        }
        hold(bytes, line)
        if isDiscarding {
            isDiscarding = false
            return .tooLong
        }
        if !isPretty, isBlank(held.span, 0..<held.count) {
            held = []
            return nil
        }
        if !isPretty, isLone(UInt8(ascii: "{"), held.span, 0..<held.count) { isPretty = true }
        guard isPretty else { return .held }
        let closes = isLone(UInt8(ascii: "}"), held.span, lineStart..<held.count, indented: false)
        lineStart = held.count
        return closes ? .held : nil
    }

    private mutating func hold(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        if isDiscarding { return }
        guard held.count + range.count <= limit else {
            held = []
            isPretty = false
            lineStart = 0
            isDiscarding = true
            return
        }
        bytes.extracting(range).withUnsafeBufferPointer { held.append(contentsOf: $0) }
    }

    private func newline(in bytes: Span<UInt8>, from position: Int) -> Int? {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return nil }
            // SAFETY: position < count, so memchr stays inside the buffer and its result is a place in it.
            guard let found = memchr(base + position, 0x0a, buffer.count - position) else { return nil }
            return UnsafeRawPointer(found) - UnsafeRawPointer(base)
        }
    }

    private func isBlank(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        for index in range where bytes[index] > 0x20 { return false }
        return true
    }

    /// Whether the line holds `letter` and otherwise only blanks (behind it only, unless `indented`).
    private func isLone(_ letter: UInt8, _ bytes: Span<UInt8>, _ range: Range<Int>, indented: Bool = true) -> Bool {
        var seen = false
        for index in range {
            let byte = bytes[index]
            if byte == letter, !seen {
                seen = true
            } else if byte > 0x20 || (!seen && !indented) {
                return false
            }
        }
        return seen
    }
}
