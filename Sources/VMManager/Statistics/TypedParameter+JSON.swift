public import VMCore
public import VMJSON

extension TypedParameter.Value {
    public var json: JSONValue {
        switch self {
        case .int(let value): .integer(Int64(value))
        case .uint(let value): .integer(Int64(value))
        case .llong(let value): .integer(value)
        case .ullong(let value): JSONValue(value)
        case .double(let value): .double(value)
        case .boolean(let value): .bool(value)
        case .string(let value): .string(value)
        }
    }
}

extension [TypedParameter] {
    /// Adds a value.
    mutating func add(_ name: String, _ value: TypedParameter.Value) { append(TypedParameter(name, value)) }

    /// Adds a count, or a number that can't be below zero.
    mutating func add(_ name: String, count: Int) { add(name, .uint(UInt32(clamping: count))) }

    /// An object with the names as its members.
    public var json: JSONObject { JSONObject(map { ($0.name, $0.value.json) }) }
}
