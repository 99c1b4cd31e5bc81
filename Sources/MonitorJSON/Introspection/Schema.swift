public import VMCore
public import VMJSON

/// What a QEMU's monitor takes and sends, as `query-qmp-schema` tells it.
///
/// Types have no meaningful names there, so everything is reached from a command or an event.
public struct Schema: Sendable {
    /// A type.
    public indirect enum Kind: Sendable, Hashable {
        /// `string`, `number`, `int`, `boolean`, `null`, `object`, `array` or `value` (anything).
        case builtin(String)
        case enumeration([EnumValue])
        case array(element: String)
        case object(ObjectType)
        /// One of several types, told apart by their JSON.
        case alternate([String])
    }

    public struct EnumValue: Sendable, Hashable {
        public var name: String
        public var features: [String]
    }

    public struct ObjectType: Sendable, Hashable {
        public var members: [Member]
        /// The member whose value chooses further members.
        public var tag: String?
        /// For a value of the tag, the type whose members are added.
        public var variants: [String: String]
    }

    public struct Member: Sendable, Hashable {
        public var name: String
        /// The type's name in this schema.
        public var type: String
        public var isOptional: Bool
        /// `deprecated`, `unstable` and others.
        public var features: [String]
    }

    public struct Command: Sendable, Hashable {
        public var name: String
        public var argumentType: String
        public var returnType: String
        public var allowsOutOfBand: Bool
        public var features: [String]
        public var isDeprecated: Bool { features.contains("deprecated") }
    }

    public struct Event: Sendable, Hashable {
        public var name: String
        public var dataType: String
        public var features: [String]
    }

    public private(set) var commands: [String: Command] = [:]
    public private(set) var events: [String: Event] = [:]
    private var types: [String: Kind] = [:]

    /// Reads the answer to `query-qmp-schema`.
    ///
    /// - Throws: `protocolViolation` when it isn't one. Kinds of entries that aren't known are left out.
    public init(_ reply: JSONValue) throws(VMError) {
        for fields in try Fields.list(reply, of: "query-qmp-schema") {
            let name = try fields.string("name")
            let features = Self.words(fields["features"])
            switch try fields.string("meta-type") {
            case "command":
                commands[name] = Command(
                    name: name, argumentType: try fields.string("arg-type"), returnType: try fields.string("ret-type"),
                    allowsOutOfBand: fields["allow-oob"]?.bool ?? false, features: features)
            case "event":
                events[name] = Event(name: name, dataType: try fields.string("arg-type"), features: features)
            case "builtin": types[name] = .builtin(try fields.string("json-type"))
            case "enum": types[name] = .enumeration(Self.values(fields))
            case "array": types[name] = .array(element: try fields.string("element-type"))
            case "object": types[name] = .object(try Self.object(fields))
            case "alternate":
                let members = try Fields.list(fields["members"] ?? .null, of: "query-qmp-schema")
                types[name] = .alternate(members.compactMap { $0["type"]?.string })
            default: break
            }
        }
    }

    private static func words(_ value: JSONValue?) -> [String] { value?.array?.compactMap(\.string) ?? [] }

    /// Since 6.2 `members` has the features; before there was only `values`.
    private static func values(_ fields: Fields) -> [EnumValue] {
        if let members = fields["members"]?.array {
            return members.compactMap { member in
                member["name"]?.string.map { EnumValue(name: $0, features: words(member["features"])) }
            }
        }
        return words(fields["values"]).map { EnumValue(name: $0, features: []) }
    }

    private static func object(_ fields: Fields) throws(VMError) -> ObjectType {
        var members: [Member] = []
        for member in try Fields.list(fields["members"] ?? .array([]), of: "query-qmp-schema") {
            members.append(
                Member(
                    name: try member.string("name"), type: try member.string("type"),
                    isOptional: member["default"] != nil, features: words(member["features"])))
        }
        var variants: [String: String] = [:]
        for variant in try Fields.list(fields["variants"] ?? .array([]), of: "query-qmp-schema") {
            variants[try variant.string("case")] = try variant.string("type")
        }
        return ObjectType(members: members, tag: fields["tag"]?.string, variants: variants)
    }

    // MARK: Questions

    public func contains(command: String) -> Bool { commands[command] != nil }
    public func contains(event: String) -> Bool { events[event] != nil }

    /// The first of these commands that there is; the first of all when there is none, so that QEMU's refusal names it.
    public func firstCommand(_ names: String...) -> String {
        names.first(where: contains(command:)) ?? names.first ?? ""
    }

    /// The type of this name in the schema.
    public func type(_ name: String) -> Kind? { types[name] }

    /// The type of a command's arguments.
    public func arguments(of command: String) -> ObjectType? {
        guard let command = commands[command], case .object(let object)? = types[command.argumentType] else {
            return nil
        }
        return object
    }

    /// Whether a command takes an argument. Inner members follow behind dots; members that depend on a tag count
    /// whatever the tag's value: `accepts(command: "blockdev-add", argument: "file.filename")`.
    public func accepts(command: String, argument: String) -> Bool {
        guard let command = commands[command] else { return false }
        return !members(argument, below: command.argumentType).isEmpty
    }

    /// Whether an argument of a command, an enumeration, knows a word.
    public func accepts(command: String, argument: String, value: String) -> Bool {
        guard let command = commands[command] else { return false }
        return members(argument, below: command.argumentType).contains { member in
            words(of: member.type)?.contains { $0.name == value } ?? false
        }
    }

    /// The words of an enumeration, or of an array of them, or of an alternate's enumeration.
    public func words(of type: String) -> [EnumValue]? {
        switch types[type] {
        case .enumeration(let values): values
        case .array(let element): words(of: element)
        case .alternate(let branches): branches.lazy.compactMap { words(of: $0) }.first
        default: nil
        }
    }

    /// What an argument of a command is: several members where variants have the same name. Inner members follow behind
    /// dots; numbers, which stand for elements of an array, are passed over.
    public func members(_ path: String, of command: String) -> [Member] {
        commands[command].map { members(path, below: $0.argumentType) } ?? []
    }

    private func members(_ path: String, below type: String) -> [Member] {
        let names = path.split(separator: ".").map(String.init).filter { Int($0) == nil }
        guard let last = names.last else { return [] }
        var current = [type]
        for name in names.dropLast() {
            current = Array(Set(current.flatMap { allMembers(of: $0) }.filter { $0.name == name }.map(\.type)))
        }
        return current.flatMap { allMembers(of: $0) }.filter { $0.name == last }
    }

    /// The members of an object type, its variants' included, seen through arrays and alternates.
    public func allMembers(of type: String) -> [Member] {
        var found: [Member] = []
        var seen: Set<String> = []
        var waiting = [type]
        while let name = waiting.popLast() {
            guard seen.insert(name).inserted else { continue }
            switch types[name] {
            case .object(let object):
                found += object.members
                waiting += object.variants.values
            case .array(let element): waiting.append(element)
            case .alternate(let branches): waiting += branches
            default: break
            }
        }
        return found
    }
}
