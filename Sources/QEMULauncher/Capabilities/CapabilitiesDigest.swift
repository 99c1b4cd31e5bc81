public import VMCore
internal import VMJSON

/// Turns a conversation into a ``Capabilities`` value: asks what ``ProbeQuestions`` says and packs the answers.
struct CapabilitiesDigest {
    private var sections: [CapabilitiesImage.Section: [String: [UInt8]]] = [:]
    private var target = ""
    private var types: Set<String> = []
    /// Types that others are made from; QEMU lists no abstract ones by themselves.
    private var parents: Set<String> = []
    private var accelerators: [Accelerator] = []

    /// The first session: everything. Says which accelerator it was.
    ///
    /// - Parameter isFollowed: Whether another session shows software emulation, so that this one can't be it.
    mutating func takeMain(
        _ talk: inout some QMPConversation, isFollowed: Bool = false
    ) throws(VMError) -> Accelerator {
        guard let version = try talk.ask("query-version"), let number = version["qemu"] else {
            throw VMError(.unsupported, "QEMU does not say its version")
        }
        set(.facts, "version", number)
        set(.facts, "package", version["package"])
        target = try talk.ask("query-target")?["arch"]?.string ?? ""
        set(.facts, "target", .string(target))
        takeSchema(try talk.ask("query-qmp-schema"))
        let kvm = try talk.ask("query-kvm")
        set(.facts, "kvm", kvm)
        takeTypes(try talk.ask("qom-list-types"))
        let accelerator: Accelerator =
            kvm?["enabled"]?.bool == true ? .kvm : isFollowed ? .hvf : .tcg
        accelerators.append(accelerator)
        try takeMachines(&talk, accelerator)
        try takeProperties(&talk)
        try takeCPUs(&talk, accelerator)
        for (fact, command) in [("tpm-models", "query-tpm-models"), ("tpm-types", "query-tpm-types")] {
            set(.facts, fact, try talk.ask(command))
        }
        takeOptions(try talk.ask("query-command-line-options"))
        let capabilities = (try talk.ask("query-migrate-capabilities"))?.array ?? []
        set(.facts, "migrate-capabilities", .array(capabilities.compactMap { $0["capability"] }))
        try takeGIC(&talk)
        for (fact, command) in [("sev", "query-sev-capabilities"), ("sgx", "query-sgx-capabilities")]
        where knows(command) {
            set(.facts, fact, try talk.ask(command))
        }
        return accelerator
    }

    /// The session with software emulation, for what depends on the accelerator.
    mutating func takeEmulation(_ talk: inout some QMPConversation) throws(VMError) {
        accelerators.append(.tcg)
        try takeMachines(&talk, .tcg)
        try takeCPUs(&talk, .tcg)
    }

    /// Interrupt controllers; the last session that answers counts.
    mutating func takeGIC(_ talk: inout some QMPConversation) throws(VMError) {
        guard knows("query-gic-capabilities"), let gic = try talk.ask("query-gic-capabilities") else { return }
        set(.facts, "gic", gic)
    }

    mutating func finish() throws(VMError) -> Capabilities {
        set(.facts, "accelerators", .array(accelerators.map { .string($0.rawValue) }))
        guard let image = CapabilitiesImage(sections), let result = Capabilities(image: image) else {
            throw VMError(.unsupported, "QEMU answers too little to work with it")
        }
        return result
    }

    // MARK: Parts

    private func knows(_ command: String) -> Bool { sections[.schema]?["c:" + command] != nil }

    private mutating func takeSchema(_ reply: JSONValue?) {
        for entity in reply?.array ?? [] {
            guard let name = entity["name"]?.string, var kept = entity.object else { continue }
            kept["name"] = nil
            // The names of an enumeration's members come twice, except from the QEMUs that have only the newer form.
            if kept["meta-type"] == "enum" {
                if kept["values"] == nil {
                    kept["values"] = .array((kept["members"]?.array ?? []).compactMap { $0["name"] })
                }
                kept["members"] = nil
            }
            let prefix = kept["meta-type"] == "command" ? "c:" : kept["meta-type"] == "event" ? "e:" : "t:"
            set(.schema, prefix + name, .object(kept))
        }
    }

    private mutating func takeTypes(_ reply: JSONValue?) {
        for type in reply?.array ?? [] {
            guard let name = type["name"]?.string else { continue }
            let parent = type["parent"]?.string ?? ""
            types.insert(name)
            parents.insert(parent)
            sections[.types, default: [:]][name] = Array(parent.utf8)
        }
    }

