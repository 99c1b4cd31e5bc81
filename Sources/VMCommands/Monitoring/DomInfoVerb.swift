internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager
internal import VMXML

extension Verb {
    /// `dominfo NAME`.
    static var dominfo: Verb {
        Verb(
            "dominfo", group: .monitoring, "tell the main facts about a domain", parameters: [.domain()]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let machine = try manager.find(key)
            let state = try manager.status(key)
            let xml = try manager.xml(key)
            let domain = try Domain.read(Array(xml.utf8), file: machine.name, options: .lenient).checked()
            let isMarked = manager.isAutostarted(machine)
            let isSaved = manager.hasManagedSave(machine.name)
            let facts = facts(machine, state, domain, isMarked, isSaved)
            let width = 16
            let text = facts.map { label, value in
                label + ":" + String(repeating: " ", count: max(1, width - label.utf8.count - 1))
                    + DisplayText.printable(value) + "\n"
            }.joined()
            return Report(.text(text), value: value(machine, state, domain, isMarked, isSaved), names: [machine.name])
        }
    }

    private static func facts(
        _ machine: Machine, _ state: PublishedState, _ domain: Domain, _ isMarked: Bool, _ isSaved: Bool
    ) -> [(label: String, value: String)] {
        var facts = [
            ("Id", state.id.map { "\($0)" } ?? "-"), ("Name", machine.name), ("UUID", machine.uuid.description),
            ("OS Type", domain.os.type?.kind ?? "hvm"), ("State", state.state.rawValue),
            ("CPU(s)", "\(processors(domain))"),
        ]
        if let seconds = state.qemu.flatMap({ $0.processorSeconds }) {
            facts.append(("CPU time", "\(Decimal.text(seconds, digits: 1))s"))
        }
        let most = domain.memory?.size?.kibibytes ?? 0
        facts += [
            ("Max memory", "\(most) KiB"), ("Used memory", "\(domain.currentMemory?.size?.kibibytes ?? most) KiB"),
            ("Persistent", machine.isPersistent ? "yes" : "no"), ("Autostart", isMarked ? "enable" : "disable"),
            ("Managed save", isSaved ? "yes" : "no"),
            ("Security model", "none"), ("Security DOI", "0"),
        ]
        return facts
    }

    private static func value(
        _ machine: Machine, _ state: PublishedState, _ domain: Domain, _ isMarked: Bool, _ isSaved: Bool
    ) -> JSONValue {
        var object = state.summary
        object["os_type"] = .string(domain.os.type?.kind ?? "hvm")
        object["cpus"] = .integer(Int64(processors(domain)))
        object["cpu_seconds"] = state.qemu.flatMap { $0.processorSeconds }.map { .double($0) }
        let most = domain.memory?.size?.kibibytes ?? 0
        object["max_memory_kib"] = JSONValue(most)
        object["used_memory_kib"] = JSONValue(domain.currentMemory?.size?.kibibytes ?? most)
        object["persistent"] = .bool(machine.isPersistent)
        object["autostart"] = .bool(isMarked)
        object["managed_save"] = .bool(isSaved)
        return .object(object)
    }

    private static func processors(_ domain: Domain) -> UInt32 { domain.vcpu?.current ?? domain.vcpu?.count ?? 1 }
}

extension ProcessIdentity {
    /// Processor time that the process has used, from `/proc/PID/stat`; nil when it is gone.
    fileprivate var processorSeconds: Double? {
        guard isAlive, let bytes = try? Files.read("/proc/\(pid)/stat", regularOnly: false) else { return nil }
        return Self.processorSeconds(stat: bytes)
    }

    /// The same from the file's text.
    static func processorSeconds(stat bytes: [UInt8]) -> Double? {
        // Fields 14 and 15, counted from 1; the second is the name in parentheses, which may hold anything.
        guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 12, let user = UInt64(String(decoding: fields[11], as: UTF8.self)),
            let system = UInt64(String(decoding: fields[12], as: UTF8.self))
        else { return nil }
        // The kernel counts in USER_HZ, which is 100 on every architecture that QEMU runs on.
        return Double(user &+ system) / 100
    }
}
