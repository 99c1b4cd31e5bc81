internal import VMCore
internal import VMJSON
internal import VMManager

extension PublishedState {
    /// The members by which every answer names a domain.
    var identity: JSONObject {
        var object: JSONObject = ["name": .string(name), "uuid": .string(uuid.description)]
        object["id"] = id.map { .integer(Int64($0)) }
        return object
    }

    /// What answers to a change of state hold: the domain and the state it has come to.
    var summary: JSONObject {
        var object = identity
        object["state"] = .string(state.rawValue)
        object["reason"] = .string(reason.rawValue)
        object["detail"] = detail.map { .string($0) }
        object["since"] = .string(Timestamp.text(since))
        if !diskFailures.isEmpty { object["disk_errors"] = .array(diskFailures.map(\.value)) }
        object["space_waited_for"] = spaceWaitedFor.map { JSONValue($0) }
        return object
    }

    /// What of a state of that kind goes with it in `domstate --reason`: ` since …` for a machine that a disk has paused.
    var sinceWhen: String {
        state == .paused && reason == .ioError ? " since \(Timestamp.readable(since))" : ""
    }

    /// For people: `paused (I/O error: vda: no space left)`.
    var sentence: String {
        "\(state.rawValue) (\(reason.rawValue)" + (detail.map { ": \($0)" } ?? "") + ")"
    }

    /// Confirms what was done.
    func confirmation(_ sentence: String) -> Report {
        Report(.message(sentence), value: .object(summary), names: [name])
    }
}

extension DiskFailure {
    /// A member of `disk_errors`.
    var value: JSONValue {
        var object: JSONObject = [
            "disk": .string(disk), "error": .string(error), "no_space": .bool(isNoSpace),
            "since": .string(Timestamp.text(since)),
        ]
        object["file"] = file.map { .string($0) }
        return .object(object)
    }

    /// `vda: no space left, since 2026-05-17 09:30:00 UTC, in '/images/a.qcow2'`.
    var sentence: String {
        "\(text), since \(Timestamp.readable(since))" + (file.map { ", in '\($0)'" } ?? "")
    }
}
