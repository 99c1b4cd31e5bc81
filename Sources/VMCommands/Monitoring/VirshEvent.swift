internal import VMCore
internal import VMJSON
internal import VMManager

/// An event in virsh's words.
struct VirshEvent {
    /// The kinds of `virDomainEventID` that there are here, in its order.
    static let kinds = [
        "lifecycle", "reboot", "rtc-change", "watchdog", "io-error", "graphics", "io-error-reason", "control-error",
        "block-job", "disk-change", "tray-change", "pm-wakeup", "pm-suspend", "balloon-change", "pm-suspend-disk",
        "device-removed",
        "block-job-2", "agent-lifecycle", "device-added", "job-completed", "device-removal-failed", "metadata-change",
        "block-threshold", "memory-failure", "memory-device-size-change",
    ]

    let domain: String
    let time: Int64
    let kind: String
    /// What follows the domain's name.
    let detail: String

    /// What virsh prints of an event, in its order: none for what it has no event for, two where libvirt sends two.
    static func all(of event: HostEvent) -> [VirshEvent] {
        let texts = event.libvirtLifecycle.map { ("lifecycle", ": " + text($0)) } + others(event.kind)
        return texts.map { VirshEvent(domain: event.domain, time: event.time, kind: $0.0, detail: $0.1) }
    }

    var json: JSONValue {
        [
            "domain": .string(domain), "time": .string(Timestamp.text(time)), "event": .string(kind),
            "detail": .string(String(detail.drop { ": \n\t".contains($0) })),
        ]
    }

    /// `2026-05-17 09:30:00.125+0000`.
    static func timestamp(_ time: Int64) -> String {
        let text = Timestamp.text(time).replacing("T", with: " ")
        return text.dropLast() + "+0000"
    }

    // MARK: Texts

    /// `Started Booted`.
    static func text(_ number: HostEvent.LibvirtLifecycle) -> String {
        guard let event = Int(exactly: number.event), lifecycle.indices.contains(event) else {
            return "unknown unknown"
        }
        let (name, details) = lifecycle[event]
        guard let detail = Int(exactly: number.detail), details.indices.contains(detail) else {
            return "\(name) unknown"
        }
        return "\(name) \(details[detail])"
    }

    /// By the numbers of virDomainEventType and of each one's details.
    private static let lifecycle: [(String, [String])] = [
        ("Defined", ["Added", "Updated", "Renamed", "Snapshot"]),
        ("Undefined", ["Removed", "Renamed"]),
        ("Started", ["Booted", "Migrated", "Restored", "Snapshot", "Event wakeup"]),
        (
            "Suspended",
            [
                "Paused", "Migrated", "I/O Error", "Watchdog", "Restored", "Snapshot", "API error", "Post-copy",
                "Post-copy Error",
            ]
        ),
        ("Resumed", ["Unpaused", "Migrated", "Snapshot", "Post-copy", "Post-copy Error"]),
        ("Stopped", ["Shutdown", "Destroyed", "Crashed", "Migrated", "Saved", "Failed", "Snapshot"]),
        ("Shutdown", ["Finished", "Finished after guest request", "Finished after host request"]),
        ("PMSuspended", ["Memory", "Disk"]),
        ("Crashed", ["Panicked", "Crashloaded"]),
    ]

