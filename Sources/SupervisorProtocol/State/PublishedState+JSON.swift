internal import VMCore
public import VMJSON

extension PublishedState {
    /// The state as a JSON object, the contents of `state.json`.
    public var json: JSONObject {
        var object: JSONObject = [
            "name": .string(name), "uuid": .string(uuid.description), "state": .string(state.rawValue),
            "reason": .string(reason.rawValue), "since": .integer(since), "published": .integer(published),
            "boot": .string(bootID),
        ]
        object["protocol"] = protocolVersion.map { JSONValue($0) }
        object["id"] = id.map { .integer(Int64($0)) }
        object["detail"] = detail.map { .string($0) }
        if !diskFailures.isEmpty { object["diskFailures"] = .array(diskFailures.map(\.json)) }
        object["spaceWaitedFor"] = spaceWaitedFor.map { JSONValue($0) }
        object["supervisor"] = supervisor?.json
        object["qemu"] = qemu?.json
        if !helpers.isEmpty {
            object["helpers"] = .array(
                helpers.map {
                    ["program": .string($0.program), "device": .string($0.device), "process": $0.process.json]
                })
        }
        object["qemuVersion"] = qemuVersion.map { .string($0) }
        object["monitor"] = monitor.map { .string($0) }
        object["notAnsweringSince"] = notAnsweringSince.map { .integer($0) }
        if !terminals.isEmpty {
            object["terminals"] = .array(
                terminals.map { ["chardev": .string($0.chardev), "path": .string($0.path)] })
        }
        if !vnc.isEmpty {
            object["vnc"] = .array(vnc.map { ["host": .string($0.host), "port": .string($0.port)] })
        }
        object["agentPatience"] = agentPatience.map { .integer($0.seconds) }
        object["lastEvent"] = JSONValue(lastEvent)
        if isTakingOver { object["takingOver"] = true }
        for member in unknownMembers { object[member.key] = member.value }
        return object
    }

    /// Reads what ``json`` wrote; nil when something essential is missing or odd.
    public init?(json: JSONValue) {
        guard let name = json["name"]?.string, let uuid = (json["uuid"]?.string).flatMap({ UUID($0) }),
            let state = json["state"]?.string, let reason = json["reason"]?.string, let since = json["since"]?.int64,
            (try? DomainName.check(name)) != nil
        else { return nil }
        self.name = name
        self.uuid = uuid
        self.state = DomainState(rawValue: state)
        self.reason = StateReason(rawValue: reason)
        self.since = since
        published = json["published"]?.int64 ?? since
        bootID = json["boot"]?.string ?? ""
        id = json["id"]?.int
        detail = json["detail"]?.string
        diskFailures = (json["diskFailures"]?.array ?? []).compactMap { DiskFailure(json: $0) }
        spaceWaitedFor = json["spaceWaitedFor"]?.uint64
        supervisor = json["supervisor"].flatMap { ProcessIdentity(json: $0) }
        qemu = json["qemu"].flatMap { ProcessIdentity(json: $0) }
        helpers = (json["helpers"]?.array ?? []).compactMap { entry in
            guard let program = entry["program"]?.string, let device = entry["device"]?.string,
                let process = entry["process"].flatMap({ ProcessIdentity(json: $0) })
            else { return nil }
            return Helper(program: program, device: device, process: process)
        }
        qemuVersion = json["qemuVersion"]?.string
        monitor = json["monitor"]?.string
        notAnsweringSince = json["notAnsweringSince"]?.int64
        terminals = (json["terminals"]?.array ?? []).compactMap { entry in
            guard let chardev = entry["chardev"]?.string, let path = entry["path"]?.string else { return nil }
            return Terminal(chardev: chardev, path: path)
        }
        vnc = (json["vnc"]?.array ?? []).compactMap { entry in
            guard let host = entry["host"]?.string, let port = entry["port"]?.string else { return nil }
            return VNCServer(host: host, port: port)
        }
        // Without these nobody could tell whether the machine runs.
        if self.state.isActive, bootID.isEmpty || (id ?? 0) < 1 { return nil }
        agentPatience = (json["agentPatience"]?.int64).map { AgentPatience(seconds: $0) }
        lastEvent = json["lastEvent"]?.uint64 ?? 0
        protocolVersion = json["protocol"]?.int
        isTakingOver = json["takingOver"]?.bool ?? false
        for member in json.object ?? [:] where !Self.knownMembers.contains(member.key) {
            unknownMembers[member.key] = member.value
        }
    }

    /// What this version reads; the members of a newer one are written again as they came.
    private static let knownMembers: Set<String> = [
        "name", "uuid", "state", "reason", "since", "published", "boot", "id", "detail", "diskFailures",
        "spaceWaitedFor", "supervisor", "qemu", "helpers", "qemuVersion", "monitor", "notAnsweringSince", "terminals",
        "vnc", "agentPatience", "lastEvent", "protocol", "takingOver",
    ]
}

extension ProcessIdentity {
    package var json: JSONValue { ["pid": .integer(Int64(pid)), "start": JSONValue(startTime)] }

    package init?(json: JSONValue) {
        guard let pid = json["pid"]?.int.flatMap({ Int32(exactly: $0) }), let start = json["start"]?.uint64 else {
            return nil
        }
        self.init(pid: pid, startTime: start)
    }
}
