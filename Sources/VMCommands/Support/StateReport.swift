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
        return object
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
