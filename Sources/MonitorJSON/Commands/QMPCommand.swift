public import VMCore
public import VMJSON

/// A command of QAPI as a type: its arguments are properties, its answer is decoded.
///
/// Decoding is open: members and words that a newer QEMU adds don't make it fail, members that an older one lacks are
/// nil. A raw command stays possible everywhere.
public protocol QMPCommand: Sendable {
    associatedtype Reply: Sendable

    /// The command's name in QEMU of today.
    static var name: String { get }

    /// The arguments as QEMU of today spells them; those left out aren't there.
    var arguments: JSONObject { get }

    /// Reads the value of `return`.
    ///
    /// - Throws: `protocolViolation` when a member that every QEMU sends is missing or of the wrong type.
    static func decode(_ value: JSONValue) throws(VMError) -> Reply

    /// The command as a particular QEMU spells it; nil asks for today's spelling.
    func request(for schema: Schema?) -> QMPRequest
}

extension QMPCommand {
    public var arguments: JSONObject { [:] }
    public func request(for schema: Schema?) -> QMPRequest { QMPRequest(Self.name, arguments) }
}

/// A command whose answer says no more than that it was done.
public protocol QMPAction: QMPCommand where Reply == Void {}

extension QMPAction {
    public static func decode(_ value: JSONValue) throws(VMError) {}
}

extension QMPCommand where Reply == JSONValue {
    public static func decode(_ value: JSONValue) throws(VMError) -> JSONValue { value }
}

/// A command ready to be sent.
public struct QMPRequest: Sendable, Hashable {
    public var command: String
    public var arguments: JSONObject

    public init(_ command: String, _ arguments: JSONObject = [:]) {
        self.command = command
        self.arguments = arguments
    }
}

extension BlockingMonitor {
    /// Runs a typed command, in the spelling of `schema`'s QEMU where that is given.
    @discardableResult
    public func execute<C: QMPCommand>(
        _ command: C, schema: Schema? = nil, descriptors: [Int32] = [], outOfBand: Bool = false, deadline: Deadline
    ) throws(VMError) -> C.Reply {
        let request = command.request(for: schema)
        let value = try execute(
            request.command, request.arguments, descriptors: descriptors, outOfBand: outOfBand, deadline: deadline)
        return try C.decode(value)
    }
}
