package import QEMULauncher
package import VMCore
package import VMJSON

/// What a supervisor is told: everything to start one machine, or to take one over.
///
/// It comes in a file in memory and is kept in the runtime folder for a supervisor that takes over later. It holds
/// finished things only, so that the supervisor knows nothing of XML or planning.
package struct SupervisorPlan: Sendable {
    package var name: String
    package var uuid: UUID
    package var id: Int
    /// The folder of all machines' runtime folders.
    package var runtime: String
    package var log: String
    /// Where memory dumps go.
    package var dumps: String
    /// The stored definition; when it is gone the machine leaves nothing behind at its end.
    package var definition: String
    package var executable: String
    package var arguments: [String]
    /// The text of `qemu-qmp.conf`.
    package var configuration: String
    package var environment: [(name: String, value: String)]
    /// Numbers of further open files for QEMU; the supervisor has them under the same numbers.
    package var descriptors: [Int32]
    /// The programs beside QEMU.
    package var helpers: [HelperPlan] = []
    package var policy: LifeCyclePolicy
    package var isPaused: Bool
    /// Whether QEMU has to be asked for its pseudo terminals and VNC ports.
    package var asksTerminals: Bool
    package var asksVNC: Bool
    /// Seconds until a QEMU that doesn't answer is given up.
    package var patience: Int
    /// Whether the machine ends with whoever holds the other end of ``leashDescriptor``.
    package var isLeashed = false
    /// Take over a running QEMU instead of starting one.
    package var adopts = false
    /// Whether QEMU reads its state from an open file before its CPUs run.
    package var isRestored = false
    /// Processors, by their numbers, that were plugged in before the state was saved.
    package var pluggedProcessors: [Int] = []
    /// What is set before the CPUs run because it has no option: limits, links, passwords.
    package var settings: [QMPCall] = []
    /// The managed save image that is used up by this start.
    package var managedSave: String?
    /// The snapshot in the machine's images that QEMU reads its state from, where that is in no file.
    package var snapshot: SnapshotLoad?
    /// The folder of the user's programs for events.
    package var hooks = ""
    /// Where this user's files are kept.
    package var paths: UserPaths
    /// How many supervisors before this one have ended soon, one after the other; not kept.
    package var failures = 0
    /// As whom QEMU runs, and what it may use.
    package var confinement = QEMUConfinement()
    /// The file in which a failure of the machine is kept; empty for none.
    package var failureRecord = ""
    /// The PCI devices of the host that the machine has, and those of them that are taken from the host's drivers.
    package var hostDevices: [String] = []
    package var managedDevices: [String] = []
    /// The folder that stands for the `/` of the host's devices; empty for the host itself.
    package var systemRoot = ""
    /// How many bytes QEMU may keep from being swapped out; nil for what everybody may.
    package var lockedMemory: UInt64?
    /// What a control group is to limit.
    package var limits = ResourceLimits()
    /// The folder of a control group of version 2 in which the machine's is made; nil looks for a place.
    package var controlGroupParent: String?
    /// Where in the host's tree of control groups root's machine is.
    package var partition = ControlGroupPlace.standardPartition

    package init(
        name: String, uuid: UUID, id: Int, paths: UserPaths, log: String, definition: String, executable: String,
        arguments: [String], configuration: String, environment: [(name: String, value: String)],
        descriptors: [Int32], helpers: [HelperPlan] = [], policy: LifeCyclePolicy, isPaused: Bool, patience: Int
    ) {
        self.name = name
        self.uuid = uuid
        self.id = id
        self.paths = paths
        runtime = paths.runtime
        self.log = log
        dumps = paths.state + "/dump"
        self.definition = definition
        self.executable = executable
        self.arguments = arguments
        self.configuration = configuration
        self.environment = environment
        self.descriptors = descriptors
        self.helpers = helpers
        self.policy = policy
        self.isPaused = isPaused
        // A file of options that the user names could hold either.
        let hasForeignOptions = arguments.count { $0 == "-readconfig" } > 1
        asksTerminals = hasForeignOptions || arguments.contains { $0.contains("pty") }
        asksVNC = hasForeignOptions || arguments.contains { $0.contains("vnc") }
        self.patience = patience
    }

    package var folder: RuntimeFolder { RuntimeFolder(base: runtime, uuid: uuid) }

    /// The hidden verb by which a program is asked to be a supervisor.
    package static let verb = "__supervise"

    /// The word behind the verb. What follows it tells people who look at a list of processes which machine it is about.
    package enum Task: String, Sendable {
        /// Start a machine by the plan that is inherited.
        case start
        /// Mend a machine whose supervisor is gone.
        case mend
        /// Wait until that is needed.
        case keep
        /// Be a virtual network by the plan that is inherited.
        case network
    }

    /// Descriptors that every supervisor inherits.
    package static let planDescriptor: Int32 = 3
    package static let lockDescriptor: Int32 = 4
    package static let verdictDescriptor: Int32 = 5
    package static let leashDescriptor: Int32 = 6
    /// QEMU's and the supervisor's: the saved state that a start goes on from.
    package static let stateDescriptor: Int32 = 12
    /// QEMU's lock on its machine, under this number in QEMU.
    package static let machineLockDescriptor: Int32 = 4

    package var json: JSONObject {
        var object = base
        if isRestored { object["restored"] = true }
        if !pluggedProcessors.isEmpty {
            object["pluggedProcessors"] = .array(pluggedProcessors.map { JSONValue($0) })
        }
        if !settings.isEmpty { object["settings"] = .array(settings.map { .object($0.json) }) }
        object["managedSave"] = managedSave.map { .string($0) }
        object["snapshot"] = snapshot.map { .object($0.json) }
        object["hooks"] = .string(hooks)
        object["paths"] = .object(paths.json)
        object["failureRecord"] = .string(failureRecord)
        object["confinement"] = .object(confinement.json)
        if !hostDevices.isEmpty { object["hostDevices"] = .array(hostDevices.map { .string($0) }) }
        if !managedDevices.isEmpty { object["managedDevices"] = .array(managedDevices.map { .string($0) }) }
        object["systemRoot"] = .string(systemRoot)
        object["lockedMemory"] = lockedMemory.map { JSONValue($0) }
        if !limits.isEmpty { object["limits"] = limits.json }
        object["controlGroupParent"] = controlGroupParent.map { .string($0) }
        object["partition"] = .string(partition)
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
    package init(json: JSONValue) throws(VMError) {
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
        patience = min(max(json["patience"]?.int ?? 30, 1), 86400)
        adopts = json["adopts"]?.bool ?? false
        isLeashed = json["leashed"]?.bool ?? false
        isRestored = json["restored"]?.bool ?? false
        pluggedProcessors = (json["pluggedProcessors"]?.array ?? []).compactMap(\.int)
        settings = (json["settings"]?.array ?? []).compactMap { QMPCall(json: $0) }
        managedSave = json["managedSave"]?.string
        snapshot = json["snapshot"].flatMap { SnapshotLoad(json: $0) }
        hooks = json["hooks"]?.string ?? ""
        // Plans of older versions have none.
        let kept = json["paths"].flatMap { UserPaths(json: $0) }
        paths = if let kept { kept } else { try .current() }
        failureRecord = json["failureRecord"]?.string ?? ""
        confinement = json["confinement"].flatMap { QEMUConfinement(json: $0) } ?? QEMUConfinement()
        hostDevices = (json["hostDevices"]?.array ?? []).compactMap(\.string)
        managedDevices = (json["managedDevices"]?.array ?? []).compactMap(\.string)
        systemRoot = json["systemRoot"]?.string ?? ""
        lockedMemory = json["lockedMemory"]?.uint64
        limits = try ResourceLimits(json: json["limits"])
        controlGroupParent = json["controlGroupParent"]?.string
        partition = json["partition"]?.string ?? ControlGroupPlace.standardPartition
    }

    package static func read(_ bytes: [UInt8]) throws(VMError) -> SupervisorPlan {
        try SupervisorPlan(json: JSONParser.parse(bytes))
    }
}

extension UserPaths {
    var json: JSONObject {
        [
            "domains": .string(domains), "state": .string(state), "logs": .string(logs), "cache": .string(cache),
            "runtime": .string(runtime),
        ]
    }

    init?(json: JSONValue) {
        guard let domains = json["domains"]?.string, let state = json["state"]?.string,
            let logs = json["logs"]?.string, let cache = json["cache"]?.string, let runtime = json["runtime"]?.string
        else { return nil }
        self.init(domains: domains, state: state, logs: logs, cache: cache, runtime: runtime)
    }
}
