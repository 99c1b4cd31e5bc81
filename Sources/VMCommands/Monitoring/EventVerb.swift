internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `event [--domain D] {--event E | --all} [--loop] [--timeout S] [--timestamp]`, `event --list`.
    static var event: Verb {
        Verb(
            "event", group: .monitoring, "wait for events, as virsh does",
            details:
                "Ends with the first event, or with --loop at the timeout. 'vmctl events' loses none and says more.",
            parameters: [
                .option("domain", "string", "domain name, id or uuid; all without it", completion: .domain(.any)),
                .option(
                    "event", "string", "which kind of event to wait for", completion: .words(VirshEvent.kinds)),
                .flag("all", "wait for events of every kind"),
                .flag("loop", "go on until the timeout, or until interrupted"),
                .option("timeout", "seconds", "how long to wait; without end by default"),
                .flag("list", "list the kinds of events"),
                .flag("timestamp", "print the time of each event"),
            ],
            exclusive: [["event", "all"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            if invocation.flag("list") {
                return Report(
                    .raw(VirshEvent.kinds.map { $0 + "\n" }.joined()),
                    value: .array(VirshEvent.kinds.map { .string($0) }), names: VirshEvent.kinds)
            }
            let kind = try invocation.word("event", among: VirshEvent.kinds)
            guard kind != nil || invocation.flag("all") else {
                throw VMError(.usage, "one of --list, --all, or --event <type> is required")
            }
            let follower = try EventFollower(
                try invocation.manager(), machine: invocation.value("domain"), since: nil)
            let deadline = try invocation.seconds("timeout").map { Deadline.after($0) } ?? .distantFuture
            var count = 0
            let loops = invocation.flag("loop")
            while loops || count == 0, let event = follower.next(deadline: deadline) {
                for known in VirshEvent.all(of: event) where kind == nil || known.kind == kind {
                    count += 1
                    print(known, invocation)
                    if !loops { break }
                }
            }
            let isOver = count == 0 || loops
            if invocation.global.format != .human { return .finished() }
            return Report(
                .raw((isOver ? "event loop timed out\n" : "") + "events received: \(count)\n\n"), value: .null)
        }
    }

    private static func print(_ event: VirshEvent, _ invocation: Invocation) {
        let time = invocation.flag("timestamp") ? VirshEvent.timestamp(event.time) + ": " : ""
        switch invocation.global.format {
        case .human:
            StandardStream.output.show("\(time)event '\(event.kind)' for domain '\(event.domain)'\(event.detail)\n")
        default: StandardStream.output.write(DisplayText.json(event.json) + "\n")
        }
    }
}
