/// Cuts the byte stream of a QMP client into commands, as QEMU's own reader does: a command ends with its closing brace,
/// not with a newline.
///
/// A control character or a byte that can't stand in JSON (0xFF among them) forgets what was begun, which is how a client
/// comes back into step. Text outside of any object is handed out up to the next blank, so that a parser can refuse it.
public struct ValueFramer: Sendable {
    /// What comes next.
    public enum Found: Sendable, Hashable {
        /// A value in the caller's bytes, at this range.
        case here(Range<Int>)
        /// A value that had begun earlier: ``takeHeld()`` has it.
        case held
        /// A value that exceeded the limit or was broken off by the byte that forgets.
        case broken
        /// Everything has been used up; more bytes are needed.
        case nothing
    }

    private enum State: Sendable {
        case between, inside, string, escape, word
    }

    /// The longest command in bytes.
    public let limit: Int
    private var held: [UInt8] = []
    private var state = State.between
    private var quote: UInt8 = 0
    private var depth = 0
    private var isTooLong = false

    public init(limit: Int = 64 << 20) { self.limit = limit }

    /// Whether a value has begun whose end hasn't come.
    public var isInside: Bool { state != .between }

    /// How many bytes of a value that has begun are kept.
    public var heldCount: Int { held.count }

    /// Finds the next value in `bytes` from `position` on, and moves `position` behind it.
    public mutating func next(in bytes: Span<UInt8>, at position: inout Int) -> Found {
        var start = position
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == 0xff || (byte < 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09) {
                forget()
                return .broken
            }
            if state == .between, isBlank(byte) {
                start = position
            } else if step(byte) {
                return finish(bytes, start..<position)
            }
        }
        hold(bytes, start..<position)
        return .nothing
    }

    /// The value that ``Found/held`` announced.
    public mutating func takeHeld() -> [UInt8] {
        defer { held = [] }
        return held
    }

    /// Moves the state on by one byte; true when that byte closes a value.
    private mutating func step(_ byte: UInt8) -> Bool {
        switch state {
        case .escape: state = .string
        case .string:
            if byte == UInt8(ascii: "\\") {
                state = .escape
            } else if byte == quote {
                state = .inside
                return depth == 0
            }
        case .word: return isBlank(byte)
        case .between, .inside: return begin(byte)
        }
        return false
    }

    private mutating func begin(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            depth += 1
            state = .inside
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            return depth <= 0
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            quote = byte
            state = .string
        default:
            if state == .between { state = .word }
        }
        return false
    }

    private mutating func finish(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Found {
        state = .between
        depth = 0
        if held.isEmpty, !isTooLong, range.count <= limit { return .here(range) }
        hold(bytes, range)
        if isTooLong || held.isEmpty {
            forget()
            return .broken
        }
        return .held
    }

    private mutating func hold(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        guard !isTooLong, !range.isEmpty else { return }
        guard held.count + range.count <= limit else {
            held = []
            isTooLong = true
            return
        }
        bytes.extracting(range).withUnsafeBufferPointer { held.append(contentsOf: $0) }
    }

    private mutating func forget() { self = ValueFramer(limit: limit) }

    private func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
    }
}