    private static func others(_ kind: HostEvent.Kind) -> [(String, String)] {
        switch kind {
        case .reboot: [("reboot", "")]
        case .rtcChange(let offset): [("rtc-change", ": \(offset)")]
        case .watchdog(let action): [("watchdog", ": \(action)")]
        case .ioError(let error): text(error)
        case .graphics(let connection): [("graphics", ": " + text(connection))]
        case .error: [("control-error", "")]
        case .blockJob(let change): text(change)
        case .trayChange(let alias, let isOpen):
            [("tray-change", " disk \(alias): \(isOpen ? "opened" : "closed")")]
        case .diskChange(let change): text(change)
        case .power(let change): [(change.rawValue, "")]
        case .balloonChange(let bytes): [("balloon-change", ": \(bytes / 1024)KiB")]
        case .deviceRemoved(let alias): [("device-removed", ": \(alias)")]
        case .agentLifecycle(let isConnected):
            [
                (
                    "agent-lifecycle",
                    ": state: '\(isConnected ? "connected" : "disconnected")' reason: 'channel event'"
                )
            ]
        case .deviceAdded(let alias): [("device-added", ": \(alias)")]
        case .job(let change): text(change)
        case .deviceRemovalFailed(let alias): [("device-removal-failed", ": \(alias)")]
        case .metadataChanged(let part, let uri):
            [("metadata-change", ": type \(part.rawValue), uri \(shown(uri ?? "<null>"))")]
        case .blockThreshold(let node, let threshold, let excess):
            [("block-threshold", ": dev: \(node)(<null>) \(threshold) \(excess)")]
        case .memoryFailure(let failure):
            [
                (
                    "memory-failure",
                    ":\nrecipient: \(failure.recipient)\naction: \(failure.action)\nflags:\n"
                        + "\taction required: \(failure.isActionRequired ? 1 : 0)\n"
                        + "\trecursive: \(failure.isRecursive ? 1 : 0)"
                )
            ]
        case .memoryDeviceSizeChange(let alias, let bytes):
            [("memory-device-size-change", ":\nalias: \(alias)\nsize: \(bytes)")]
        default: []
        }
    }

    /// What QEMU, a guest or a client has put into an event mustn't look like another line of it.
    private static func shown(_ text: String) -> String { DisplayText.printable(text) }

    private static func text(_ error: HostEvent.IOError) -> [(String, String)] {
        let action = ["none", "pause", "report"][Int(error.libvirtAction)]
        let text = ": \(shown(error.file ?? error.node ?? "")) (\(error.alias ?? "")) \(action)"
        return [("io-error", text), ("io-error-reason", "\(text) due to \(shown(error.reason))")]
    }

    /// A medium that somebody changes is no such event to virsh, but there is no other to tell it by.
    private static func text(_ change: HostEvent.DiskChange) -> [(String, String)] {
        let word = change.reason == .droppedOnStart ? "dropped" : "changed"
        let files = "\(shown(change.before ?? "<null>")) -> \(shown(change.after ?? "<null>"))"
        return [("disk-change", " disk \(change.alias ?? change.target): \(files): \(word)")]
    }

    private static func text(_ connection: HostEvent.GraphicsConnection) -> String {
        func text(_ address: HostEvent.GraphicsConnection.Address) -> String {
            let families = ["ipv4": "IPv4", "ipv6": "IPv6", "unix": "unix"]
            return "[\(families[address.family] ?? "unknown") \(shown(address.node)) \(shown(address.service))]"
        }
        var lines =
            "\(connection.phase.rawValue) local\(text(connection.local)) remote\(text(connection.remote)) "
            + shown(connection.scheme)
        if let name = connection.x509Name { lines += "\n\tx509dname=\(shown(name))" }
        if let name = connection.saslName { lines += "\n\tsaslUsername=\(shown(name))" }
        return lines
    }

    private static func text(_ change: HostEvent.BlockJobChange) -> [(String, String)] {
        let types = [
            "Unknown job", "Block Pull", "Block Copy", "Block Commit", "Active Block Commit", "Backup",
        ]
        let place = Int(change.libvirtType)
        let type = types.indices.contains(place) ? types[place] : types[0]
        func text(_ what: String) -> String { ": \(type) for \(shown(what)) \(change.status.rawValue)" }
        return [
            ("block-job", text(change.path ?? change.id)), ("block-job-2", text(change.target ?? change.id)),
        ]
    }

    private static func text(_ change: HostEvent.JobChange) -> [(String, String)] {
        guard let elapsed = change.elapsed else { return [] }
        var text = ":\n\toperation: \(change.libvirtOperation)\n\ttime_elapsed: \(elapsed)"
        if let error = change.error { text += "\n\terrmsg: \(shown(error))" }
        return [("job-completed", text)]
    }
}
