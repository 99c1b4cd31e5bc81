/// Appends JSON text to a byte array, which can be reused for the next message.
public struct JSONWriter: Sendable {
    /// How the text is laid out.
    public struct Layout: Sendable, Hashable {
        /// Blanks a level; nil for everything on one line without blanks.
        public var indent: Int?
        /// Write every character outside ASCII as `\u` escapes, as QEMU does.
        public var escapesNonASCII: Bool

        public init(indent: Int? = nil, escapesNonASCII: Bool = false) {
            self.indent = indent
            self.escapesNonASCII = escapesNonASCII
        }

        public static let compact = Layout()
        public static let pretty = Layout(indent: 4)
    }

    /// What has been written.
    public private(set) var bytes: [UInt8]
    public let layout: Layout

    /// Appends to `bytes`, whose storage is reused.
    public init(appendingTo bytes: [UInt8] = [], layout: Layout = .compact) {
        self.bytes = bytes
        self.layout = layout
    }

    /// Forgets the text, keeps the storage.
    public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// Appends text that is JSON already, such as a separator.
    public mutating func append(raw text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// Appends one value. Numbers that JSON can't express (infinite, not a number) are written as `null`.
    public mutating func append(_ value: JSONValue) { append(value, level: 0) }

    /// Appends one object.
    public mutating func append(_ members: JSONObject) { append(members, level: 0) }

    private mutating func append(_ value: JSONValue, level: Int) {
        switch value {
        case .null: append(raw: "null")
        case .bool(true): append(raw: "true")
        case .bool(false): append(raw: "false")
        case .integer(let number):
            if number < 0 { bytes.append(UInt8(ascii: "-")) }
            append(number.magnitude)
        case .unsigned(let number): append(number)
        case .double(let number): append(number)
        case .string(let text): append(text)
        case .array(let values): append(values, level: level)
        case .object(let members): append(members, level: level)
        }
    }

    private mutating func append(_ values: [JSONValue], level: Int) {
        bytes.append(UInt8(ascii: "["))
        var first = true
        // Elements are looked at where they are: to copy and count them costs a tenth of all.
        values.withUnsafeBufferPointer { values in
            for index in values.indices {
                separate(first: &first, level: level + 1)
                append(values[index], level: level + 1)
            }
        }
        if !first { breakLine(level: level) }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func append(_ members: JSONObject, level: Int) {
        bytes.append(UInt8(ascii: "{"))
        var first = true
        members.members.withUnsafeBufferPointer { members in
            for index in members.indices {
                separate(first: &first, level: level + 1)
                append(members[index].key)
                bytes.append(UInt8(ascii: ":"))
                if layout.indent != nil { bytes.append(UInt8(ascii: " ")) }
                append(members[index].value, level: level + 1)
            }
        }
        if !first { breakLine(level: level) }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func separate(first: inout Bool, level: Int) {
        if !first { bytes.append(UInt8(ascii: ",")) }
        first = false
        breakLine(level: level)
    }

    private mutating func breakLine(level: Int) {
        guard let indent = layout.indent else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: max(0, indent) * level))
    }

    /// Appends a number in decimal.
    public mutating func append(_ number: UInt64) {
        if number < 10 { return bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number)) }
        let start = bytes.count
        var rest = number
        while rest > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
        bytes[start...].reverse()
    }

    private mutating func append(_ number: Double) {
        guard number.isFinite else { return append(raw: "null") }
        bytes.append(contentsOf: number.description.utf8)
    }

    // MARK: Strings

    /// Appends a quoted string.
    public mutating func append(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        if layout.escapesNonASCII, !text.utf8.allSatisfy({ $0 < 0x80 }) {
            appendASCII(text)
        } else {
            appendEscaped(text)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Copies runs of plain bytes whole and escapes the few others.
    private mutating func appendEscaped(_ text: String) {
        let done: Void? = text.utf8.withContiguousStorageIfAvailable { source in
            var start = 0
            for index in source.indices where Self.needsEscape(source[index]) {
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: source[start..<index]))
                appendEscape(source[index])
                start = index + 1
            }
            bytes.append(contentsOf: start == 0 ? source : UnsafeBufferPointer(rebasing: source[start...]))
        }
        if done == nil {
            for byte in text.utf8 { if Self.needsEscape(byte) { appendEscape(byte) } else { bytes.append(byte) } }
        }
    }

    private mutating func appendASCII(_ text: String) {
        for unit in text.utf16 {
            if let byte = UInt8(exactly: unit), byte < 0x80 {
                if Self.needsEscape(byte) || byte == 0x7f { appendEscape(byte) } else { bytes.append(byte) }
            } else {
                appendUnicode(unit)
            }
        }
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func appendEscape(_ byte: UInt8) {
        let short: UInt8? =
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): byte
            case 0x08: UInt8(ascii: "b")
            case 0x09: UInt8(ascii: "t")
            case 0x0a: UInt8(ascii: "n")
            case 0x0c: UInt8(ascii: "f")
            case 0x0d: UInt8(ascii: "r")
            default: nil
            }
        guard let short else { return appendUnicode(UInt16(byte)) }
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(short)
    }

    private mutating func appendUnicode(_ unit: UInt16) {
        append(raw: "\\u")
        for shift in stride(from: 12, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: unit >> UInt16(shift)) & 0xf
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10)
        }
    }
}
