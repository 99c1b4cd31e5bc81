public import VMCore

/// A name, and a value behind the number of its type.
///
/// A getter that is asked with a count of 0 answers the number of parameters there are and none of them; the client then
/// asks again with that count. Strings go only to clients that set the flag ``stringsFlag``.
extension TypedParameter: XDRValue {
    /// `VIR_TYPED_PARAM_STRING_OKAY`, in the flags of a call that asks for parameters.
    public static let stringsFlag: UInt32 = 4

    public init() { self.init("", .int(0)) }

    public mutating func map(_ x: inout XDRMapper) { x.map(&name, &value) }
}

extension TypedParameter.Value: XDRValue {
    public init() { self = .int(0) }

    public mutating func map(_ x: inout XDRMapper) {
        var type = libvirtType
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
        case 2: self = .uint(x.read())
        case 3: self = .llong(x.read())
        case 4: self = .ullong(x.read())
        case 5: self = .double(x.read())
        case 6: self = .boolean(x.read())
        case 7: self = .string(x.read())
        default: x.unknownVariant(type)
        }
    }

    private func write(_ x: inout XDRMapper) {
        switch self {
        case .int(let value): x.write(value)
        case .uint(let value): x.write(value)
        case .llong(let value): x.write(value)
        case .ullong(let value): x.write(value)
        case .double(let value): x.write(value)
        case .boolean(let value): x.write(value)
        case .string(let value): x.write(value)
        }
    }
}

extension [TypedParameter] {
    /// What may be sent to a client that asked with these flags: old ones don't know strings.
    public func allowed(by flags: UInt32) -> [TypedParameter] {
        if flags & TypedParameter.stringsFlag != 0 { return self }
        return filter { if case .string = $0.value { false } else { true } }
    }
}
