package import VMCore
public import VMJSON

/// How an event is written: `time`, `domain`, `uuid`, and `event`, its word, with the members of that kind. The number is
/// the record's place in the journal and isn't written. Events of QEMU are kept as they came, as `qmp` with `name` and
/// `data`; what they mean is worked out by the reader.
extension HostEvent {
    /// The record of an event.
    package var record: JSONObject {
        var object = HostEvent.head(time: time, domain: domain, uuid: uuid)
        for member in members { object[member.key] = member.value }
        return object
    }

    package static func head(time: Int64, domain: String, uuid: UUID?) -> JSONObject {
        var object: JSONObject = ["time": .integer(time)]
        if !domain.isEmpty { object["domain"] = .string(domain) }
        object["uuid"] = uuid.map { .string("\($0)") }
        return object
    }

    /// `event` with what belongs to it, as the journal has it.
    public var members: JSONObject {
        var object: JSONObject
        if let qemu {
            object = qemu.members
        } else {
            object = ["event": .string(kind.word)]
            for member in kind.members { object[member.key] = member.value }
        }
        if !cut.isEmpty { object["cut"] = .array(cut.map { .string($0) }) }
        return object
    }

    /// The event's word: that of its record, `qmp` for all events of QEMU.
    public var word: String { qemu == nil ? kind.word : QEMUEvent.word }

    /// Reads a record; nil when it is none.
    package init?(record: JSONValue, number: UInt64) {
        guard let object = record.object, let word = object["event"]?.string, let time = object["time"]?.int64 else {
            return nil
        }
        var uuid: UUID?
        if let text = object["uuid"]?.string {
            guard let read = UUID(text) else { return nil }
            uuid = read
        }
        let qemu = word == QEMUEvent.word ? QEMUEvent(record: object) : nil
        let kind = qemu.map { Kind($0) } ?? Kind(word: word, object)
        self.init(
            number: number, time: time, domain: object["domain"]?.string ?? "", uuid: uuid,
            kind: kind ?? .unknown(word, HostEvent.ownMembers(object)), qemu: qemu)
        cut = (object["cut"]?.array ?? []).compactMap(\.string)
    }

    /// The members of a record that aren't those of all records.
    private static func ownMembers(_ record: JSONObject) -> JSONObject {
        JSONObject(
            record.lazy.filter { !["time", "domain", "uuid", "event", "cut"].contains($0.key) }
                .map { ($0.key, $0.value) })
    }
}

extension HostEvent.QEMUEvent {
    package static let word = "qmp"

    var members: JSONObject {
        var object: JSONObject = ["event": .string(Self.word), "name": .string(name), "data": data]
        if !context.isEmpty { object["context"] = .object(context) }
        return object
    }

    init?(record: JSONObject) {
        guard let name = record["name"]?.string else { return nil }
        self.init(name: name, data: record["data"] ?? [:], context: record["context"]?.object ?? [:])
    }
}

extension HostEvent.Kind {
    /// The word of the kind, which stands in the journal for what the supervisor and the manager record themselves.
    public var word: String {
        switch self {
        case .defined: "defined"
        case .undefined: "undefined"
        case .changed: "changed"
        case .metadataChanged: "metadata-changed"
        case .lifecycle: "state"
        case .shutdown: "shutdown"
        case .reboot: "reboot"
        case .power(let change): change.rawValue
        case .deviceAdded: "device-added"
        case .deviceRemoved: "device-removed"
        case .deviceRemovalFailed: "device-removal-failed"
        case .trayChange: "tray-change"
        case .diskChange: "disk-change"
        case .balloonChange: "balloon-change"
        case .memoryDeviceSizeChange: "memory-device-size-change"
        case .rtcChange: "rtc-change"
        case .watchdog: "watchdog"
        case .ioError: "io-error"
        case .memoryFailure: "memory-failure"
        case .graphics: "graphics"
        case .blockJob: "block-job"
        case .blockThreshold: "block-threshold"
        case .agentLifecycle: "agent-lifecycle"
        case .pool: "pool"
        case .network: "network"
        case .secret: "secret"
        case .job: "job"
        case .helper: "helper"
        case .adopted, .supervisor: "supervisor"
        case .error: "error"
        case .qmp: HostEvent.QEMUEvent.word
        case .unknown(let word, _): word
        case .gap: "gap"
        }
    }

    // MARK: Writing

