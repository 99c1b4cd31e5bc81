/// What can stand at the end of a line of the shell.
public struct ShellCompletion: Sendable {
    /// What only the running machine knows.
    public struct Facts: Sendable {
        /// The device types, for `driver=`.
        public var drivers: [String]
        /// The devices' ids.
        public var devices: [String]
        /// The block nodes' names.
        public var nodes: [String]

        public init(drivers: [String] = [], devices: [String] = [], nodes: [String] = []) {
            self.drivers = drivers
            self.devices = devices
            self.nodes = nodes
        }
    }

    public let schema: Schema
    public var facts: Facts
    /// The shell's own commands, without their `/`.
    public let shellCommands: [String]

    public init(schema: Schema, facts: Facts = Facts(), shellCommands: [String] = []) {
        self.schema = schema
        self.facts = facts
        self.shellCommands = shellCommands
    }

    /// The words that could stand instead of the last one, sorted, and the byte at which that one begins.
    ///
    /// - Parameter line: The line up to the cursor.
    public func candidates(_ line: String) -> (offset: Int, words: [String]) {
        let cut = ShellLine(line)
        let endsInBlank = line.utf8.last.map { $0 == 0x20 || $0 == 0x09 } ?? true
        let isNew = endsInBlank && !cut.isOpen
        let last = isNew ? "" : cut.words.last?.text ?? ""
        let offset = isNew ? line.utf8.count : cut.words.last?.offset ?? 0
        let before = isNew ? cut.words : Array(cut.words.dropLast())
        return (offset, words(last, after: before).filter { $0.hasPrefix(last) }.sorted())
    }

    private func words(_ last: String, after before: [ShellLine.Word]) -> [String] {
        guard let first = before.first?.text else {
            let own = shellCommands.map { "/" + $0 }
            return schema.commands.keys.map { $0 + " " } + own.map { $0 + " " } + ["info ", "hmp ", "exec-oob "]
        }
        if first == "exec-oob", before.count == 1 {
            return schema.commands.values.filter(\.allowsOutOfBand).map { $0.name + " " }
        }
        if first == "/help" { return Array(schema.commands.keys) + Array(schema.events.keys) }
        if first.hasPrefix("/") || first == "info" || first == "hmp" { return [] }
        let command = first == "exec-oob" ? before[1].text : first
        guard let known = schema.commands[command] else { return [] }
        let given = Dictionary(before.compactMap(\.pair).map { ($0.key, $0.value) }) { first, _ in first }
        if let (key, _) = ShellLine.Word(text: last, offset: 0).pair {
            return values(key, command).map { "\(key)=\($0) " }
        }
        return names(last, known, given)
    }

    // MARK: Names of arguments

    private func names(_ last: String, _ command: Schema.Command, _ given: [String: String]) -> [String] {
        let path = last.split(separator: ".", omittingEmptySubsequences: false).dropLast().joined(separator: ".")
        let prefix = path.isEmpty ? "" : path + "."
        let types = path.isEmpty ? [command.argumentType] : schema.members(path, of: command.name).map(\.type)
        var members = types.flatMap { visible($0, prefix, given) }
        if command.name == "device_add" {
            members.append(Schema.Member(name: "driver", type: "str", isOptional: false, features: []))
        }
        let names = Set(members.map { prefix + $0.name + (isObject($0.type) ? "." : "=") })
        return names.filter { !given.keys.contains(String($0.dropLast())) }
    }

    /// An object's members: with a known tag, those of its variant only.
    private func visible(_ type: String, _ prefix: String, _ given: [String: String]) -> [Schema.Member] {
        switch schema.type(type) {
        case .object(let object):
            guard let tag = object.tag else { return object.members }
            guard let word = given[prefix + tag] else { return object.members }
            return object.members + (object.variants[word].map { visible($0, prefix, given) } ?? [])
        case .alternate(let branches): return branches.flatMap { visible($0, prefix, given) }
        default: return []
        }
    }

    private func isObject(_ type: String) -> Bool {
        switch schema.type(type) {
        case .object: true
        case .alternate(let branches): branches.contains(where: isObject)
        default: false
        }
    }

    // MARK: Values

    private func values(_ key: String, _ command: String) -> [String] {
        if command == "device_add", key == "driver" { return facts.drivers }
        if key == "node-name", command != "blockdev-add" { return facts.nodes }
        if key == "id", command != "device_add", command != "object-add" { return facts.devices }
        if key == "device" { return facts.devices + facts.nodes }
        return schema.members(key, of: command).flatMap { member -> [String] in
            if case .builtin("boolean")? = schema.type(member.type) { return ["true", "false"] }
            return schema.words(of: member.type)?.map(\.name) ?? []
        }
    }
}
