internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMNetwork
internal import VMXML

/// How an edit travels: `kind` with the members of that kind. Devices are XML, everything else is in JSON's own terms.
extension DomainEdit {
    var json: JSONObject {
        switch self {
        case .attach(let devices): ["kind": "attach", "device": .string(devices.fragment)]
        case .detach(.like(let devices)): ["kind": "detach", "device": .string(devices.fragment)]
        case .detach(.alias(let alias)): ["kind": "detach", "alias": .string(alias)]
        case .update(let devices, let force):
            ["kind": "update", "device": .string(devices.fragment), "force": .bool(force)]
        case .changeMedia(let target, let change, let force): Self.json(target, change, force)
        case .setLink(let interface, let isUp):
            ["kind": "link", "interface": .string(interface), "up": .bool(isUp)]
        case .forward(let ports, let interface, let isRemoved):
            Self.object(
                "forward", ["ports": .array(ports.map { .object($0.json) }), "removed": .bool(isRemoved)],
                ["interface": interface])
        case .setMemory(let bytes): ["kind": "memory", "bytes": JSONValue(bytes)]
        case .setMaximumMemory(let bytes): ["kind": "maximum-memory", "bytes": JSONValue(bytes)]
        case .setMemoryStatisticsPeriod(let seconds):
            ["kind": "memory-statistics", "seconds": JSONValue(UInt64(seconds))]
        case .setBlockLimits(let disk, let limits):
            ["kind": "block-limits", "disk": .string(disk), "limits": .object(limits.json)]
        case .tune(let group, let parameters): group.json(parameters)
        case .setProcessorCount(let count, let isMaximum):
            ["kind": "processor-count", "count": JSONValue(UInt64(count)), "maximum": .bool(isMaximum)]
        case .setProcessors(let numbers, let isEnabled):
            [
                "kind": "processors", "numbers": .array(numbers.map { JSONValue(UInt64($0)) }),
                "enabled": .bool(isEnabled),
            ]
        case .addIOThread(let number): ["kind": "add-iothread", "number": JSONValue(UInt64(number))]
        case .removeIOThread(let number): ["kind": "remove-iothread", "number": JSONValue(UInt64(number))]
        case .setIOThread(let number, let settings):
            ["kind": "set-iothread", "number": JSONValue(UInt64(number)), "settings": .object(settings.json)]
        case .setLifecycleAction(let action): Self.json(action)
        case .setDisplayPassword(let type, let password, let validTo):
            Self.object(
                "display-password", ["display": .string(type.rawValue), "password": .string(password)],
                ["validTo": validTo])
        case .pin(let target, let processors): Self.json(target, processors)
        case .setTitle(let text): Self.object("title", [:], ["text": text])
        case .setDescription(let text): Self.object("description", [:], ["text": text])
        case .setMetadata(let element, let uri, let prefix):
            Self.object("metadata", ["uri": .string(uri)], ["xml": element?.markup, "prefix": prefix])
        }
    }

    private static func object(_ kind: String, _ members: JSONObject, _ optional: [String: String?]) -> JSONObject {
        var object: JSONObject = ["kind": .string(kind)]
        for member in members { object[member.key] = member.value }
        for (key, value) in optional.sorted(by: { $0.key < $1.key }) { object[key] = value.map { .string($0) } }
        return object
    }

    private static func json(_ target: String?, _ change: MediaChange, _ force: Bool) -> JSONObject {
        let word =
            switch change {
            case .eject: "eject"
            case .insert: "insert"
            case .update: "update"
            }
        return object(
            "media", ["change": .string(word), "force": .bool(force)], ["target": target, "path": change.path])
    }

    private static func json(_ action: LifecycleActionChange) -> JSONObject {
        let (event, word) =
            switch action {
            case .poweroff(let action): ("poweroff", action.rawValue)
            case .reboot(let action): ("reboot", action.rawValue)
            case .crash(let action): ("crash", action.rawValue)
            }
        return ["kind": "lifecycle-action", "event": .string(event), "action": .string(word)]
    }

    private static func json(_ target: PinTarget, _ processors: CPUSet) -> JSONObject {
        var object: JSONObject = ["kind": "pin", "processors": .string(processors.xml)]
        switch target {
        case .emulator: object["target"] = "emulator"
        case .vcpu(let number):
            object["target"] = "vcpu"
            object["number"] = JSONValue(number)
        case .iothread(let number):
            object["target"] = "iothread"
            object["number"] = JSONValue(number)
        }
        return object
    }

    // MARK: Reading

