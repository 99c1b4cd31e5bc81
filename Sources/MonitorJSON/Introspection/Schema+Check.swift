public import VMCore
public import VMJSON

extension Schema {
    /// Checks a command before it is sent: known, with known arguments of the right types, none missing.
    ///
    /// - Throws: `unsupported` for an unknown command, `invalidArgument` for what is wrong with an argument; each names the
    ///   nearest word that would do.
    public func check(_ command: String, _ arguments: JSONObject) throws(VMError) {
        guard let known = commands[command] else {
            let near = NearMatch.best(for: command, among: commands.keys.sorted())
            throw VMError(
                .unsupported, "this QEMU has no command '\(command)'", remedy: near.map { "did you mean '\($0)'?" })
        }
        try check(.object(arguments), against: known.argumentType, at: command)
    }

    private func check(_ value: JSONValue, against type: String, at path: String) throws(VMError) {
        switch self.type(type) {
        case .builtin(let name): try check(value, builtin: name, at: path)
        case .enumeration(let words): try check(value, among: words.map(\.name), at: path)
        case .array(let element):
            guard case .array(let values) = value else { throw wrongType(value, "an array", path) }
            for (index, value) in values.enumerated() { try check(value, against: element, at: "\(path)[\(index)]") }
        case .object(let object):
            guard case .object(let members) = value else { throw wrongType(value, "an object", path) }
            try check(members, against: object, at: path)
        case .alternate(let branches): try check(value, alternatives: branches, at: path)
        case nil: break
        }
    }

    private func check(_ value: JSONValue, builtin name: String, at path: String) throws(VMError) {
        switch (name, value) {
        case ("string", .string), ("boolean", .bool), ("null", .null), ("array", .array), ("object", .object),
            ("int", .integer), ("int", .unsigned), ("number", .integer), ("number", .unsigned), ("number", .double),
            ("value", _):
            break
        default: throw wrongType(value, name == "int" ? "an integer" : "a \(name)", path)
        }
    }

    private func check(_ value: JSONValue, among words: [String], at path: String) throws(VMError) {
        guard case .string(let word) = value else { throw wrongType(value, "one of \(listed(words))", path) }
        if words.contains(word) { return }
        let near = NearMatch.best(for: word, among: words)
        throw VMError(
            .invalidArgument, "'\(path)' can't be '\(word)', only one of \(listed(words))",
            remedy: near.map { "did you mean '\($0)'?" })
    }

    private func check(_ value: JSONValue, alternatives: [String], at path: String) throws(VMError) {
        let matching = alternatives.filter { accepts(value, shape: $0) }
        guard !matching.isEmpty else { throw wrongType(value, "what it takes", path) }
        if matching.count == 1 { return try check(value, against: matching[0], at: path) }
        var failure: VMError?
        for branch in matching {
            do throws(VMError) {
                return try check(value, against: branch, at: path)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Whether a value has the JSON type of a type, looking no deeper.
    private func accepts(_ value: JSONValue, shape type: String) -> Bool {
        switch (self.type(type), value) {
        case (.enumeration, .string), (.array, .array), (.object, .object), (nil, _): true
        case (.builtin(let name), _): (try? check(value, builtin: name, at: "")) != nil
        case (.alternate(let branches), _): branches.contains { accepts(value, shape: $0) }
        default: false
        }
    }

    private func check(_ members: JSONObject, against type: ObjectType, at path: String) throws(VMError) {
        var known = type.members
        if let tag = type.tag, let variant = members[tag]?.string.flatMap({ type.variants[$0] }) {
            known += allMembers(ofVariant: variant, members)
        }
        // The command device_add takes whatever its driver has: no members are listed.
        if known.isEmpty, type.tag == nil, path == "device_add" { return }
        for member in members.members {
            if let match = known.first(where: { $0.name == member.key }) {
                try check(member.value, against: match.type, at: inner(path, member.key))
            } else if !(path == "device_add") {
                let near = NearMatch.best(for: member.key, among: known.map(\.name))
                throw VMError(
                    .invalidArgument, "'\(path)' takes no '\(member.key)'", remedy: near.map { "did you mean '\($0)'?" }
                )
            }
        }
        for member in known where !member.isOptional && members[member.name] == nil {
            throw VMError(.invalidArgument, "'\(path)' needs '\(member.name)'")
        }
    }

    /// The members that a variant adds, those of its own variants included.
    private func allMembers(ofVariant type: String, _ members: JSONObject) -> [Member] {
        guard case .object(let object)? = self.type(type) else { return [] }
        var known = object.members
        if let tag = object.tag, let variant = members[tag]?.string.flatMap({ object.variants[$0] }), variant != type {
            known += allMembers(ofVariant: variant, members)
        }
        return known
    }

    private func inner(_ path: String, _ key: String) -> String { "\(path).\(key)" }

    private func wrongType(_ value: JSONValue, _ wanted: String, _ path: String) -> VMError {
        VMError(.invalidArgument, "'\(path)' must be \(wanted), not \(value.kind)")
    }

    private func listed(_ words: [String]) -> String {
        let shown = words.prefix(12).joined(separator: ", ")
        return words.count > 12 ? shown + " and \(words.count - 12) more" : shown
    }
}
