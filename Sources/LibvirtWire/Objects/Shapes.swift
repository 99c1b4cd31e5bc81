public import VMCore

/// How many elements a list may have, as a part of its type: what is more breaks the peer's decoding.
public protocol ListLimit: Sendable {
    static var count: Int { get }
}

public enum UpTo16: ListLimit { public static let count = 16 }
public enum UpTo20: ListLimit { public static let count = 20 }
public enum UpTo32: ListLimit { public static let count = 32 }
public enum UpTo64: ListLimit { public static let count = 64 }
public enum UpTo256: ListLimit { public static let count = 256 }
public enum UpTo1024: ListLimit { public static let count = 1024 }
public enum UpTo2048: ListLimit { public static let count = 2048 }
public enum UpTo8192: ListLimit { public static let count = 8192 }
public enum UpTo16384: ListLimit { public static let count = 16_384 }
public enum UpTo65536: ListLimit { public static let count = 65_536 }
public enum UpTo4MiB: ListLimit { public static let count = 4_194_304 }

// MARK: Values by themselves

/// A result, or arguments, of one list.
public struct List<Element: XDRValue, Limit: ListLimit>: XDRValue, ExpressibleByArrayLiteral {
    public var elements: [Element] = []

    public init() {}
    public init(_ elements: [Element]) { self.elements = elements }
    public init(arrayLiteral elements: Element...) { self.elements = elements }
    public mutating func map(_ x: inout XDRMapper) { x.list(&elements, limit: Limit.count) }
}

/// A result of bytes.
public struct Bytes<Limit: ListLimit>: XDRValue {
    public var bytes: [UInt8] = []

    public init() {}
    public init(_ bytes: [UInt8]) { self.bytes = bytes }
    public mutating func map(_ x: inout XDRMapper) { x.opaque(&bytes, limit: Limit.count) }
}

// MARK: Lists that are asked for

/// What LIST_ALL procedures of the connection take.
public struct ListArguments: XDRValue, Hashable {
    /// Whether the elements are wanted; else only their number.
    public var needsResults = true
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&needsResults, &flags) }
}

/// What LIST_ALL procedures of an object take.
public struct ChildListArguments<Parent: XDRValue>: XDRValue {
    public var parent = Parent()
    /// Whether the elements are wanted; else only their number.
    public var needsResults = true
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&parent, &needsResults, &flags) }
}

/// A list and how many there are, which is more than the list has when only the number was asked for.
public struct Listing<Element: XDRValue, Limit: ListLimit>: XDRValue {
    public var elements: [Element] = []
    public var count: UInt32 = 0

    public init() {}

    /// The answer to a question for all elements, or for their number.
    public init(_ elements: [Element], wanted: Bool = true) {
        self.elements = wanted ? elements : []
        count = UInt32(clamping: elements.count)
    }

    public mutating func map(_ x: inout XDRMapper) {
        x.list(&elements, limit: Limit.count)
        x.map(&count)
    }
}

extension Listing where Element == TypedParameter {
    /// The answer to ``ParameterQuery``: all parameters when there is room for them, only their number when none was
    /// offered, as many as fit otherwise.
    public init(_ parameters: [TypedParameter], room: Int32) {
        elements = Array(parameters.prefix(Int(max(0, room))))
        count = UInt32(clamping: room <= 0 ? parameters.count : elements.count)
    }

    /// The answer when only the number was asked for.
    public init(count: Int) { self.count = UInt32(clamping: count) }
}

// MARK: An object and something to do with it

/// An object, a name or a document, and flags.
public struct Flagged<Subject: XDRValue>: XDRValue {
    public var subject = Subject()
    public var flags: UInt32 = 0

    public init() {}

    public init(_ subject: Subject, flags: UInt32 = 0) {
        self.subject = subject
        self.flags = flags
    }

    public mutating func map(_ x: inout XDRMapper) { x.map(&subject, &flags) }
}

/// An object, and whether it is to start with the host.
public struct Autostart<Subject: XDRValue>: XDRValue {
    public var subject = Subject()
    public var autostart = false

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&subject, &autostart) }
}

/// A question for typed parameters.
public struct ParameterQuery<Subject: XDRValue>: XDRValue {
    public var subject = Subject()
    /// How many the client has room for; 0 to ask how many there are.
    public var count: Int32 = 0
    public var flags: UInt32 = 0

    public init() {}

    public init(_ subject: Subject, count: Int32, flags: UInt32 = 0) {
        self.subject = subject
        self.count = count
        self.flags = flags
    }

    public mutating func map(_ x: inout XDRMapper) { x.map(&subject, &count, &flags) }
}

/// Typed parameters for an object.
public struct Parameters<Subject: XDRValue, Limit: ListLimit>: XDRValue {
    public var subject = Subject()
    public var parameters: [TypedParameter] = []
    public var flags: UInt32 = 0

    public init() {}

    public mutating func map(_ x: inout XDRMapper) {
        x.map(&subject)
        x.list(&parameters, limit: Limit.count)
        x.map(&flags)
    }
}

/// Typed parameters for no object.
public struct FlaggedParameters<Limit: ListLimit>: XDRValue {
    public var parameters: [TypedParameter] = []
    public var flags: UInt32 = 0

    public init() {}

    public mutating func map(_ x: inout XDRMapper) {
        x.list(&parameters, limit: Limit.count)
        x.map(&flags)
    }
}

// MARK: Events

/// What registers for events of all objects of a kind, or of one.
public struct EventRegistration<Object: XDRValue>: XDRValue {
    /// `virDomainEventID` and its like. A number that isn't known is refused.
    public var eventID: Int32 = 0
    public var object: Object?

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&eventID, &object) }
}

/// An event with the number of the registration that it is for.
public struct Callback<Event: XDRValue>: XDRValue {
    public var callbackID: Int32 = 0
    public var event = Event()

    public init() {}

    public init(_ callbackID: Int32, _ event: Event) {
        self.callbackID = callbackID
        self.event = event
    }

    public mutating func map(_ x: inout XDRMapper) { x.map(&callbackID, &event) }
}

/// An object has been defined, started, stopped …
public struct LifecycleMessage<Object: XDRValue>: XDRValue {
    public var object = Object()
    /// `virDomainEventType` and its like.
    public var event: Int32 = 0
    /// A reason, by the event.
    public var detail: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&object, &event, &detail) }
}

/// The guest has suspended or woken.
public struct PowerMessage: XDRValue, Hashable {
    /// 0; libvirt knows no others.
    public var reason: Int32 = 0
    public var domain = DomainReference()

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&reason, &domain) }
}

/// What AUTH_LIST answers: 0 none, 1 SASL, 2 polkit; the client uses the first.
public struct AuthTypes: XDRValue, Hashable {
    public var types: [Int32] = []

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.list(&types, limit: XDRLimit.authentications) }
}
