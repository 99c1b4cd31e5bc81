/// A JSON value whose integers are exact over the whole of `Int64` and `UInt64`, as QEMU's are.
///
/// A number written without fraction and exponent that fits `Int64` is `integer`; one above that fits `UInt64` is
/// `unsigned`; every other number is `double`. The same number therefore has one spelling only, and equality is
/// structural.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// Only for values above `Int64.max`; ``init(_:)-(UInt64)`` chooses.
    case unsigned(UInt64)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// The exact number in its one spelling.
    public init(_ number: UInt64) {
        if let small = Int64(exactly: number) { self = .integer(small) } else { self = .unsigned(number) }
    }

    /// The exact number.
    public init(_ number: Int) { self = .integer(Int64(number)) }

    /// The exact number.
    public init(_ number: Int64) { self = .integer(number) }

    public init(_ text: String) { self = .string(text) }
    public init(_ flag: Bool) { self = .bool(flag) }
}

// MARK: - Looking in

extension JSONValue {
    public var isNull: Bool { self == .null }

    public var bool: Bool? {
        if case .bool(let flag) = self { flag } else { nil }
    }

    /// The number when it is a whole one that fits; a double counts when it is exact.
    public var int: Int? { int64.flatMap { Int(exactly: $0) } }

    /// The number when it is a whole one that fits.
    public var int64: Int64? {
        switch self {
        case .integer(let number): number
        case .double(let number): Int64(exactly: number)
        default: nil
        }
    }

    /// The number when it is a whole one that fits; negative ones don't.
    public var uint64: UInt64? {
        switch self {
        case .integer(let number): UInt64(exactly: number)
        case .unsigned(let number): number
        case .double(let number): UInt64(exactly: number)
        default: nil
        }
    }

    /// Any number, rounded to a double where it has to be.
    public var double: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .unsigned(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    public var array: [JSONValue]? {
        if case .array(let values) = self { values } else { nil }
    }

    public var object: JSONObject? {
        if case .object(let members) = self { members } else { nil }
    }

    /// The member of an object; nil for a missing key and for everything that is no object.
    public subscript(key: String) -> JSONValue? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    /// The element of an array; nil outside its bounds and for everything that is no array.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let values) = self, values.indices.contains(index) else { return nil }
        return values[index]
    }

    /// What kind of value this is, as a word for messages: `null`, `boolean`, `integer`, `number`, `string`, `array`,
    /// `object`.
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer, .unsigned: "integer"
        case .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

// MARK: - Text

extension JSONValue: CustomStringConvertible {
    /// Compact JSON text.
    public var description: String {
        var writer = JSONWriter()
        writer.append(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// JSON text over several lines, indented by four blanks a level.
    public var prettyDescription: String {
        var writer = JSONWriter(layout: .pretty)
        writer.append(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

// MARK: - Literals

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral flag: Bool) { self = .bool(flag) }
    public init(integerLiteral number: Int64) { self = .integer(number) }
    public init(floatLiteral number: Double) { self = .double(number) }
    public init(stringLiteral text: String) { self = .string(text) }
    public init(arrayLiteral values: JSONValue...) { self = .array(values) }

    /// Of equal keys the last one counts.
    public init(dictionaryLiteral members: (String, JSONValue)...) {
        self = .object(JSONObject(members))
    }
}