    /// - Throws: `unsupported` for a kind that this version doesn't know, `invalid-argument` when a member is missing
    ///   or odd.
    init(json: JSONObject) throws(VMError) {
        let fields = RequestFields(json, what: "the edit")
        let kind = try fields.string("kind")
        switch kind {
        case "attach": self = .attach(try fields.devices("device"))
        case "detach":
            if let alias = json["alias"]?.string {
                self = .detach(.alias(alias))
            } else {
                self = .detach(.like(try fields.devices("device")))
            }
        case "update": self = .update(try fields.devices("device"), force: fields.flag("force"))
        case "media": self = try Self.media(fields)
        case "link": self = .setLink(interface: try fields.string("interface"), isUp: try fields.bool("up"))
        case "forward":
            let ports = (json["ports"]?.array ?? []).map { ForwardedPort(json: $0) }
            guard !ports.isEmpty, ports.count <= ForwardedPort.limit, !ports.contains(nil) else {
                throw fields.odd("ports")
            }
            self = .forward(
                ports.compactMap(\.self), interface: json["interface"]?.string, isRemoved: fields.flag("removed"))
        case "memory": self = .setMemory(bytes: try fields.uint64("bytes"))
        case "maximum-memory": self = .setMaximumMemory(bytes: try fields.uint64("bytes"))
        case "memory-statistics": self = .setMemoryStatisticsPeriod(seconds: try fields.uint32("seconds"))
        case "block-limits":
            self = .setBlockLimits(disk: try fields.string("disk"), IOTune(json: try fields.object("limits")))
        case "tune": self = .tune(try TuningGroup(fields), try [TypedParameter](fields))
        case "processor-count":
            self = .setProcessorCount(try fields.uint32("count"), isMaximum: fields.flag("maximum"))
        case "processors":
            self = .setProcessors(try fields.numbers("numbers"), isEnabled: try fields.bool("enabled"))
        case "add-iothread": self = .addIOThread(try fields.uint32("number"))
        case "remove-iothread": self = .removeIOThread(try fields.uint32("number"))
        case "set-iothread":
            self = .setIOThread(try fields.uint32("number"), IOThreadSettings(json: try fields.object("settings")))
        case "lifecycle-action": self = .setLifecycleAction(try Self.action(fields))
        case "display-password":
            guard let type = Graphics.Kind(rawValue: try fields.string("display")) else { throw fields.odd("display") }
            self = .setDisplayPassword(type, try fields.string("password"), validTo: json["validTo"]?.string)
        case "pin": self = try Self.pin(fields)
        case "title": self = .setTitle(json["text"]?.string)
        case "description": self = .setDescription(json["text"]?.string)
        case "metadata":
            let element = try json["xml"]?.string.map { text throws(VMError) in
                try XMLTree.read(Array(text.utf8), file: "metadata")
            }
            self = .setMetadata(element, uri: try fields.string("uri"), prefix: json["prefix"]?.string)
        default:
            throw VMError(.unsupported, "the supervisor doesn't know the edit '\(kind)'")
        }
    }

    private static func media(_ fields: RequestFields) throws(VMError) -> DomainEdit {
        let change: MediaChange =
            switch try fields.string("change") {
            case "eject": .eject
            case "insert": .insert(path: try fields.string("path"))
            case "update": .update(path: try fields.string("path"))
            default: throw fields.odd("change")
            }
        return .changeMedia(target: fields.json["target"]?.string, change, force: fields.flag("force"))
    }

    private static func action(_ fields: RequestFields) throws(VMError) -> LifecycleActionChange {
        let word = try fields.string("action")
        let event = try fields.string("event")
        let action: LifecycleActionChange? =
            switch event {
            case "poweroff": LifecycleAction(rawValue: word).map { .poweroff($0) }
            case "reboot": LifecycleAction(rawValue: word).map { .reboot($0) }
            case "crash": CrashAction(rawValue: word).map { .crash($0) }
            default: throw fields.odd("event")
            }
        guard let action else { throw fields.odd("action") }
        return action
    }

    private static func pin(_ fields: RequestFields) throws(VMError) -> DomainEdit {
        guard let processors = CPUSet(xml: try fields.string("processors")) else { throw fields.odd("processors") }
        switch try fields.string("target") {
        case "emulator": return .pin(.emulator, processors)
        case "vcpu": return .pin(.vcpu(Int(clamping: try fields.uint32("number"))), processors)
        case "iothread": return .pin(.iothread(Int(clamping: try fields.uint32("number"))), processors)
        default: throw fields.odd("target")
        }
    }
}

extension Devices {
    /// The devices as text, in an element `<devices>`.
    var fragment: String { write(as: "devices") }

    /// Reads what ``fragment`` wrote.
    init(fragment: String) throws(VMError) {
        self = try Devices.read(Array(fragment.utf8), file: "device", root: "devices", options: .lenient).checked()
    }
}

extension IOTune {
    var json: JSONObject {
        var object: JSONObject = [:]
        for (name, path) in Self.parameters { object[name] = self[keyPath: path].map { JSONValue($0) } }
        object["group_name"] = groupName.map { .string($0) }
        return object
    }

    init(json: JSONObject) {
        self.init()
        for (name, path) in Self.parameters { self[keyPath: path] = json[name]?.uint64 }
        groupName = json["group_name"]?.string
    }
}

extension IOThreadSettings {
    var json: JSONObject {
        var object: JSONObject = [:]
        for (name, value) in properties { object[name] = JSONValue(value) }
        return object
    }

    init(json: JSONObject) {
        self.init()
        pollMax = json["poll-max-ns"]?.uint64
        pollGrow = json["poll-grow"]?.uint64
        pollShrink = json["poll-shrink"]?.uint64
        threadPoolMin = (json["thread-pool-min"]?.uint64).map { UInt32(clamping: $0) }
        threadPoolMax = (json["thread-pool-max"]?.uint64).map { UInt32(clamping: $0) }
    }
}
