internal import VMJSON

/// What a verb prints with `--output json`, as data from which its JSON Schema is written.
indirect enum Shape: Sendable {
    case string, integer, number, flag, null
    /// Whatever QEMU, or another standard, says it is.
    case anything
    /// One of these strings.
    case words([String])
    case list(Shape)
    /// An object whose members' names aren't known beforehand.
    case map(Shape)
    case object(Members)
    case either([Shape])
    /// One of ``OutputSchema/definitions``.
    case named(String)

    /// An object's members, in their order.
    struct Members: Sendable, ExpressibleByDictionaryLiteral {
        struct Member: Sendable {
            var name: String
            var shape: Shape
            var isRequired: Bool
        }

        var members: [Member] = []

        init(dictionaryLiteral elements: (String, Shape)...) {
            members = elements.map { Member(name: $0.0, shape: $0.1, isRequired: true) }
        }

        /// These members and some that may be missing.
        func optional(_ more: Members) -> Members {
            var result = self
            result.members += more.members.map { Member(name: $0.name, shape: $0.shape, isRequired: false) }
            return result
        }

        static func + (one: Members, other: Members) -> Members {
            var result = one
            result.members += other.members
            return result
        }
    }

    static func nullable(_ shape: Shape) -> Shape { .either([shape, .null]) }

    /// The schema of draft 2020-12.
    var schema: JSONValue {
        switch self {
        case .string: ["type": "string"]
        case .integer: ["type": "integer"]
        case .number: ["type": "number"]
        case .flag: ["type": "boolean"]
        case .null: ["type": "null"]
        case .anything: true
        case .words(let words): ["enum": .array(words.map { .string($0) })]
        case .list(let shape): ["type": "array", "items": shape.schema]
        case .map(let shape): ["type": "object", "additionalProperties": shape.schema]
        case .object(let members): Self.schema(of: members)
        case .either(let shapes): ["anyOf": .array(shapes.map(\.schema))]
        case .named(let name): ["$ref": .string("#/$defs/\(name)")]
        }
    }

    private static func schema(of members: Members) -> JSONValue {
        [
            "type": "object",
            "properties": .object(JSONObject(members.members.map { ($0.name, $0.shape.schema) })),
            "required": .array(members.members.filter(\.isRequired).map { .string($0.name) }),
        ]
    }

    /// The definitions that this shape refers to itself.
    var references: Set<String> {
        switch self {
        case .list(let shape), .map(let shape): shape.references
        case .object(let members): Set(members.members.flatMap(\.shape.references))
        case .either(let shapes): Set(shapes.flatMap(\.references))
        case .named(let name): [name]
        default: []
        }
    }
}
