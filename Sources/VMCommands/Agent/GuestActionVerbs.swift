internal import MonitorJSON
internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// Freezing waits for the guest's disks, so it gets more time than a question.
    private static var patience: Parameter {
        .option("timeout", "seconds", "how long the agent may take to answer, 30 by default")
    }

    /// `domfsfreeze DOMAIN [--mountpoint PATH,…]`.
    static var domfsfreeze: Verb {
        Verb(
            "domfsfreeze", group: .devices, "freeze a guest's mounted file systems",
            details: "Asks the guest agent. What is frozen stays so until 'domfsthaw', and its guest's writers wait.",
            parameters: [
                .domain(.running),
                .option("mountpoint", "string", "a mount point, or several with commas; all without it"), patience,
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let count = try manager.freezeGuest(
                key, mountPoints: invocation.mountPoints, timeout: try invocation.agentPatience())
            return invocation.counted("Froze", count)
        }
    }

    /// `domfsthaw DOMAIN`.
    static var domfsthaw: Verb {
        Verb(
            "domfsthaw", group: .devices, "thaw a guest's frozen file systems",
            details: "Asks the guest agent, which thaws all that it has frozen.",
            parameters: [.domain(.running), patience]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let count = try manager.thawGuest(key, timeout: try invocation.agentPatience())
            return invocation.counted("Thawed", count)
        }
    }

    /// `domfstrim DOMAIN [--minimum BYTES]`.
    static var domfstrim: Verb {
        Verb(
            "domfstrim", group: .devices, "give the free blocks of a guest's file systems back to the host",
            details: "Asks the guest agent. Disks must have discard='unmap' for the host to gain by it.",
            parameters: [
                .domain(.running), .option("minimum", "bytes", "pass shorter free stretches over"), patience,
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let minimum = try invocation.number("minimum").map { UInt64($0) }
            let (manager, key) = try invocation.managerAndDomain()
            let trimmed = try manager.trimGuest(key, minimum: minimum, timeout: try invocation.agentPatience())
            let values: [JSONValue] = trimmed.map { entry in
                var object: JSONObject = ["path": .string(entry.path)]
                object["trimmed"] = entry.bytes.map { JSONValue($0) }
                object["error"] = entry.error.map { .string($0) }
                return .object(object)
            }
            var report = Report(.nothing, value: .array(values), names: trimmed.map(\.path))
            report.warnings = trimmed.compactMap { entry in entry.error.map { "\(entry.path): \($0)" } }
            return report
        }
    }

    /// `domtime DOMAIN [--now|--sync|--time SECONDS] [--pretty]`.
    static var domtime: Verb {
        Verb(
            "domtime", group: .devices, "tell or set a guest's time", details: "Asks the guest agent.",
            parameters: [
                .domain(.running), .flag("now", "set it to the host's"),
                .flag("sync", "set it to that of the guest's hardware clock"),
                .option("time", "seconds", "set it to so many seconds since 1970"),
                .flag("pretty", "print it as a date in UTC"), patience,
            ],
            exclusive: [["now", "sync", "time", "pretty"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let wanted = try invocation.number("time").map { Int64($0).multipliedReportingOverflow(by: 1_000_000_000) }
            if wanted?.overflow == true { throw VMError(.usage, "no clock goes that far") }
            let (manager, key) = try invocation.managerAndDomain()
            var time = wanted.map { VMManager.GuestTime.time($0.partialValue) }
            if invocation.flag("now") { time = .host }
            if invocation.flag("sync") { time = .hardwareClock }
            if let time {
                try manager.setGuestTime(key, to: time, timeout: try invocation.agentPatience())
                return .silent(key)
            }
            let now = try manager.guestTime(key, timeout: try invocation.agentPatience())
            let text = invocation.flag("pretty") ? Timestamp.readable(now) : "\(now / 1_000_000_000)"
            return Report(.text("Time: \(text)"), value: ["time": .string(Timestamp.text(now))])
        }
    }

    /// `set-user-password DOMAIN USER PASSWORD [--encrypted]`.
    static var setUserPassword: Verb {
        Verb(
            "set-user-password", group: .devices, "set a user's password inside a guest",
            details: "Asks the guest agent. With - for the password it is read from standard input, unseen by 'ps'.",
            parameters: [
                .domain(.running), .argument("user", "string", "the user's name"),
                .argument("password", "string", "the new password; - for standard input"),
                .flag("encrypted", "the password is in the form of the guest's crypt already"), patience,
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let user = try invocation.required("user")
            let password = try invocation.secret("password")
            let (manager, name) = try invocation.managerAndDomain()
            try manager.setGuestPassword(
                name, user: user, password: password, isCrypted: invocation.flag("encrypted"),
                timeout: try invocation.agentPatience())
            return .done("Password set successfully for \(user) in \(name)", name, ["user": user])
        }
    }
}

extension Invocation {
    /// How long the agent may take, unless `--timeout` says otherwise.
    func agentPatience(_ standard: Duration = VMManager.agentActionPatience) throws(VMError) -> Duration {
        try seconds("timeout") ?? standard
    }

    fileprivate var mountPoints: [String] { value("mountpoint")?.split(separator: ",").map(String.init) ?? [] }

    fileprivate func counted(_ verb: String, _ count: Int) -> Report {
        Report(.message("\(verb) \(count) filesystem(s)"), value: ["filesystems": JSONValue(count)])
    }
}
