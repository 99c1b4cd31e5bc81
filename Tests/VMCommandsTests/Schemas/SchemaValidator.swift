import VMJSON

/// Checks a document against a JSON Schema, as far as the schemas of outputs go. Strict: a member that an object's
/// schema doesn't name is a fault, though the schema itself would let it pass.
struct SchemaValidator {
    let root: JSONValue

    /// What is wrong, with its place; empty when nothing is.
    func faults(_ value: JSONValue) -> [String] { faults(value, root, "$") }

    private func faults(_ value: JSONValue, _ schema: JSONValue, _ place: String) -> [String] {
        if schema.bool == true { return [] }
        if let reference = schema["$ref"]?.string {
            let name = String(reference.dropFirst("#/$defs/".count))
            guard let target = root["$defs"]?[name] else { return ["\(place): no definition '\(reference)'"] }
            return faults(value, target, place)
        }
        if let shapes = schema["anyOf"]?.array {
            let all = shapes.map { faults(value, $0, place) }
            return all.contains([]) ? [] : ["\(place): fits none: \(all)"]
        }
        if let words = schema["enum"]?.array { return words.contains(value) ? [] : ["\(place): \(value) is not known"] }
        guard let type = schema["type"]?.string else { return ["\(place): a schema without a type"] }
        guard has(value, type) else { return ["\(place): \(value) is no \(type)"] }
        if let items = schema["items"], let elements = value.array {
            return elements.enumerated().flatMap { faults($1, items, "\(place)[\($0)]") }
        }
        guard let object = value.object else { return [] }
        var found: [String] = []
        for name in schema["required"]?.array ?? [] where name.string.flatMap({ object[$0] }) == nil {
            found.append("\(place): \(name) is missing")
        }
        for (name, member) in object {
            if let shape = schema["properties"]?[name] ?? schema["additionalProperties"] {
                found += faults(member, shape, "\(place).\(name)")
            } else {
                found.append("\(place): \(name) is not in the schema")
            }
        }
        return found
    }

    private func has(_ value: JSONValue, _ type: String) -> Bool {
        switch type {
        case "string": value.string != nil
        case "integer": value.int64 != nil || value.uint64 != nil
        case "number": value.double != nil || value.int64 != nil
        case "boolean": value.bool != nil
        case "null": value.isNull
        case "array": value.array != nil
        case "object": value.object != nil
        default: false
        }
    }
}
