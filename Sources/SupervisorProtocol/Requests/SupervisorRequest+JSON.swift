package import VMCore
internal import VMDomain
package import VMJSON

/// How a request travels: as a QMP command `x-vmctl-NAME` whose arguments are the request's members, with `timeout` in
/// milliseconds and `descriptors`, the number of open files that come with it.
extension SupervisorRequest {
    /// What the names of the supervisor's own commands begin with.
    package static let prefix = "x-vmctl-"

    /// The name behind the prefix.
    package var name: String {
        switch self {
        case .status: "status"
        case .definition: "definition"
        case .subscribe: "subscribe"
        case .suspend: "suspend"
        case .resume: "resume"
        case .reset: "reset"
        case .shutdown: "shutdown"
        case .reboot: "reboot"
        case .wakeUp: "wake-up"
        case .destroy: "destroy"
        case .edit: "edit"
        case .resizeBlock: "resize-block"
        case .setWriteThreshold: "set-write-threshold"
        case .injectNMI: "inject-nmi"
        case .sendKeys: "send-keys"
        case .screenshot: "screenshot"
        case .addDisplayClient: "add-display-client"
        case .peekMemory: "peek-memory"
        case .reloadDisplays: "reload-displays"
        case .announce: "announce"
        case .measureDirtyRate: "measure-dirty-rate"
        case .setAgentPatience: "set-agent-patience"
        case .setMigrationLimits: "set-migration-limits"
        case .agent: "agent"
        // Of its own, so that a supervisor that knows one kind of file refuses what it can't do.
        case .save(let request): request.format == .libvirt ? "save-libvirt" : "save"
        case .dump: "dump"
        case .snapshot: "snapshot"
        case .backup: "backup"
        case .checkpoint: "checkpoint"
        case .abortJob: "abort-job"
        case .startBlockJob: "start-block-job"
        case .blockJob: "block-job"
        case .endBlockJob: "end-block-job"
        case .setBlockJobSpeed: "set-block-job-speed"
        }
    }

    var arguments: JSONObject {
        switch self {
        case .status, .definition, .suspend, .resume, .reset, .shutdown, .reboot, .wakeUp, .injectNMI, .reloadDisplays,
            .abortJob:
            [:]
        case .subscribe(let since): since.map { ["since": JSONValue($0)] } ?? [:]
        case .destroy(let isGraceful): ["graceful": .bool(isGraceful)]
        case .edit(let edit): edit.json
        case .resizeBlock(let disk, let bytes, let mayShrink):
            ["disk": .string(disk), "bytes": JSONValue(bytes), "shrink": .bool(mayShrink)]
        case .setWriteThreshold(let disk, let bytes): ["disk": .string(disk), "bytes": JSONValue(bytes)]
        case .sendKeys(let keys, let hold): Self.json(keys, hold)
        case .screenshot(let screen): ["screen": JSONValue(screen)]
        case .addDisplayClient(let index, let skips): ["index": JSONValue(index), "skip-authentication": .bool(skips)]
        case .peekMemory(let address, let count, let isPhysical):
            ["address": JSONValue(address), "count": JSONValue(count), "physical": .bool(isPhysical)]
        case .announce(let interface, let times): times.json(interface)
        case .measureDirtyRate(let seconds): ["seconds": JSONValue(seconds)]
        case .setAgentPatience(let patience): patience.map { ["seconds": .integer($0.seconds)] } ?? [:]
        case .setMigrationLimits(let limits): limits.json
        case .agent(let command, let arguments):
            ["command": .string(command), "arguments": .object(arguments)]
        case .save(let request): request.json
        case .dump(let request): request.json
        case .snapshot(let order): order.json
        case .backup(let order): order.json
        case .checkpoint(let order): order.json
        case .startBlockJob(let order): order.json
        case .blockJob(let disk): ["disk": .string(disk)]
        case .endBlockJob(let disk, let end, let isAsynchronous):
            ["disk": .string(disk), "end": .string(end.rawValue), "asynchronous": .bool(isAsynchronous)]
        case .setBlockJobSpeed(let disk, let bytes): ["disk": .string(disk), "bytes": JSONValue(bytes)]
        }
    }

    private static func json(_ keys: [GuestKey], _ hold: Duration?) -> JSONObject {
        var object: JSONObject = ["keys": .array(keys.map(\.json))]
        object["hold"] = hold.map { .integer($0.inNanoseconds / 1_000_000) }
        return object
    }

