internal import VMCore
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
            let information = try manager.information(key)
            let facts = facts(information)
            let width = 16
            let text = facts.map { label, value in
                label + ":" + String(repeating: " ", count: max(1, width - label.utf8.count - 1))
                    + DisplayText.printable(value) + "\n"
            }.joined()
            return Report(.text(text), value: value(information), names: [information.machine.name])
        }
    }

    private static func facts(_ domain: DomainInformation) -> [(label: String, value: String)] {
        let (machine, state) = (domain.machine, domain.state)
        var facts = [
            ("Id", state.id.map { "\($0)" } ?? "-"), ("Name", machine.name), ("UUID", machine.uuid.description),
            ("OS Type", domain.osType), ("State", state.state.rawValue), ("CPU(s)", "\(domain.processors)"),
        ]
        if let time = domain.cpuTime { facts.append(("CPU time", "\(Decimal.text(Double(time) / 1e9, digits: 1))s")) }
        facts += [
            ("Max memory", "\(domain.maximumMemory) KiB"), ("Used memory", "\(domain.memory) KiB"),
            ("Persistent", machine.isPersistent ? "yes" : "no"),
            ("Autostart", domain.isAutostarted ? "enable" : "disable"),
            ("Managed save", domain.hasManagedSave ? "yes" : "no"),
            ("Security model", "none"), ("Security DOI", "0"),
        ]
        return facts
    }

    private static func value(_ domain: DomainInformation) -> JSONValue {
        var object = domain.state.summary
        object["os_type"] = .string(domain.osType)
        object["cpus"] = .integer(Int64(domain.processors))
        object["cpu_seconds"] = domain.cpuTime.map { .double(Double($0) / 1e9) }
        object["max_memory_kib"] = JSONValue(domain.maximumMemory)
        object["used_memory_kib"] = JSONValue(domain.memory)
        object["persistent"] = .bool(domain.machine.isPersistent)
        object["autostart"] = .bool(domain.isAutostarted)
        object["managed_save"] = .bool(domain.hasManagedSave)
        return .object(object)
    }
}
