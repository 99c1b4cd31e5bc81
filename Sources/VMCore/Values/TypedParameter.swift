/// A named value with its type, as libvirt's `virTypedParameter`.
public struct TypedParameter: Sendable, Hashable {
    /// The value; the types are libvirt's `virTypedParameterType`.
    public enum Value: Sendable, Hashable {
        case int(Int32)
        case uint(UInt32)
        case llong(Int64)
        case ullong(UInt64)
        case double(Double)
        case boolean(Bool)
        case string(String)

        /// `VIR_TYPED_PARAM_INT` and so on.
        public var libvirtType: Int32 {
            switch self {
            case .int: 1
            case .uint: 2
            case .llong: 3
            case .ullong: 4
            case .double: 5
            case .boolean: 6
            case .string: 7
            }
        }

        /// The value as it stands in a line of text.
        public var text: String {
            switch self {
            case .int(let value): "\(value)"
            case .uint(let value): "\(value)"
            case .llong(let value): "\(value)"
            case .ullong(let value): "\(value)"
            case .double(let value): "\(value)"
            case .boolean(let value): value ? "yes" : "no"
            case .string(let value): value
            }
        }
    }

    public var name: String
    public var value: Value

    public init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }
}

extension [TypedParameter] {
    /// The value of that name.
    public subscript(name: String) -> TypedParameter.Value? { first { $0.name == name }?.value }
}
