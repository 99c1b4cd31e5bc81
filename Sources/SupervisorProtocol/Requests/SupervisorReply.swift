package import VMCore
package import VMJSON

/// What a supervisor answers when it has done what was asked; a failure is a ``VMError``.
package enum SupervisorReply: Sendable {
    /// The state after it: the answer to what changes nothing else.
    case state(PublishedState)
    case definition(String)
    /// The number of the last event, the events after the number that was asked for, and whether some are lost.
    case subscription(last: UInt64, missed: [JSONValue], hasGap: Bool)
    /// What an edit has done.
    case edited(EditOutcome)
    case job(MachineJob)
    /// The value of the guest agent's `return`.
    case value(JSONValue)
}

extension SupervisorReply {
    /// The members of the answer's `ok`.
    package var json: JSONObject {
        switch self {
        case .state(let state): state.json
        case .definition(let xml): ["definition": .string(xml)]
        case .subscription(let last, let missed, let hasGap):
            ["lastEvent": JSONValue(last), "missed": .array(missed), "gap": .bool(hasGap)]
        case .edited(let outcome): ["edited": .object(outcome.json)]
        case .job(let job): ["job": .object(job.json)]
        case .value(let value): ["value": value]
        }
    }

    /// Reads what ``json`` wrote.
    ///
    /// - Throws: `protocol` for anything else.
    package init(json: JSONObject) throws(VMError) {
        if let state = PublishedState(json: .object(json)) {
            self = .state(state)
        } else if let xml = json["definition"]?.string {
            self = .definition(xml)
        } else if let last = json["lastEvent"]?.uint64 {
            self = .subscription(
                last: last, missed: json["missed"]?.array ?? [], hasGap: json["gap"]?.bool ?? false)
        } else if let edited = json["edited"] {
            self = .edited(try EditOutcome(json: edited))
        } else if let job = MachineJob(json: json["job"] ?? .object(json)) {
            // Version 1 gives the job alone.
            self = .job(job)
        } else if let value = json["value"] {
            self = .value(value)
        } else {
            throw VMError(.protocolViolation, "the supervisor's answer can't be read")
        }
    }
}

extension EditOutcome {
    package var json: JSONObject {
        switch self {
        case .done: [:]
        case .device(let devices): ["device": .string(devices.fragment)]
        case .media(let result): ["media": .object(result.json)]
        }
    }

    package init(json: JSONValue) throws(VMError) {
        if let xml = json["device"]?.string {
            self = .device(try .init(fragment: xml))
        } else if let media = json["media"].flatMap({ MediaResult(json: $0) }) {
            self = .media(media)
        } else {
            self = .done
        }
    }
}

extension MediaResult {
    var json: JSONObject {
        var object: JSONObject = ["name": .string(name), "target": .string(target)]
        object["before"] = before.map { .string($0) }
        object["after"] = after.map { .string($0) }
        return object
    }

    init?(json: JSONValue) {
        guard let name = json["name"]?.string, let target = json["target"]?.string else { return nil }
        self.init(name: name, target: target, before: json["before"]?.string, after: json["after"]?.string)
    }
}
