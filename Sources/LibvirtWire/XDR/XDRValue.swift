public import VMCore

/// A type that libvirt's protocol has, declared once for both directions.
///
/// A structure names its fields in the order of the wire, and nothing else:
///
/// ```swift
/// public struct DomainFlags: XDRValue {
///     public var domain = DomainReference()
///     public var flags: UInt32 = 0
///     public init() {}
///     public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &flags) }
/// }
/// ```
///
/// Writing runs the same statements as reading, over a copy. A union maps its discriminator first and switches on it:
/// when reading it has just been read, when writing it was there already.
public protocol XDRValue: Sendable {
    /// The value to read into.
    init()
    mutating func map(_ x: inout XDRMapper)
}

extension XDRValue {
    /// A value of which `fill` sets what isn't zero or empty: `DomainInfo { $0.state = 1 }`.
    @inlinable
    public init(_ fill: (inout Self) throws -> Void) rethrows {
        self.init()
        try fill(&self)
    }

    /// Reads a value from the bytes behind `start`. What follows it is left alone, as libvirt does.
    public init(xdr bytes: [UInt8], from start: Int = 0) throws(XDRError) {
        var mapper = XDRMapper(reading: bytes, from: start)
        self.init()
        map(&mapper)
        if let failure = mapper.failure { throw failure }
    }

    /// The value's bytes.
    public func xdr() throws(XDRError) -> [UInt8] {
        var mapper = XDRMapper(writingAfter: [])
        mapper.write(self)
        return try mapper.finish()
    }
}

/// No value and no bytes: the arguments or results of procedures that have none.
public struct Nothing: XDRValue, Hashable {
    public init() {}
    public mutating func map(_ x: inout XDRMapper) {}
}

// MARK: Numbers

/// `int`: 4 bytes, the highest first.
extension Int32: XDRValue {
    public mutating func map(_ x: inout XDRMapper) {
        var word = UInt32(bitPattern: self)
        x.word(&word)
        self = Int32(bitPattern: word)
    }
}

/// `unsigned int`.
extension UInt32: XDRValue {
    public mutating func map(_ x: inout XDRMapper) { x.word(&self) }
}

/// `hyper`: 8 bytes, aligned to 4 like everything.
extension Int64: XDRValue {
    public mutating func map(_ x: inout XDRMapper) {
        var word = UInt64(bitPattern: self)
        x.doubleWord(&word)
        self = Int64(bitPattern: word)
    }
}

/// `unsigned hyper`.
extension UInt64: XDRValue {
    public mutating func map(_ x: inout XDRMapper) { x.doubleWord(&self) }
}

/// `double`: 8 bytes, IEEE 754.
extension Double: XDRValue {
    public mutating func map(_ x: inout XDRMapper) {
        var word = bitPattern
        x.doubleWord(&word)
        self = Double(bitPattern: word)
    }
}

/// `bool`, and every `int` of the protocol that is one: 4 bytes. Whatever isn't 0 is true, for go-libvirt sends
/// 01 00 00 00.
extension Bool: XDRValue {
    public mutating func map(_ x: inout XDRMapper) {
        var word: UInt32 = self ? 1 : 0
        x.word(&word)
        self = word != 0
    }
}

/// `unsigned char` as a number: it takes 4 bytes.
extension UInt8: XDRValue {
    public mutating func map(_ x: inout XDRMapper) { x.narrow(&self) }
}

/// `unsigned short`: it takes 4 bytes.
extension UInt16: XDRValue {
    public mutating func map(_ x: inout XDRMapper) { x.narrow(&self) }
}

// MARK: The rest

/// `string<REMOTE_STRING_MAX>`: the count of bytes, the bytes, zeros up to a multiple of 4; no NUL at the end.
extension String: XDRValue {
    public mutating func map(_ x: inout XDRMapper) { x.string(&self, limit: XDRLimit.string) }
}

/// `T *`: a flag, and behind it the value if the flag isn't 0.
extension Optional: XDRValue where Wrapped: XDRValue {
    public init() { self = nil }

    public mutating func map(_ x: inout XDRMapper) {
        var isThere = self != nil
        isThere.map(&x)
        guard isThere, !x.hasFailed else { return }
        var value = self ?? Wrapped()
        value.map(&x)
        self = value
    }
}

/// `opaque[16]`: the bytes as they are.
extension UUID: XDRValue {
    public init() { self.init(high: 0, low: 0) }

    public mutating func map(_ x: inout XDRMapper) {
        var high = self.high
        var low = self.low
        x.doubleWord(&high)
        x.doubleWord(&low)
        self = UUID(high: high, low: low)
    }
}
