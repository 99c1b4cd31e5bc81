internal import VMJSON

/// The members of the larger kinds of events.
extension JSONObject {
    /// Members that are always there, and texts that may be missing.
    init(members: JSONObject, optional: KeyValuePairs<String, String?>) {
        self = members
        for (key, value) in optional { self[key] = value.map { .string($0) } }
    }

    /// A member out of a closed list of words.
    func choice<Choice: RawRepresentable<String>>(_ key: String, _ type: Choice.Type) -> Choice? {
        self[key]?.string.flatMap { Choice(rawValue: $0) }
    }
}

extension HostEvent.DefinitionCause {
    var members: JSONObject {
        switch self {
        case .added: ["cause": "added"]
        case .updated: ["cause": "updated"]
        case .renamed(let name): ["cause": "renamed", "from": .string(name)]
        case .fromTrash: ["cause": "taken-back"]
        }
    }

    init?(_ x: JSONObject) {
        switch x["cause"]?.string {
        case "added": self = .added
        case "updated": self = .updated
        case "taken-back": self = .fromTrash
        case "renamed":
            guard let name = x["from"]?.string else { return nil }
            self = .renamed(from: name)
        default: return nil
        }
    }
}

extension HostEvent.StateChange {
    var members: JSONObject {
        var object: JSONObject = ["state": .string(state.rawValue), "reason": .string(reason.rawValue)]
        object["detail"] = detail.map { .string($0) }
        object["start"] = start.map { .string($0.rawValue) }
        if isOnDisk { object["onDisk"] = true }
        return object
    }

    init?(_ x: JSONObject) {
        guard let state = x["state"]?.string, let reason = x["reason"]?.string else { return nil }
        self.init(
            DomainState(rawValue: state), StateReason(rawValue: reason), detail: x["detail"]?.string,
            start: x["start"]?.string.map { StateReason(rawValue: $0) }, isOnDisk: x["onDisk"]?.bool ?? false)
    }
}

extension HostEvent.IOError {
    var members: JSONObject {
        JSONObject(
            members: ["action": .string(action), "reason": .string(reason)],
            optional: ["target": target, "alias": alias, "file": file, "node": node])
    }

    init?(_ x: JSONObject) {
        guard let action = x["action"]?.string, let reason = x["reason"]?.string else { return nil }
        self.init(
            target: x["target"]?.string, alias: x["alias"]?.string, file: x["file"]?.string, node: x["node"]?.string,
            action: action, reason: reason)
    }
}

extension HostEvent.DiskChange {
    var members: JSONObject {
        JSONObject(
            members: ["target": .string(target), "reason": .string(reason.rawValue)],
            optional: ["alias": alias, "before": before, "after": after])
    }

    init?(_ x: JSONObject) {
        guard let target = x["target"]?.string, let reason = x.choice("reason", Reason.self) else { return nil }
        self.init(
            target: target, alias: x["alias"]?.string, before: x["before"]?.string, after: x["after"]?.string,
            reason: reason)
    }
}

extension HostEvent.MemoryFailure {
    var members: JSONObject {
        [
            "recipient": .string(recipient), "action": .string(action), "required": .bool(isActionRequired),
            "recursive": .bool(isRecursive),
        ]
    }

    init?(_ x: JSONObject) {
        guard let recipient = x["recipient"]?.string, let action = x["action"]?.string else { return nil }
        self.init(
            recipient: recipient, action: action, isActionRequired: x["required"]?.bool ?? false,
            isRecursive: x["recursive"]?.bool ?? false)
    }
}

extension HostEvent.GraphicsConnection {
    var members: JSONObject {
        JSONObject(
            members: [
                "phase": .string(phase.rawValue), "local": local.json, "remote": remote.json, "scheme": .string(scheme),
            ], optional: ["x509": x509Name, "sasl": saslName])
    }

    init?(_ x: JSONObject) {
        guard let phase = x.choice("phase", Phase.self), let local = Address(x["local"]),
            let remote = Address(x["remote"])
        else { return nil }
        self.init(
            phase: phase, local: local, remote: remote, scheme: x["scheme"]?.string ?? "", x509Name: x["x509"]?.string,
            saslName: x["sasl"]?.string)
    }
}

extension HostEvent.GraphicsConnection.Address {
    var json: JSONValue { ["family": .string(family), "node": .string(node), "service": .string(service)] }

    init?(_ json: JSONValue?) {
        guard let family = json?["family"]?.string, let node = json?["node"]?.string,
            let service = json?["service"]?.string
        else { return nil }
        self.init(family: family, node: node, service: service)
    }
}

extension HostEvent.BlockJobChange {
    var members: JSONObject {
        JSONObject(
            members: ["id": .string(id), "type": .string(type), "status": .string(status.rawValue)],
            optional: ["error": error, "target": target, "path": path])
    }

    init?(_ x: JSONObject) {
        guard let id = x["id"]?.string, let type = x["type"]?.string, let status = x.choice("status", Status.self)
        else { return nil }
        self.init(
            id: id, type: type, status: status, error: x["error"]?.string, target: x["target"]?.string,
            path: x["path"]?.string)
    }
}

extension HostEvent.JobChange {
    var members: JSONObject {
        var object: JSONObject = ["id": .string(id), "operation": .string(operation), "phase": .string(phase)]
        object["elapsed"] = elapsed.map { .integer($0) }
        object["error"] = error.map { .string($0) }
        return object
    }

    init?(_ x: JSONObject) {
        guard let id = x["id"]?.string, let operation = x["operation"]?.string, let phase = x["phase"]?.string else {
            return nil
        }
        self.init(
            id: id, operation: operation, phase: phase, elapsed: x["elapsed"]?.int64, error: x["error"]?.string)
    }
}
