internal import Glibc
internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `events [DOMAIN] [--follow] [--since NUMBER]`.
    static var events: Verb {
        Verb(
            "events", group: .monitoring, "what has happened to machines, and what happens",
            details: """
                Prints what is remembered of a domain, or of all, and with --follow what happens from now on, domains that
                are defined later included. --since goes on behind the event of that number (0 is the beginning): nothing is
                lost or told twice. Where events were lost there is a line that says so. --output jsonl gives programs one
                object a line, with its number in it.
                """,
            parameters: [
                .optional("domain", "string", "domain name, id or uuid; all without it", completion: .domain(.any)),
                .flag("follow", short: "f", "go on with what happens, until interrupted"),
                .option("since", "number", "begin behind the event of this number"),
                .option("timeout", "seconds", "how long to follow; without end by default"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let follows = invocation.flag("follow")
            var since: UInt64? = follows ? nil : 0
            if let text = invocation.value("since") {
                since = UInt64(text)
                guard since != nil else {
                    throw VMError(
                        .usage, "'\(text)' is no number of an event",
                        remedy: "give the number of the last event you have seen, or 0 for all that is remembered")
                }
            }
            let follower = try EventFollower(
                try invocation.manager(), machine: invocation.value("domain"), since: since)
            if follows {
                let limit = try invocation.seconds("timeout")
                try EventsText.follow(follower, invocation, until: limit.map { .after($0) } ?? .distantFuture)
                return .finished()
            }
            var events: [HostEvent] = []
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
            case .human: StandardStream.output.show(line(event))
            case .name: StandardStream.output.show(DisplayText.printable(name(event)) + "\n")
            default: StandardStream.output.write(DisplayText.json(value(event)) + "\n")
            }
        }
    }

    /// `2026-05-17T09:30:00.125Z cdrom running (booted)`.
    static func line(_ event: HostEvent) -> String {
        let domain = event.domain.isEmpty ? "" : event.domain + " "
        return Timestamp.text(event.time) + " " + DisplayText.printable(domain + text(event)) + "\n"
    }

    private static func text(_ event: HostEvent) -> String {
        if let qemu = event.qemu {
            return qemu.data.object?.isEmpty == false ? "\(qemu.name) \(qemu.data)" : qemu.name
        }
        switch event.kind {
        case .defined(.added): return "defined"
        case .defined(.updated): return "defined anew"
        case .defined(.renamed(let name)): return "defined: '\(name)' was renamed"
        case .defined(.fromTrash): return "defined: its definition was brought back"
        case .undefined(.removed): return "undefined"
        case .undefined(.renamed(let name)): return "undefined: renamed to '\(name)'"
        case .changed(let edit, let scope): return "changed (\(scope.rawValue)): \(edit)"
        case .metadataChanged(let part, let uri): return "changed: \(part.rawValue)" + (uri.map { " of '\($0)'" } ?? "")
        case .lifecycle(let change): return "\(change.state.rawValue) (\(change.reason.rawValue))"
        case .deviceAdded(let alias): return "device added: \(alias)"
        case .deviceRemoved(let alias): return "device removed: \(alias)"
        case .diskChange(let change):
            let after = change.reason == .droppedOnStart ? "left out" : change.after.map { "'\($0)'" } ?? "empty"
            let absent = change.reason == .media ? "" : ", which is missing"
            return "disk \(change.target): \(after)" + (change.before.map { " instead of '\($0)'\(absent)" } ?? "")
        case .pool(let change): return "pool '\(change.name)': \(change.change.rawValue)"
        case .network(let change): return "network '\(change.name)': \(change.change.rawValue)"
        case .secret(let change): return "secret \(change.uuid): \(change.change.rawValue)"
        case .job(let change):
            return "\(change.operation): \(change.phase)" + (change.error.map { ": \($0)" } ?? "")
        case .helper(let program, let device, let detail): return "\(program) of \(device): \(detail)"
        case .adopted: return "supervisor: took over"
        case .supervisor(let detail): return "supervisor: \(detail)"
        case .error(let detail): return "error: \(detail)"
        case .gap: return "events were lost here"
        default:
            let members = event.members.filter { $0.key != "event" }
            let text = JSONValue.object(JSONObject(members.map { ($0.key, $0.value) })).description
            return members.isEmpty ? event.word : "\(event.word) \(text)"
        }
    }

    static func name(_ event: HostEvent) -> String { event.qemu?.name ?? event.word }

    static func value(_ event: HostEvent) -> JSONValue {
        var object: JSONObject = ["domain": .string(event.domain)]
        object["uuid"] = event.uuid.map { .string("\($0)") }
        object["seq"] = JSONValue(event.number)
        object["time"] = .string(Timestamp.text(event.time))
        for member in event.members { object[member.key] = member.value }
        object["token"] = .string("\(event.number)")
        return .object(object)
    }
}
