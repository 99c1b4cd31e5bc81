/// A domain, XML of a thing of it, and flags.
public struct DomainXMLFlags: XDRValue, Hashable {
    public var domain = DomainReference()
    public var xml = ""
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &xml, &flags) }
}

/// A domain, a limit for the answer, and flags.
public struct DomainLimitFlags: XDRValue, Hashable {
    public var domain = DomainReference()
    /// How many the client has room for.
    public var limit: UInt32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &limit, &flags) }
}

/// A domain, a file of it, and flags.
public struct DomainPathFlags: XDRValue, Hashable {
    public var domain = DomainReference()
    public var path = ""
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &path, &flags) }
}

/// A domain and a file of it.
public struct DomainPath: XDRValue, Hashable {
    public var domain = DomainReference()
    public var path = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &path) }
}

/// A domain, the name of a thing of it, and flags.
public struct DomainNameFlags: XDRValue, Hashable {
    public var domain = DomainReference()
    public var name = ""
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &name, &flags) }
}

/// A domain, a name, and flags.
public struct DomainOptionalName: XDRValue, Hashable {
    public var domain = DomainReference()
    public var name: String?
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &name, &flags) }
}

/// What `DOMAIN_SET_GUEST_VCPUS` and `DOMAIN_SET_VCPU` take.
public struct VCPUStateArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// CPUs as text: `0-3,5`.
    public var map = ""
    public var state: Int32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &map, &state, &flags) }
}
