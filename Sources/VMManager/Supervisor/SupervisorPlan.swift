internal import QEMULauncher
internal import VMCore
internal import VMJSON

/// What a supervisor is told: everything to start one machine, or to take one over.
///
/// It comes in a file in memory and is kept in the runtime folder for a supervisor that takes over later. It holds
/// finished things only, so that the supervisor knows nothing of XML or planning.
struct SupervisorPlan: Sendable {
    var name: String
    var uuid: UUID
    var id: Int
    /// The folder of all machines' runtime folders.
    var runtime: String
    var log: String
    /// Where memory dumps go.
    var dumps: String
    /// The stored definition; when it is gone the machine leaves nothing behind at its end.
    var definition: String
    var executable: String
    var arguments: [String]
    /// The text of `qemu-qmp.conf`.
    var configuration: String
    var environment: [(name: String, value: String)]
    /// Numbers of further open files for QEMU; the supervisor has them under the same numbers.
    var descriptors: [Int32]
    /// The programs beside QEMU.
    var helpers: [HelperPlan] = []
    var policy: LifeCyclePolicy
    var isPaused: Bool
    /// Whether QEMU has to be asked for its pseudo terminals and VNC ports.
    var asksTerminals: Bool
    var asksVNC: Bool
    /// Seconds until a QEMU that doesn't answer is given up.
    var patience: Int
    /// Whether the machine ends with whoever holds the other end of ``leashDescriptor``.
    var isLeashed = false
    /// Take over a running QEMU instead of starting one.
    var adopts = false
    /// Whether QEMU reads its state from an open file before its CPUs run.
    var isRestored = false
    /// Processors, by their numbers, that were plugged in before the state was saved.
    var pluggedProcessors: [Int] = []
    /// What is set before the CPUs run because it has no option: limits, links, passwords.
    var settings: [QMPCall] = []
    /// The managed save image that is used up by this start.
    var managedSave: String?
    /// The folder of the user's programs for events.
    var hooks = ""

    var folder: RuntimeFolder { RuntimeFolder(base: runtime, uuid: uuid) }

    /// Descriptors that every supervisor inherits.
    static let planDescriptor: Int32 = 3
    static let lockDescriptor: Int32 = 4
    static let verdictDescriptor: Int32 = 5
    static let leashDescriptor: Int32 = 6
    /// QEMU's lock on its machine, under this number in QEMU.
    static let machineLockDescriptor: Int32 = 4

    var json: JSONObject {
        var object = base
        if isRestored { object["restored"] = true }
        if !pluggedProcessors.isEmpty {
            object["pluggedProcessors"] = .array(pluggedProcessors.map { JSONValue($0) })
        }
        if !settings.isEmpty { object["settings"] = .array(settings.map { .object($0.json) }) }
        object["managedSave"] = managedSave.map { .string($0) }
        object["hooks"] = .string(hooks)
        return object
    }

    private var base: JSONObject {
        [
            "name": .string(name), "uuid": .string(uuid.description), "id": JSONValue(id), "runtime": .string(runtime),
            "log": .string(log), "dumps": .string(dumps), "definition": .string(definition),
            "executable": .string(executable), "arguments": .array(arguments.map { .string($0) }),
            "configuration": .string(configuration),
            "environment": .array(environment.map { [.string($0.name), .string($0.value)] }),
            "descriptors": .array(descriptors.map { .integer(Int64($0)) }), "policy": policy.json,
            "paused": .bool(isPaused), "asksTerminals": .bool(asksTerminals), "asksVNC": .bool(asksVNC),
            "patience": JSONValue(patience), "helpers": .array(helpers.map(\.json)),
            "adopts": .bool(adopts), "leashed": .bool(isLeashed),
        ]
    }
}

extension SupervisorPlan {
    init(json: JSONValue) throws(VMError) {
        guard let name = json["name"]?.string, let uuid = (json["uuid"]?.string).flatMap({ UUID($0) }),
            let id = json["id"]?.int, let runtime = json["runtime"]?.string, let log = json["log"]?.string,
            let executable = json["executable"]?.string, let configuration = json["configuration"]?.string
        else { throw VMError(.internalError, "the supervisor's plan can't be read") }
        self.name = name
        self.uuid = uuid
        self.id = id
        self.runtime = runtime
        self.log = log
        dumps = json["dumps"]?.string ?? runtime
        definition = json["definition"]?.string ?? ""
        self.executable = executable
        arguments = (json["arguments"]?.array ?? []).compactMap(\.string)
        self.configuration = configuration
        environment = (json["environment"]?.array ?? []).compactMap { pair in
            guard let name = pair[0]?.string, let value = pair[1]?.string else { return nil }
            return (name, value)
        }
        descriptors = (json["descriptors"]?.array ?? []).compactMap { $0.int.flatMap { Int32(exactly: $0) } }
        helpers = (json["helpers"]?.array ?? []).compactMap { HelperPlan(json: $0) }
        policy = LifeCyclePolicy(json: json["policy"])
        isPaused = json["paused"]?.bool ?? false
        asksTerminals = json["asksTerminals"]?.bool ?? false
        asksVNC = json["asksVNC"]?.bool ?? false
        patience = json["patience"]?.int ?? 30
        adopts = json["adopts"]?.bool ?? false
        isLeashed = json["leashed"]?.bool ?? false
        isRestored = json["restored"]?.bool ?? false
        pluggedProcessors = (json["pluggedProcessors"]?.array ?? []).compactMap(\.int)
        settings = (json["settings"]?.array ?? []).compactMap { QMPCall(json: $0) }
        managedSave = json["managedSave"]?.string
        hooks = json["hooks"]?.string ?? ""
    }

    static func read(_ bytes: [UInt8]) throws(VMError) -> SupervisorPlan {
        try SupervisorPlan(json: JSONParser.parse(bytes))
    }
}
