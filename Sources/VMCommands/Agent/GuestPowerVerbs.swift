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
            return try invocation.withAgent { (agent, deadline) throws(VMError) in
                switch target {
                case .memory, nil: try agent.execute(GuestSuspend.Memory(), deadline: deadline)
                case .disk: try agent.execute(GuestSuspend.Disk(), deadline: deadline)
                case .hybrid: try agent.execute(GuestSuspend.Hybrid(), deadline: deadline)
                }
                let name = try invocation.required("domain")
                return .done("Domain '\(name)' successfully suspended", name)
            }
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
                return try invocation.withAgent { (agent, deadline) throws(VMError) in
                    guestProcessors(try agent.execute(GuestGetVCPUs(), deadline: deadline))
                }
            }
            guard isChange else {
                throw VMError(.usage, "One of options --enable or --disable is required by --cpulist")
            }
            guard let set = CPUSet(xml: text), !set.isEmpty else {
                throw VMError(.usage, "cpulist: Invalid format.", remedy: "write processors as in '0-3,^2'")
            }
            return try invocation.withAgent { (agent, deadline) throws(VMError) in
                let command = GuestSetVCPUs(set.members, online: invocation.flag("enable"))
                let done = try agent.execute(command, deadline: deadline)
                guard done == set.members.count else {
                    throw VMError(
                        .monitor, "the guest agent stopped at cpu \(set.members.dropFirst(max(0, done)).first ?? 0)",
                        remedy: "'vmctl guestvcpus' lists which can be taken off line")
                }
                return .silent(try invocation.required("domain"))
            }
        }
    }

    private static func guestProcessors(_ all: [GuestGetVCPUs.Processor]) -> Report {
        func list(_ wanted: (GuestGetVCPUs.Processor) -> Bool) -> String {
            CPUSet(all.filter(wanted).map(\.number).filter { (0..<CPUSet.limit).contains($0) }).xml
        }
        let facts = [
            ("vcpus", list { _ in true }), ("online", list(\.isOnline)), ("offlinable", list(\.canBeOffline)),
        ]
        return Report(
            .text(facts.map { $0.0.padded(to: 15) + ": \($0.1)\n" }.joined()),
            value: .object(JSONObject(facts.map { ($0.0, .string($0.1)) })))
    }

    /// `get-user-sshkeys NAME USER`.
    static var getUserSSHKeys: Verb {
        Verb(
            "get-user-sshkeys", group: .devices, "list authorized SSH keys for given user (via agent)",
            parameters: [.domain(.running), .argument("user", "string", "user to list authorized keys for"), patience]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let command = GuestSSHGetAuthorizedKeys(user: try invocation.required("user"))
            return try invocation.withAgent { (agent, deadline) throws(VMError) in
                let keys = try agent.execute(command, deadline: deadline)
                return Report(
                    .text(keys.map { $0 + "\n" }.joined()), value: .array(keys.map { .string($0) }), names: keys)
            }
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
            return try invocation.withAgent { (agent, deadline) throws(VMError) in
                if invocation.flag("remove") {
                    try agent.execute(GuestSSHRemoveAuthorizedKeys(user: user, keys), deadline: deadline)
                } else {
                    let command = GuestSSHAddAuthorizedKeys(user: user, keys, replacingAll: invocation.flag("reset"))
                    try agent.execute(command, deadline: deadline)
                }
                return .silent(try invocation.required("domain"))
            }
        }
    }
}

extension Invocation {
    /// Has the guest use so many of its processors: those with the lowest numbers, beside those that it can't do without.
    func setGuestProcessors(_ count: Int) throws(VMError) -> Report {
        try withAgent { (agent, deadline) throws(VMError) in
            let all = try agent.execute(GuestGetVCPUs(), deadline: deadline).sorted { $0.number < $1.number }
            let fixed = all.count { $0.isOnline && !$0.canBeOffline }
            guard count <= all.count else {
                throw VMError(
                    .invalidArgument,
                    "requested vcpu count is greater than the count of enabled vcpus in the "
                        + "domain: \(count) > \(all.count)")
            }
            guard count >= fixed else {
                throw VMError(.unsupported, "failed to set requested number of vcpus: the guest needs \(fixed) of them")
            }
            let free = all.filter { !($0.isOnline && !$0.canBeOffline) }
            let wanted = Set(free.prefix(count - fixed).map(\.number))
            for isOnline in [true, false] {
                let changed = free.filter { wanted.contains($0.number) == isOnline && $0.isOnline != isOnline }
                if changed.isEmpty { continue }
                let done = try agent.execute(
                    GuestSetVCPUs(changed.map(\.number), online: isOnline), deadline: deadline)
                guard done == changed.count else {
                    throw VMError(.monitor, "the guest agent changed \(done) processors, not \(changed.count)")
                }
            }
            return .silent(try required("domain"))
        }
    }
}