    package var members: JSONObject {
        switch self {
        case .defined(let cause): cause.members
        case .undefined(.removed): ["cause": "removed"]
        case .undefined(.renamed(let name)): ["cause": "renamed", "to": .string(name)]
        case .changed(let edit, let scope): ["edit": .string(edit), "scope": .string(scope.rawValue)]
        case .metadataChanged(let part, let uri):
            JSONObject(members: ["part": .string(part.rawValue)], optional: ["uri": uri])
        case .lifecycle(let change): change.members
        case .shutdown(let shutdown):
            JSONObject(
                members: shutdown.byGuest.map { ["guest": .bool($0)] } ?? [:], optional: ["reason": shutdown.reason])
        case .reboot(let byGuest): ["guest": .bool(byGuest)]
        case .power, .gap: [:]
        case .deviceAdded(let alias), .deviceRemoved(let alias), .deviceRemovalFailed(let alias):
            ["alias": .string(alias)]
        case .trayChange(let alias, let isOpen): ["alias": .string(alias), "open": .bool(isOpen)]
        case .diskChange(let change): change.members
        case .balloonChange(let bytes): ["bytes": JSONValue(bytes)]
        case .memoryDeviceSizeChange(let alias, let bytes): ["alias": .string(alias), "bytes": JSONValue(bytes)]
        case .rtcChange(let offset): ["offset": .integer(offset)]
        case .watchdog(let action): ["action": .string(action)]
        case .ioError(let error): error.members
        case .memoryFailure(let failure): failure.members
        case .graphics(let connection): connection.members
        case .blockJob(let change): change.members
        case .blockThreshold(let node, let threshold, let excess):
            ["node": .string(node), "threshold": JSONValue(threshold), "excess": JSONValue(excess)]
        case .agentLifecycle(let isConnected): ["connected": .bool(isConnected)]
        case .pool(let change): change.members
        case .network(let change): change.members
        case .secret(let change): change.members
        case .job(let change): change.members
        case .helper(let program, let device, let detail):
            ["program": .string(program), "device": .string(device), "detail": .string(detail)]
        case .adopted: ["what": "adopted", "detail": "took over"]
        case .supervisor(let detail), .error(let detail): ["detail": .string(detail)]
        case .qmp(let name, let data): ["name": .string(name), "data": data]
        case .unknown(_, let members): members
        }
    }

    // MARK: Reading

    /// Nil for a word that this version doesn't know, and for one whose members aren't what this version makes of them.
    init?(word: String, _ x: JSONObject) {
        guard
            let kind = Self.definition(word, x) ?? Self.life(word, x) ?? Self.machine(word, x)
                ?? Self.supervisor(word, x)
        else { return nil }
        self = kind
    }

    private static func definition(_ word: String, _ x: JSONObject) -> Self? {
        switch word {
        case "defined": return HostEvent.DefinitionCause(x).map { .defined($0) }
        case "undefined":
            if x["cause"] == "removed" { return .undefined(.removed) }
            return x["to"]?.string.map { .undefined(.renamed(to: $0)) }
        case "changed":
            guard let edit = x["edit"]?.string, let scope = x.choice("scope", HostEvent.EditScope.self) else {
                return nil
            }
            return .changed(edit: edit, scope: scope)
        case "metadata-changed":
            return x.choice("part", HostEvent.MetadataPart.self).map { .metadataChanged($0, uri: x["uri"]?.string) }
        default: return nil
        }
    }

    private static func life(_ word: String, _ x: JSONObject) -> Self? {
        if let change = HostEvent.PowerChange(rawValue: word) { return .power(change) }
        switch word {
        case "state": return HostEvent.StateChange(x).map { .lifecycle($0) }
        case "shutdown": return .shutdown(.init(byGuest: x["guest"]?.bool, reason: x["reason"]?.string))
        case "reboot": return x["guest"]?.bool.map { .reboot(byGuest: $0) }
        default: return nil
        }
    }

    private static func machine(_ word: String, _ x: JSONObject) -> Self? {
        switch word {
        case "device-added": return x["alias"]?.string.map { .deviceAdded(alias: $0) }
        case "device-removed": return x["alias"]?.string.map { .deviceRemoved(alias: $0) }
        case "device-removal-failed": return x["alias"]?.string.map { .deviceRemovalFailed(alias: $0) }
        case "tray-change":
            guard let alias = x["alias"]?.string, let isOpen = x["open"]?.bool else { return nil }
            return .trayChange(alias: alias, isOpen: isOpen)
        case "disk-change": return HostEvent.DiskChange(x).map { .diskChange($0) }
        case "balloon-change": return x["bytes"]?.uint64.map { .balloonChange(bytes: $0) }
        case "memory-device-size-change":
            guard let alias = x["alias"]?.string, let bytes = x["bytes"]?.uint64 else { return nil }
            return .memoryDeviceSizeChange(alias: alias, bytes: bytes)
        case "rtc-change": return x["offset"]?.int64.map { .rtcChange(offset: $0) }
        case "watchdog": return x["action"]?.string.map { .watchdog(action: $0) }
        case "io-error": return HostEvent.IOError(x).map { .ioError($0) }
        case "memory-failure": return HostEvent.MemoryFailure(x).map { .memoryFailure($0) }
        case "graphics": return HostEvent.GraphicsConnection(x).map { .graphics($0) }
        case "block-job": return HostEvent.BlockJobChange(x).map { .blockJob($0) }
        case "block-threshold":
            guard let node = x["node"]?.string, let threshold = x["threshold"]?.uint64,
                let excess = x["excess"]?.uint64
            else { return nil }
            return .blockThreshold(node: node, threshold: threshold, excess: excess)
        case "agent-lifecycle": return x["connected"]?.bool.map { .agentLifecycle(isConnected: $0) }
        default: return nil
        }
    }

    private static func supervisor(_ word: String, _ x: JSONObject) -> Self? {
        switch word {
        case "pool": return HostEvent.PoolChange(x).map { .pool($0) }
        case "network": return HostEvent.NetworkChange(x).map { .network($0) }
        case "secret": return HostEvent.SecretChange(x).map { .secret($0) }
        case "job": return HostEvent.JobChange(x).map { .job($0) }
        case "helper":
            return .helper(
                program: x["program"]?.string ?? "", device: x["device"]?.string ?? "",
                detail: x["detail"]?.string ?? "")
        case "supervisor":
            return x["what"] == "adopted" ? .adopted : x["detail"]?.string.map { .supervisor($0) }
        case "error": return x["detail"]?.string.map { .error($0) }
        default: return nil
        }
    }
}
