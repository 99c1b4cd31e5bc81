/// A command or an event of the schema as text for people.
public struct SchemaText: Sendable {
    private let schema: Schema

    public init(_ schema: Schema) { self.schema = schema }

    /// The command's or event's arguments and types; nil when there is none of that name.
    public func text(of name: String) -> String? {
        if let command = schema.commands[name] {
            var text = "command \(name)" + features(command.features)
            if command.allowsOutOfBand { text += " (also out of band)" }
            text += "\n" + members(of: command.argumentType, indent: "  ")
            return text + "  returns \(describe(command.returnType))\n"
        }
        guard let event = schema.events[name] else { return nil }
        return "event \(name)" + features(event.features) + "\n" + members(of: event.dataType, indent: "  ")
    }

    private func members(of type: String, indent: String) -> String {
        guard case .object(let object)? = schema.type(type) else { return "" }
        var text = ""
        for member in object.members.sorted(by: { ($0.isOptional ? 1 : 0, $0.name) < ($1.isOptional ? 1 : 0, $1.name) })
        {
            let name = member.isOptional ? "[\(member.name)]" : member.name
            text += "\(indent)\(name): \(describe(member.type))\(features(member.features))\n"
        }
        if let tag = object.tag {
            let words = object.variants.keys.sorted().joined(separator: ", ")
            text += "\(indent)more members by \(tag): \(words)\n"
        }
        return text
    }

    private func features(_ words: [String]) -> String { words.isEmpty ? "" : " (\(words.joined(separator: ", ")))" }

    private func describe(_ type: String, depth: Int = 0) -> String {
        switch schema.type(type) {
        case .builtin(let name): return name
        case .enumeration(let words):
            let names = words.map(\.name)
            return names.count > 40 ? names.prefix(40).joined(separator: "|") + "|…" : names.joined(separator: "|")
        case .array(let element): return "[\(describe(element, depth: depth + 1))]"
        case .alternate(let branches):
            return branches.map { describe($0, depth: depth + 1) }.joined(separator: " or ")
        case .object(let object):
            if object.members.isEmpty { return "{}" }
            if depth > 1 { return "{…}" }
            let inner = object.members.map { "\($0.name)\($0.isOptional ? "?" : "")" }.sorted().joined(separator: ", ")
            return "{\(inner)\(object.tag == nil ? "" : ", …")}"
        case nil: return type
        }
    }
}
