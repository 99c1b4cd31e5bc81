internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `qemu-monitor-event [NAME] [--event E] [--loop] [--timeout S]`.
    static var qemuMonitorEvent: Verb {
        Verb(
            "qemu-monitor-event", group: .monitoring, "wait for QEMU's own events, as virsh does",
            details:
                "Ends with the first event, or with --loop at the timeout. 'vmctl events' loses none and says more.",
            parameters: [
                .option("domain", "string", "domain name, id or uuid; all without it", completion: .domain(.any)),
                .option("event", "string", "filter by event name"),
                .flag("pretty", "pretty-print any JSON output"),
                .flag("loop", "loop until timeout or interrupt, rather than one-shot"),
                .option("timeout", "seconds", "how long to wait; without end by default"),
                .flag("regex", "treat event as a regex rather than literal filter"),
                .flag("no-case", "treat event case-insensitively"),
                .flag("timestamp", "show timestamp for each printed event"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let filter = try QEMUEventFilter(
                invocation.value("event"), isExpression: invocation.flag("regex"),
                ignoresCase: invocation.flag("no-case"))
            let follower = try EventFollower(
                try invocation.manager(), machine: invocation.value("domain"), since: nil)
            let deadline = try invocation.seconds("timeout").map { Deadline.after($0) } ?? .distantFuture
            var count = 0
            while let event = follower.next(deadline: deadline) {
                guard let qemu = event.qemu, filter.accepts(qemu.name) else { continue }
                count += 1
                print(qemu.name, qemu.data, event.time, event.domain, invocation)
                if !invocation.flag("loop") { break }
            }
            let isOver = count == 0 || invocation.flag("loop")
            if invocation.global.format != .human { return .finished() }
            return Report(
                .raw((isOver ? "event loop timed out\n" : "") + "events received: \(count)\n\n"), value: .null)
        }
    }

    private static func print(
        _ name: String, _ data: JSONValue, _ time: Int64, _ domain: String, _ invocation: Invocation
    ) {
        guard invocation.global.format == .human else {
            let value: JSONValue = [
                "domain": .string(domain), "time": .string(Timestamp.text(time)), "event": .string(name), "data": data,
            ]
            StandardStream.output.write(DisplayText.json(value) + "\n")
            return
        }
        let text = invocation.flag("pretty") ? DisplayText.prettyJSON(data) : DisplayText.json(data)
        let stamp = "\(time / 1_000_000_000).\(String(String(time / 1000 % 1_000_000 + 1_000_000).dropFirst()))"
        StandardStream.output.show(
            invocation.flag("timestamp")
                ? "\(VirshEvent.timestamp(time)): event \(name) for domain '\(domain)': \(text)\n"
                : "event \(name) at \(stamp) for domain '\(domain)': \(text)\n")
    }
}
