internal import VMJSON

/// Follows a path through the schema that QEMU describes its commands with. Names of types mean nothing in it and differ
/// from build to build; only the way from a command counts.
struct SchemaWalk {
    let image: CapabilitiesImage

    /// Whether the path leads anywhere, beginning at the type that `member` of the entity names.
    func reaches(_ entity: String, _ member: String, _ path: String) -> Bool { walk(entity, member, path) != nil }

    /// The values of the enumeration at the path's end.
    func values(_ entity: String, _ member: String, _ path: String) -> [String] {
        guard let end = walk(entity, member, path), case .type(let type) = end else { return [] }
        return Self.values(of: type)
    }

    private enum End {
        case type(JSONObject)
        /// A value or a feature, behind which nothing lies.
        case leaf
    }

    private func walk(_ entity: String, _ member: String, _ path: String) -> End? {
        guard let start = object("\(entity)") else { return nil }
        let steps = path.split(separator: "/", omittingEmptySubsequences: true)
        // A feature right behind the command is the command's own.
        if steps.count == 1, let first = steps.first, first.hasPrefix("$") {
            return Self.hasFeature(start, first.dropFirst()) ? .leaf : nil
        }
        guard let name = start[member]?.string, var type = type(name) else { return nil }
        var features: JSONObject = [:]
        for (index, step) in steps.enumerated() {
            switch step.first {
            case "=":
                let isLast = index == steps.count - 1
                return isLast && Self.values(of: type).contains(String(step.dropFirst())) ? .leaf : nil
            case "$":
                let known = Self.hasFeature(features, step.dropFirst()) || Self.hasFeature(type, step.dropFirst())
                return known ? .leaf : nil
            case "+":
                guard let next = variant(String(step.dropFirst()), of: type) else { return nil }
                (type, features) = (next, [:])
            default:
                guard let (next, found) = self.member(String(step), of: type) else { return nil }
                (type, features) = (next, found)
            }
        }
        return .type(type)
    }

    /// The type behind a member, and the member's own entry. Alternates are searched through all their forms.
    private func member(_ name: String, of type: JSONObject) -> (JSONObject, JSONObject)? {
        for member in type["members"]?.array ?? [] {
            guard let member = member.object, let typeName = member["type"]?.string else { continue }
            if type["meta-type"] == "alternate" {
                guard let form = self.type(typeName), let found = self.member(name, of: form) else { continue }
                return found
            }
            if member["name"]?.string == name { return self.type(typeName).map { ($0, member) } }
        }
        return nil
    }

    private func variant(_ name: String, of type: JSONObject) -> JSONObject? {
        if type["meta-type"] == "alternate" {
            for member in type["members"]?.array ?? [] {
                guard let form = member["type"]?.string.flatMap(self.type),
                    let found = variant(name, of: form)
                else { continue }
                return found
            }
            return nil
        }
        for variant in type["variants"]?.array ?? [] where variant["case"]?.string == name {
            return variant["type"]?.string.flatMap(self.type)
        }
        return nil
    }

    /// A type by its meaningless name; lists give the type of their elements.
    private func type(_ name: String) -> JSONObject? {
        var name = name
        for _ in 0..<16 {
            guard let found = object("t:" + name) else { return nil }
            guard found["meta-type"] == "array", let element = found["element-type"]?.string else { return found }
            name = element
        }
        return nil
    }

    private func object(_ key: String) -> JSONObject? {
        CapabilitiesReader(image: image).json(image.value(.schema, key))?.object
    }

    private static func values(of type: JSONObject) -> [String] {
        guard type["meta-type"] == "enum" else { return [] }
        return (type["values"]?.array ?? []).compactMap(\.string)
    }

    private static func hasFeature(_ entry: JSONObject, _ name: Substring) -> Bool {
        (entry["features"]?.array ?? []).contains { $0.string.map { $0 == name } ?? false }
    }
}
