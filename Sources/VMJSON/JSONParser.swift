public import VMCore

/// Reads JSON text in one pass over its bytes.
///
/// Strict JSON (RFC 8259) with three additions: duplicate keys are errors, strings must be valid UTF-8 without lone
/// surrogates, and numbers too large for a double are errors.
public enum JSONParser {
    /// Bounds that no input gets past.
    public struct Limits: Sendable, Hashable {
        /// Levels of arrays and objects; QEMU's own reader takes 1024.
        public var depth: Int
        /// Bytes of text.
        public var bytes: Int

        public init(depth: Int = 1024, bytes: Int = 64 << 20) {
            self.depth = depth
            self.bytes = bytes
        }

        public static let standard = Limits()
    }

    /// Which spellings are taken.
    public enum Dialect: Sendable, Hashable {
        /// RFC 8259.
        case strict
        /// What QEMU's own reader takes too: strings in single quotes, with `\'` inside.
        case qemu
    }

    /// Reads exactly one value, with nothing but blanks around it.
    ///
    /// - Throws: `invalidArgument` naming what was expected and the byte offset.
    public static func parse(
        _ bytes: Span<UInt8>, limits: Limits = .standard, dialect: Dialect = .strict
    ) throws(VMError) -> JSONValue {
        guard bytes.count <= limits.bytes else { throw tooLong(bytes.count, limits) }
        var reader = JSONReader(limits: limits, dialect: dialect)
        do throws(JSONFault) {
            let value = try reader.value(bytes, depth: 0)
            reader.skipBlanks(bytes)
            guard reader.at == bytes.count else { throw JSONFault(.trailing, at: reader.at) }
            return value
        } catch {
            throw error.asError(in: bytes)
        }
    }

    /// Reads exactly one value.
    public static func parse(
        _ bytes: [UInt8], limits: Limits = .standard, dialect: Dialect = .strict
    ) throws(VMError) -> JSONValue {
        try parse(bytes.span, limits: limits, dialect: dialect)
    }

    /// Reads exactly one value.
    public static func parse(
        _ text: String, limits: Limits = .standard, dialect: Dialect = .strict
    ) throws(VMError) -> JSONValue {
        try parse(Array(text.utf8), limits: limits, dialect: dialect)
    }

    /// Reads the value that begins at or after `position` and moves `position` behind it; nil when only blanks are
    /// left. For texts that hold several values one after the other.
    public static func parseNext(
        _ bytes: Span<UInt8>, from position: inout Int, limits: Limits = .standard, dialect: Dialect = .strict
    ) throws(VMError) -> JSONValue? {
        guard bytes.count <= limits.bytes else { throw tooLong(bytes.count, limits) }
        var reader = JSONReader(limits: limits, dialect: dialect)
        reader.at = max(0, position)
        reader.skipBlanks(bytes)
        guard reader.at < bytes.count else {
            position = bytes.count
            return nil
        }
        do throws(JSONFault) {
            let value = try reader.value(bytes, depth: 0)
            position = reader.at
            return value
        } catch {
            throw error.asError(in: bytes)
        }
    }

    private static func tooLong(_ count: Int, _ limits: Limits) -> VMError {
        VMError(.invalidArgument, "the JSON text has \(count) bytes, more than the \(limits.bytes) that are read")
    }
}

/// What the reader stumbled over; small, so that the way without errors costs nothing.
struct JSONFault: Error {
    enum Kind {
        case unexpected, endOfText, trailing, depth, control, escape, surrogate, utf8, number, numberRange
        case duplicateKey(String)
    }

    let kind: Kind
    let offset: Int

    init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }

    func asError(in bytes: Span<UInt8>) -> VMError {
        VMError(.invalidArgument, "the JSON text is malformed at byte \(offset): \(reason(bytes))")
    }

    private func reason(_ bytes: Span<UInt8>) -> String {
        switch kind {
        case .unexpected: "\(found(bytes)) is out of place"
        case .endOfText: "it ends too early"
        case .trailing: "\(found(bytes)) follows the value"
        case .depth: "it is nested too deeply"
        case .control: "a control character stands in a string without an escape"
        case .escape: "the escape is not known"
        case .surrogate: "half of a surrogate pair is missing"
        case .utf8: "the string is not UTF-8"
        case .number: "the number is not spelt as JSON wants it"
        case .numberRange: "the number is too large"
        case .duplicateKey(let key): "the key '\(key)' appears twice"
        }
    }

    private func found(_ bytes: Span<UInt8>) -> String {
        guard offset < bytes.count else { return "the end" }
        let byte = bytes[offset]
        if byte > 0x20, byte < 0x7f { return "'\(Character(Unicode.Scalar(byte)))'" }
        return "the byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
