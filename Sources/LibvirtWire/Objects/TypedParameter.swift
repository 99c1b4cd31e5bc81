/// `virTypedParameter`: a name, and a value that says what it is.
///
/// A getter that is asked with a count of 0 answers the number of parameters there are and none of them; the client then
/// asks again with that count. Strings go only to clients that set the flag `VIR_TYPED_PARAM_STRING_OKAY` (4).
public struct TypedParameter: XDRValue, Hashable {
    public enum Value: Sendable, Hashable {
        case int(Int32)
        case unsigned(UInt32)
        case hyper(Int64)
        case unsignedHyper(UInt64)
        case double(Double)
        case boolean(Bool)
        case string(String)
    }

    /// `VIR_TYPED_PARAM_STRING_OKAY`, in the flags of a call that asks for parameters.
    public static let stringsFlag: UInt32 = 4

    public var name = ""
    public var value = Value.int(0)

    public init() {}

    public init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }

    public mutating func map(_ x: inout XDRMapper) { x.map(&name, &value) }
}

extension TypedParameter.Value: XDRValue {
    public init() { self = .int(0) }

    /// `virTypedParameterType`.
    public var typeNumber: Int32 {
        switch self {
        case .int: 1
        case .unsigned: 2
        case .hyper: 3
        case .unsignedHyper: 4
        case .double: 5
        case .boolean: 6
        case .string: 7
        }
    }

    public mutating func map(_ x: inout XDRMapper) {
        var type = typeNumber
        type.map(&x)
        guard !x.hasFailed else { return }
        if x.isReading {
            read(type, &x)
        } else {
            write(&x)
        }
    }

    private mutating func read(_ type: Int32, _ x: inout XDRMapper) {
        switch type {
        case 1: self = .int(x.read())
        case 2: self = .unsigned(x.read())
        case 3: self = .hyper(x.read())
        case 4: self = .unsignedHyper(x.read())
        case 5: self = .double(x.read())
        case 6: self = .boolean(x.read())
        case 7: self = .string(x.read())
        default: x.unknownVariant(type)
        }
    }

    private func write(_ x: inout XDRMapper) {
        switch self {
        case .int(let value): x.write(value)
        case .unsigned(let value): x.write(value)
        case .hyper(let value): x.write(value)
        case .unsignedHyper(let value): x.write(value)
        case .double(let value): x.write(value)
        case .boolean(let value): x.write(value)
        case .string(let value): x.write(value)
        }
    }
}

extension [TypedParameter] {
    /// The value of the first parameter of that name.
    public subscript(_ name: String) -> TypedParameter.Value? { first { $0.name == name }?.value }

    /// What may be sent to a client that asked with these flags: old ones don't know strings.
    public func allowed(by flags: UInt32) -> [TypedParameter] {
        if flags & TypedParameter.stringsFlag != 0 { return self }
        return filter { if case .string = $0.value { false } else { true } }
    }
}
