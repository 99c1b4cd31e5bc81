internal import Glibc
internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `events [DOMAIN] [--follow] [--since TOKEN]`.
    static var events: Verb {
        Verb(
            "events", group: .monitoring, "what has happened to machines, and what happens",
            details: """
                Prints what is remembered of a domain, or of all, and with --follow what happens from now on, machines that
                start later included. --since goes on behind the event with that token (0 is the beginning): nothing is lost
                or told twice. Where events were lost there is a line that says so. --output jsonl gives programs one object
                a line, with the token in it.
                """,
            parameters: [
                .optional("domain", "string", "domain name, id or uuid; all without it", completion: .domain(.any)),
                .flag("follow", short: "f", "go on with what happens, until interrupted"),
                .option("since", "token", "begin behind the event with this token"),
                .option("timeout", "seconds", "how long to follow; without end by default"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let manager = try invocation.manager()
            let machine = try invocation.value("domain").map { (key: String) throws(VMError) in try manager.find(key) }
            let follows = invocation.flag("follow")
            var since = follows ? nil : EventToken.beginning
            if let text = invocation.value("since") { since = try EventToken(parsing: text, machine: machine?.uuid) }
            let follower = try EventFollower(manager, machine: invocation.value("domain"), since: since)
            if follows {
                let limit = try invocation.seconds("timeout")
                try EventsText.follow(follower, invocation, until: limit.map { .after($0) } ?? .distantFuture)
                return .finished()
            }
            var events: [DomainEvent] = []
            while let event = follower.next(deadline: .now) { events.append(event) }
            return Report(
                .raw(events.map(EventsText.line).joined()), value: .array(events.map(EventsText.value)),
                names: events.map(EventsText.name))
        }
    }
}

/// Events as text.
enum EventsText {
    /// Prints events as they come. Nobody waits for what is still in a buffer: every event is written at once.
    static func follow(_ follower: EventFollower, _ invocation: Invocation, until deadline: Deadline) throws(VMError) {
        guard [.human, .json, .jsonl, .name].contains(invocation.global.format) else {
            throw VMError(
                .usage, "events that are followed can't be printed as \(invocation.global.format)",
                remedy: "give --output jsonl")
        }
        while let event = follower.next(deadline: deadline) {
            switch invocation.global.format {
            case .human: StandardStream.output.write(line(event))
            case .name: StandardStream.output.write(name(event) + "\n")
            default: StandardStream.output.write(value(event).description + "\n")
            }
        }
    }

    /// `2026-05-17T09:30:00.125Z cdrom running (booted)`.
    static func line(_ event: DomainEvent) -> String {
        switch event.content {
        case .event(let inner): "\(Timestamp.text(inner.time)) \(event.domain) \(text(inner))\n"
        case .gap(nil): "\(Timestamp.text(WallClock.now)) \(event.domain) events were lost here\n"
        case .gap(let count?): "\(Timestamp.text(WallClock.now)) \(event.domain) \(count) events were lost here\n"
        }
    }

    private static func text(_ event: MachineEvent) -> String {
        switch event.kind {
        case .state(let state, let reason): "\(state.rawValue) (\(reason.rawValue))"
        case .qmp(let name, let data): data.object?.isEmpty == false ? "\(name) \(data)" : name
        case .supervisor(let detail): "supervisor: \(detail)"
        case .helper(let program, let device, let detail): "\(program) of \(device): \(detail)"
        case .gap: "events were lost here"
        }
    }

    static func name(_ event: DomainEvent) -> String {
        guard case .event(let inner) = event.content else { return "gap" }
        switch inner.kind {
        case .state: return "state"
        case .qmp(let name, _): return name
        case .supervisor: return "supervisor"
        case .helper: return "helper"
        case .gap: return "gap"
        }
    }

    static func value(_ event: DomainEvent) -> JSONValue {
        var object: JSONObject = ["domain": .string(event.domain), "uuid": .string("\(event.uuid)")]
        switch event.content {
        case .gap(let count):
            object["event"] = "gap"
            object["lost"] = count.map { JSONValue($0) }
        case .event(let inner):
            object["seq"] = JSONValue(inner.sequence)
            object["time"] = .string(Timestamp.text(inner.time))
            add(inner.kind, to: &object)
        }
        object["token"] = .string(event.token.description)
        return .object(object)
    }

    private static func add(_ kind: MachineEvent.Kind, to object: inout JSONObject) {
        switch kind {
        case .state(let state, let reason):
            object["event"] = "state"
            object["state"] = .string(state.rawValue)
            object["reason"] = .string(reason.rawValue)
        case .qmp(let name, let data):
            object["event"] = "qmp"
            object["name"] = .string(name)
            object["data"] = data
        case .supervisor(let detail):
            object["event"] = "supervisor"
            object["detail"] = .string(detail)
        case .helper(let program, let device, let detail):
            object["event"] = "helper"
            object["program"] = .string(program)
            object["device"] = .string(device)
            object["detail"] = .string(detail)
        case .gap: object["event"] = "gap"
        }
    }
}