    /// Reads a request.
    ///
    /// - Throws: `unsupported` for a name that this version doesn't know, `invalid-argument` when a member is missing or
    ///   odd.
    init(name: String, arguments: JSONObject) throws(VMError) {
        let fields = RequestFields(arguments, what: "the request '\(name)'")
        switch name {
        case "status": self = .status
        case "definition": self = .definition
        case "subscribe": self = .subscribe(since: arguments["since"]?.uint64)
        case "suspend": self = .suspend
        case "resume": self = .resume
        case "reset": self = .reset
        case "shutdown": self = .shutdown
        case "reboot": self = .reboot
        case "wake-up": self = .wakeUp
        case "destroy": self = .destroy(isGraceful: fields.flag("graceful"))
        case "edit": self = .edit(try DomainEdit(json: arguments))
        case "resize-block":
            self = .resizeBlock(
                disk: try fields.string("disk"), bytes: try fields.uint64("bytes"), mayShrink: fields.flag("shrink"))
        case "set-write-threshold":
            self = .setWriteThreshold(disk: try fields.string("disk"), bytes: try fields.uint64("bytes"))
        case "inject-nmi": self = .injectNMI
        case "send-keys": self = try Self.keys(fields)
        case "screenshot": self = .screenshot(screen: Int(clamping: try fields.uint32("screen")))
        case "add-display-client":
            self = .addDisplayClient(
                index: Int(clamping: try fields.uint32("index")),
                skipsAuthentication: fields.flag("skip-authentication"))
        case "peek-memory":
            self = .peekMemory(
                address: try fields.uint64("address"), count: Int(clamping: try fields.uint32("count")),
                isPhysical: fields.flag("physical"))
        case "reload-displays": self = .reloadDisplays
        case "announce": self = .announce(interface: arguments["interface"]?.string, AnnounceTimes(fields))
        case "measure-dirty-rate": self = .measureDirtyRate(seconds: Int(clamping: try fields.uint32("seconds")))
        case "set-agent-patience":
            self = .setAgentPatience((arguments["seconds"]?.int64).map { AgentPatience(seconds: $0) })
        case "set-migration-limits": self = .setMigrationLimits(MigrationLimits(fields))
        case "agent":
            self = .agent(command: try fields.string("command"), arguments: arguments["arguments"]?.object ?? [:])
        case "save": self = .save(try SaveRequest(fields, .vmctl))
        case "save-libvirt": self = .save(try SaveRequest(fields, .libvirt))
        case "dump": self = .dump(try DumpRequest(fields))
        case "snapshot": self = .snapshot(try SnapshotOrder(json: arguments))
        case "backup": self = .backup(try BackupOrder(json: arguments))
        case "checkpoint": self = .checkpoint(try CheckpointOrder(json: arguments))
        case "abort-job": self = .abortJob
        case "start-block-job": self = .startBlockJob(try BlockJobOrder(fields))
        case "block-job": self = .blockJob(disk: try fields.string("disk"))
        case "end-block-job":
            guard let end = BlockJobEnd(rawValue: try fields.string("end")) else { throw fields.odd("end") }
            self = .endBlockJob(
                disk: try fields.string("disk"), end, isAsynchronous: fields.flag("asynchronous"))
        case "set-block-job-speed":
            self = .setBlockJobSpeed(disk: try fields.string("disk"), bytes: try fields.uint64("bytes"))
        default: throw VMError(.unsupported, "the supervisor has no command '\(name)'")
        }
    }

    private static func keys(_ fields: RequestFields) throws(VMError) -> SupervisorRequest {
        var keys: [GuestKey] = []
        for entry in fields.json["keys"]?.array ?? [] {
            guard let key = GuestKey(json: entry) else { throw fields.odd("keys") }
            keys.append(key)
        }
        guard !keys.isEmpty, keys.count <= 16 else {
            throw VMError(.invalidArgument, "1 to 16 keys can be pressed at once, not \(keys.count)")
        }
        return .sendKeys(keys, hold: (fields.json["hold"]?.int64).map { .milliseconds(min(max($0, 0), 60_000)) })
    }
}

extension SupervisorCall {
    /// The name of the QMP command.
    package var command: String { SupervisorRequest.prefix + request.name }

    package var arguments: JSONObject {
        var object = request.arguments
        object["timeout"] = .integer(max(1, timeout.inNanoseconds / 1_000_000))
        if descriptorCount > 0 { object["descriptors"] = JSONValue(descriptorCount) }
        if let id { object["request"] = .string(id) }
        if isRepeated { object["repeated"] = true }
        return object
    }

    /// Reads a call.
    ///
    /// - Parameter name: The command's name behind the prefix.
    package init(name: String, arguments: JSONObject) throws(VMError) {
        self.init(
            try SupervisorRequest(name: name, arguments: arguments), timeout: Self.timeout(of: arguments),
            descriptorCount: Self.descriptorCount(of: arguments), id: arguments["request"]?.string,
            isRepeated: arguments["repeated"]?.bool ?? false)
    }

    /// How many descriptors a command says it brings, even one that can't be read otherwise.
    package static func descriptorCount(of arguments: JSONObject) -> Int {
        min(max(arguments["descriptors"]?.int ?? 0, 0), descriptorLimit)
    }

    private static func timeout(of arguments: JSONObject) -> Duration {
        guard let milliseconds = arguments["timeout"]?.int64 else { return standard }
        return min(max(.milliseconds(milliseconds), .milliseconds(1)), longest)
    }
}

extension GuestKey {
    package var json: JSONValue {
        switch self {
        case .named(let name): ["type": "qcode", "data": .string(name)]
        case .number(let number): ["type": "number", "data": JSONValue(number)]
        }
    }

    init?(json: JSONValue) {
        if let name = json["data"]?.string {
            self = .named(name)
        } else if let number = json["data"]?.int {
            self = .number(number)
        } else {
            return nil
        }
    }
}

extension SaveRequest {
    var json: JSONObject {
        var object: JSONObject = ["id": .string(id), "path": .string(path)]
        object["xml"] = xml.map { .string($0) }
        object["paused"] = isPaused.map { .bool($0) }
        return object
    }

    init(_ fields: RequestFields, _ format: SaveImage.Format) throws(VMError) {
        self.init(
            id: try fields.string("id"), path: try fields.absolutePath("path"), xml: fields.json["xml"]?.string,
            isPaused: fields.json["paused"]?.bool, format: format)
    }
}

extension DumpRequest {
    var json: JSONObject {
        var object: JSONObject = ["id": .string(id), "path": .string(path), "live": .bool(isLive)]
        object["format"] = format.map { .string($0) }
        object["after"] = after.map { .string($0) }
        return object
    }

    init(_ fields: RequestFields) throws(VMError) {
        self.init(
            id: try fields.string("id"), path: try fields.absolutePath("path"), format: fields.json["format"]?.string,
            isLive: fields.flag("live"), after: fields.json["after"]?.string)
    }
}
