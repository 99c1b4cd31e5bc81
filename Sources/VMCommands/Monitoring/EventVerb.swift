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
            while let event = follower.next(deadline: deadline) {
                guard let known = VirshEvent(event), kind == nil || known.kind == kind else { continue }
                count += 1
                print(known, invocation)
                if !invocation.flag("loop") { break }
            }
            let isOver = count == 0 || invocation.flag("loop")
            if invocation.global.format != .human { return .finished() }
            return Report(
                .raw((isOver ? "event loop timed out\n" : "") + "events received: \(count)\n\n"), value: .null)
        }
    }

    private static func print(_ event: VirshEvent, _ invocation: Invocation) {
        let time = invocation.flag("timestamp") ? VirshEvent.timestamp(event.time) + ": " : ""
        switch invocation.global.format {
        case .human:
            StandardStream.output.write("\(time)event '\(event.kind)' for domain '\(event.domain)'\(event.detail)\n")
        default: StandardStream.output.write(event.json.description + "\n")
        }
    }
}

/// An event in virsh's words.
struct VirshEvent {
    static let kinds = [
        "lifecycle", "reboot", "rtc-change", "watchdog", "io-error", "tray-change", "pm-wakeup", "pm-suspend",
        "balloon-change", "pm-suspend-disk", "device-removed", "agent-lifecycle", "job-completed",
        "device-removal-failed", "memory-failure", "memory-device-size-change",
    ]

    let domain: String
    let time: Int64
    let kind: String
    /// What follows the domain's name.
    let detail: String

    /// Nil for what virsh has no event for.
    init?(_ event: DomainEvent) {
        guard case .event(let inner) = event.content else { return nil }
        domain = event.domain
        time = inner.time
        switch inner.kind {
        case .state(let state, let reason):
            kind = "lifecycle"
            detail = ": " + Self.text(state, reason)
        case .qmp(let name, let data):
            guard let (kind, detail) = Self.translate(name, data) else { return nil }
            self.kind = kind
            self.detail = detail
        case .supervisor, .helper, .gap: return nil
        }
    }

    var json: JSONValue {
        [
            "domain": .string(domain), "time": .string(Timestamp.text(time)), "event": .string(kind),
            "detail": .string(String(detail.drop { $0 == ":" || $0 == " " })),
        ]
    }

    /// `2026-05-17 09:30:00.125+0000`.
    static func timestamp(_ time: Int64) -> String {
        let text = Timestamp.text(time).replacing("T", with: " ")
        return text.dropLast() + "+0000"
    }

    private static func text(_ state: DomainState, _ reason: StateReason) -> String {
        switch (state, reason) {
        case (.running, .unpaused): "Resumed Unpaused"
        case (.running, .migrated): "Started Migrated"
        case (.running, .restored): "Started Restored"
        case (.running, .eventWakeup): "Started Event wakeup"
        case (.running, _): "Started Booted"
        case (.paused, .ioError): "Suspended I/O Error"
        case (.paused, .watchdog): "Suspended Watchdog"
        case (.paused, .migrating): "Suspended Migrated"
        case (.paused, _): "Suspended Paused"
        case (.inShutdown, _): "Shutdown Finished after guest request"
        case (.shutOff, .destroyed): "Stopped Destroyed"
        case (.shutOff, .crashed): "Stopped Crashed"
        case (.shutOff, .saved): "Stopped Saved"
        case (.shutOff, .failed): "Stopped Failed"
        case (.shutOff, _): "Stopped Shutdown"
        case (.crashed, _): "Crashed Panicked"
        case (.suspendedByGuest, _): "PMSuspended Memory"
        default: "\(state.rawValue) \(reason.rawValue)"
        }
    }

    private static func translate(_ name: String, _ data: JSONValue) -> (kind: String, detail: String)? {
        func text(_ key: String) -> String { data[key]?.string ?? data[key]?.description ?? "" }
        switch name {
        case "RESET": return data["guest"]?.bool == true ? ("reboot", "") : nil
        case "RTC_CHANGE": return ("rtc-change", ": \(text("offset"))")
        case "WATCHDOG": return ("watchdog", ": \(text("action"))")
        case "BLOCK_IO_ERROR":
            let device = data["qom-path"]?.string ?? data["device"]?.string ?? ""
            return ("io-error", ": (\(text("node-name"))) \(device) \(text("action"))")
        case "DEVICE_TRAY_MOVED":
            return ("tray-change", " disk \(text("id")): \(data["tray-open"]?.bool == true ? "opened" : "closed")")
        case "WAKEUP": return ("pm-wakeup", "")
        case "SUSPEND": return ("pm-suspend", "")
        case "SUSPEND_DISK": return ("pm-suspend-disk", "")
        case "BALLOON_CHANGE": return ("balloon-change", ": \((data["actual"]?.uint64 ?? 0) / 1024)KiB")
        case "DEVICE_DELETED": return data["device"].map { ("device-removed", ": \($0.string ?? "")") }
        case "DEVICE_UNPLUG_GUEST_ERROR": return ("device-removal-failed", ": \(text("device"))")
        case "VSERPORT_CHANGE":
            let state = data["open"]?.bool == true ? "connected" : "disconnected"
            return ("agent-lifecycle", ": state: '\(state)' reason: 'channel event'")
        case "JOB_STATUS_CHANGE":
            return data["status"] == "concluded" ? ("job-completed", ": \(text("id"))") : nil
        case "MEMORY_FAILURE": return ("memory-failure", ": \(text("recipient")) \(text("action"))")
        case "MEMORY_DEVICE_SIZE_CHANGE":
            return ("memory-device-size-change", " alias=\(text("id")) size=\(text("size"))")
        default: return nil
        }
    }
}
