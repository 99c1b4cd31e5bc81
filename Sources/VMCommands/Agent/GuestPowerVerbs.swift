internal import MonitorJSON
internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager

extension Verb {
    private static var patience: Parameter {
        .option("timeout", "seconds", "how long the agent may take to answer, 30 by default")
    }

    /// `dompmsuspend NAME TARGET`.
    static var dompmsuspend: Verb {
        Verb(
            "dompmsuspend", group: .domain, "suspend a domain gracefully using power management functions",
            details: "Asks the guest agent. 'dompmwakeup' wakes a guest that sleeps with its state in memory.",
            parameters: [
                .domain(.running),
                .argument(
                    "target", "string", "mem, disk or hybrid",
                    completion: .words(GuestSuspend.Target.allCases.map(\.rawValue))), patience,
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let words = GuestSuspend.Target.allCases.map(\.rawValue)
            let target = try invocation.word("target", among: words).flatMap { GuestSuspend.Target(rawValue: $0) }
            let (manager, name) = try invocation.managerAndDomain()
            try manager.suspendGuest(name, to: target ?? .memory, timeout: try invocation.agentPatience())
            return .done("Domain '\(name)' successfully suspended", name)
        }
    }

    /// `dompmwakeup NAME`.
    static var dompmwakeup: Verb {
        Verb(
            "dompmwakeup", group: .domain, "wakeup a domain from pmsuspended state",
            parameters: [.domain(.active), .timeout]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            try manager.wakeUp(key, timeout: try invocation.patience())
            return .done("Domain '\(key)' successfully woken up", key)
        }
    }

    /// `guestvcpus NAME [CPULIST --enable|--disable]`.
    static var guestvcpus: Verb {
        Verb(
            "guestvcpus", group: .devices, "query or modify state of vcpu in the guest (via agent)",
            details: "The machine keeps its processors; its guest's kernel uses them or doesn't.",
            parameters: [
                .domain(.running), .optional("cpulist", "string", "list of cpus to enable or disable"),
                .flag("enable", "enable cpus specified by cpulist"),
                .flag("disable", "disable cpus specified by cpulist"), patience,
            ],
            exclusive: [["enable", "disable"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let isChange = invocation.flag("enable") || invocation.flag("disable")
            guard let text = invocation.value("cpulist") else {
                if isChange { throw VMError(.usage, "Option --enable and --disable require option --cpulist") }
                let (manager, key) = try invocation.managerAndDomain()
                let facts = try manager.guestProcessors(key, timeout: try invocation.agentPatience()).parameters
                return Report(
                    .text(
                        facts.map { $0.name.padded(to: 15) + ": \(DisplayText.printable($0.value.text))\n" }.joined()),
                    value: .object(facts.json))
            }
            guard isChange else {
                throw VMError(.usage, "One of options --enable or --disable is required by --cpulist")
            }
            guard let set = CPUSet(xml: text), !set.isEmpty else {
                throw VMError(.usage, "cpulist: Invalid format.", remedy: "write processors as in '0-3,^2'")
            }
            let (manager, key) = try invocation.managerAndDomain()
            try manager.setGuestProcessors(
                key, set, online: invocation.flag("enable"), timeout: try invocation.agentPatience())
            return .silent(key)
        }
    }

    /// `get-user-sshkeys NAME USER`.
    static var getUserSSHKeys: Verb {
        Verb(
            "get-user-sshkeys", group: .devices, "list authorized SSH keys for given user (via agent)",
            parameters: [.domain(.running), .argument("user", "string", "user to list authorized keys for"), patience]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let keys = try manager.guestSSHKeys(
                key, user: try invocation.required("user"), timeout: try invocation.agentPatience())
            return Report(
                .text(keys.map { DisplayText.printable($0) + "\n" }.joined()), value: .array(keys.map { .string($0) }),
                names: keys)
        }
    }

    /// `set-user-sshkeys NAME USER [FILE] [--reset|--remove]`.
    static var setUserSSHKeys: Verb {
        Verb(
            "set-user-sshkeys", group: .devices, "manipulate authorized SSH keys file for given user (via agent)",
            details: "Adds the keys of FILE, one a line, for --user; --reset without a file takes all away.",
            parameters: [
                .domain(.running), .argument("user", "string", "user to set authorized keys for"),
                .optional("file", "file", "keys to add, one a line; - for standard input", completion: .file),
                .flag("reset", "clear out the file before adding new keys"),
                .flag("remove", "remove the keys from the file"), patience,
            ],
            exclusive: [["reset", "remove"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let user = try invocation.required("user")
            var keys: [String] = []
            if let name = invocation.value("file") {
                let text = String(decoding: try InputFile(name: name).read(), as: UTF8.self)
                keys = text.split(whereSeparator: \.isNewline).map(String.init)
                if keys.isEmpty { throw VMError(.usage, "File \(name) contains no keys") }
            } else if !invocation.flag("reset") {
                throw VMError(.usage, "Option --file is required without --reset")
            }
            let (manager, key) = try invocation.managerAndDomain()
            try manager.changeGuestSSHKeys(
                key, user: user, keys,
                invocation.flag("remove") ? .remove : invocation.flag("reset") ? .replace : .add,
                timeout: try invocation.agentPatience())
            return .silent(key)
        }
    }
}
