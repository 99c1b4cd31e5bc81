/// Why bytes are no value of the wanted type, or why a value can't be written.
public struct XDRError: Error, Sendable, Hashable {
    /// What is wrong.
    public enum Kind: Sendable, Hashable {
        /// The bytes end within a value: so many more were needed.
        case truncated(missing: Int)
        /// A string, list or run of bytes says that it is longer than its limit.
        case overLimit(count: Int, limit: Int)
        /// A number says which shape follows, and there is no such shape.
        case unknownVariant(Int32)
        /// A number doesn't fit into what its field holds.
        case outOfRange(Int64)
        /// A string isn't UTF-8, or has a NUL in it, at which a program in C would cut it.
        case malformedText
    }

    public var kind: Kind
    /// The offset within the payload at which the value begins that is wrong.
    public var offset: Int

    public init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }
}

extension XDRError: CustomStringConvertible {
    public var description: String {
        let what =
            switch kind {
            case .truncated(let missing): "\(missing) bytes are missing"
            case .overLimit(let count, let limit): "\(count) elements where at most \(limit) may be"
            case .unknownVariant(let number): "there is no variant \(number)"
            case .outOfRange(let number): "\(number) is out of range"
            case .malformedText: "a text is not UTF-8 without NUL"
            }
        return "\(what), at byte \(offset)"
    }
}
