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
    public mutating func append(_ value: JSONValue) { collect { $0.append(value, level: 0) } }

    /// Appends one object.
    public mutating func append(_ members: JSONObject) { collect { $0.append(members, level: 0) } }

    /// Appends a number in decimal.
    public mutating func append(_ number: UInt64) { collect { $0.append(number) } }

    /// Appends a quoted string.
    public mutating func append(_ text: String) { collect { $0.append(text) } }

    private mutating func collect(_ write: (inout JSONTokens) -> Void) {
        var target: [UInt8] = []
        swap(&target, &bytes)
        withUnsafeTemporaryAllocation(byteCount: JSONTokens.blockSize, alignment: 16) { block in
            var tokens = JSONTokens(block, target, layout)
            target = []
            write(&tokens)
            bytes = tokens.finish()
        }
    }
}