    private mutating func takeProperties(_ talk: inout some QMPConversation) throws(VMError) {
        for type in ProbeQuestions.devices where types.contains(type) {
            takeProperties(of: type, try talk.ask("device-list-properties", ["typename": .string(type)]))
        }
        var objects = ProbeQuestions.objects
        for family in ProbeQuestions.machineFamilies { objects += newestMachineTypes(family) }
        for type in objects where types.contains(type) || parents.contains(type) {
            takeProperties(of: type, try talk.ask("qom-list-properties", ["typename": .string(type)]))
        }
    }

    /// The QOM type of the machine that the family's name is an alias of.
    private func newestMachineTypes(_ family: String) -> [String] {
        guard let canonical = accelerators.first.flatMap({ sections[.machines]?["\($0.rawValue)@\(family)"] }) else {
            // Records in which the alias has taken the machine's place have a copy under the versioned name.
            let prefix = (accelerators.first?.rawValue ?? "") + " " + family + "-"
            return (sections[.machines] ?? [:]).keys.filter { $0.hasPrefix(prefix) }
                .map { $0.dropFirst(prefix.count - family.count - 1) + "-machine" }.sorted()
        }
        return [String(decoding: canonical, as: UTF8.self) + "-machine"]
    }

    private mutating func takeProperties(of type: String, _ reply: JSONValue?) {
        for property in reply?.array ?? [] {
            guard let name = property["name"]?.string else { continue }
            let kind = property["type"]?.string ?? ""
            sections[.properties, default: [:]]["\(type).\(name)"] = Array(kind.utf8)
        }
    }

    private mutating func takeMachines(
        _ talk: inout some QMPConversation, _ accelerator: Accelerator
    ) throws(VMError) {
        let prefix = accelerator.rawValue
        for machine in (try talk.ask("query-machines"))?.array ?? [] {
            guard let name = machine["name"]?.string else { continue }
            set(.machines, "\(prefix) \(name)", machine)
            if let alias = machine["alias"]?.string {
                sections[.machines, default: [:]]["\(prefix)@\(alias)"] = Array(name.utf8)
            }
            if machine["is-default"]?.bool == true {
                sections[.machines, default: [:]]["\(prefix)@"] = Array(name.utf8)
            }
        }
    }

    private mutating func takeCPUs(_ talk: inout some QMPConversation, _ accelerator: Accelerator) throws(VMError) {
        for model in (try talk.ask("query-cpu-definitions"))?.array ?? [] {
            guard let name = model["name"]?.string else { continue }
            set(.cpus, "\(accelerator.rawValue) \(name)", model)
        }
        guard knows("query-cpu-model-expansion") else { return }
        let model = accelerator == .tcg ? "max" : "host"
        for question in ProbeQuestions.expansions(target: target, model: model) {
            guard let reply = try talk.ask("query-cpu-model-expansion", question),
                let kind = CPUModelExpansion.Kind(rawValue: question["type"]?.string ?? "")
            else { continue }
            let key = CPUModelExpansion.key(kind, model, question["model"]?["props"]?.object ?? [:])
            set(.expansions, "\(accelerator.rawValue) \(key)", reply)
        }
    }

    private mutating func takeOptions(_ reply: JSONValue?) {
        for option in reply?.array ?? [] {
            guard let name = option["option"]?.string else { continue }
            sections[.options, default: [:]][name] = []
            for parameter in option["parameters"]?.array ?? [] {
                guard let parameter = parameter["name"]?.string else { continue }
                sections[.options, default: [:]]["\(name).\(parameter)"] = []
            }
        }
    }

    private mutating func set(_ section: CapabilitiesImage.Section, _ key: String, _ value: JSONValue?) {
        guard let value else { return }
        var writer = JSONWriter()
        writer.append(value)
        sections[section, default: [:]][key] = writer.bytes
    }
}

extension Capabilities {
    /// The capabilities that a recorded conversation shows.
    ///
    /// - Parameter bytes: JSON objects one after the other, each command followed by its reply, as libvirt's
    ///   `.replies` files and ``RecordedConversation`` have them.
    public static func replay(_ bytes: [UInt8]) throws(VMError) -> Capabilities {
        let record = try RecordedConversation(bytes)
        var digest = CapabilitiesDigest()
        guard var first = record.sessions.first else { throw VMError(.invalidArgument, "the record is empty") }
        let accelerator = try digest.takeMain(&first, isFollowed: record.sessions.count > 1)
        for session in record.sessions.dropFirst() {
            var session = session
            if accelerator != .tcg { try digest.takeEmulation(&session) }
            try digest.takeGIC(&session)
        }
        return try digest.finish()
    }
}
