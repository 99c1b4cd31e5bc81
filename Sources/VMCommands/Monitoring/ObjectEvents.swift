internal import VMCore
internal import VMJSON
internal import VMManager

/// What the verbs share that wait for events of networks and secrets, as virsh does.
enum ObjectEvents {
    /// An event in virsh's words.
    struct Event {
        let kind: String
        let object: String
        /// What follows the object's name.
        let detail: String

        init(_ kind: String, _ object: String, _ detail: String) {
            self.kind = kind
            self.object = object
            self.detail = detail
        }
    }

    static func parameters(_ kinds: [String]) -> [Parameter] {
        [
            .option("event", "string", "which event type to wait for", completion: .words(kinds)),
            .flag("loop", "loop until timeout or interrupt, rather than one-shot"),
            .option("timeout", "seconds", "timeout seconds"), .flag("list", "list valid event types"),
            .flag("timestamp", "show timestamp for each printed event"),
        ]
    }

    /// Prints events until the first of the wanted kind, or to the timeout.
    ///
    /// - Parameters:
    ///   - word: what the object is, in virsh's sentence.
    ///   - member: under which name programs are told of it; the word where nil.
    ///   - event: what an event of the host is in virsh's words; nil for one that isn't meant.
    static func follow(
        _ invocation: Invocation, _ manager: VMManager, _ kinds: [String], word: String,
        member: String? = nil, _ event: (HostEvent) -> Event?
    ) throws(VMError) -> Report {
        if invocation.flag("list") {
            return Report(
                .raw(kinds.map { $0 + "\n" }.joined()), value: .array(kinds.map { .string($0) }), names: kinds)
        }
        guard let kind = try invocation.word("event", among: kinds) else {
            throw VMError(.usage, "either --list or --event <type> is required")
        }
        let follower = try EventFollower(manager, since: nil)
        let deadline = try invocation.seconds("timeout").map { Deadline.after($0) } ?? .distantFuture
        let loops = invocation.flag("loop")
        var count = 0
        while loops || count == 0, let next = follower.next(deadline: deadline) {
            guard let known = event(next), known.kind == kind else { continue }
            count += 1
            print(known, next.time, word, member ?? word, invocation)
        }
        if invocation.global.format != .human { return .finished() }
        let isOver = count == 0 || loops
        return Report(.raw((isOver ? "event loop timed out\n" : "") + "events received: \(count)\n\n"), value: .null)
    }

    private static func print(
        _ event: Event, _ time: Int64, _ word: String, _ member: String, _ invocation: Invocation
    ) {
        let object = DisplayText.printable(event.object)
        switch invocation.global.format {
        case .human:
            let stamp = invocation.flag("timestamp") ? VirshEvent.timestamp(time) + ": " : ""
            StandardStream.output.show("\(stamp)event '\(event.kind)' for \(word) \(object)\(event.detail)\n")
        default:
            let value: JSONValue = [
                member: .string(event.object), "time": .string(Timestamp.text(time)), "event": .string(event.kind),
                "detail": .string(String(event.detail.drop { ": ".contains($0) })),
            ]
            StandardStream.output.write(DisplayText.json(value) + "\n")
        }
    }
}
