internal import QEMULauncher
internal import SupervisorProtocol
internal import Synchronization
internal import VMCore
internal import VMDomain
internal import VMJSON

/// A change of a running machine as it is written down before its first command, so that a supervisor that takes over can
/// complete it or take it back.
struct ChangeRecord: Sendable {
    struct Step: Sendable {
        var call: QMPCall
        var undo: QMPCall?
    }

    var steps: [Step]
    /// The live definition when the change is done.
    var xml: String
    /// The same as a value, where it is known.
    var domain: Domain?
    /// The device that shows whether the change is done; nil for settings, which can be made twice.
    var device: String?
    /// The block node whose place on top of a drive shows whether the change is done.
    var node: String?
    /// What the client's request comes to when this is done; nil when more is to follow.
    var completion: CompletedChange?

    init(_ change: HotplugChange, completion: CompletedChange?) {
        self.completion = completion
        steps = change.steps.map { Step(call: $0.call, undo: $0.undo) }
        xml = change.domain.xml
        domain = change.domain
        device = change.device
        node = change.node
    }

    var json: JSONObject {
        var object: JSONObject = [
            "steps": .array(
                steps.map { step in
                    var entry = step.call.json
                    entry["undo"] = step.undo.map { .object($0.json) }
                    return .object(entry)
                }), "xml": .string(xml),
        ]
        object["device"] = device.map { .string($0) }
        object["node"] = node.map { .string($0) }
        object["completion"] = completion.map { .object($0.json) }
        return object
    }

    init?(json: JSONValue) {
        guard let xml = json["xml"]?.string, let list = json["steps"]?.array else { return nil }
        steps = []
        for entry in list {
            guard let call = QMPCall(json: entry) else { return nil }
            steps.append(Step(call: call, undo: entry["undo"].flatMap { QMPCall(json: $0) }))
        }
        self.xml = xml
        device = json["device"]?.string
        node = json["node"]?.string
        completion = json["completion"].flatMap { CompletedChange(json: $0) }
    }
}

/// A client's change that has been made: kept until the next one, for a client that got no answer.
struct CompletedChange: Sendable {
    var id: String
    var outcome: EditOutcome

    init(id: String, outcome: EditOutcome) {
        self.id = id
        self.outcome = outcome
    }

    var json: JSONObject { ["id": .string(id), "outcome": .object(outcome.json)] }

    init?(json: JSONValue) {
        guard let id = json["id"]?.string else { return nil }
        self.id = id
        outcome = json["outcome"].flatMap { try? EditOutcome(json: $0) } ?? .done
    }

    func write(to folder: RuntimeFolder) {
        // Without it a client that got no answer is told what its change would come to now.
        try? Files.write(Array(json.description.utf8), to: folder.lastChange, durable: false)
    }

    static func read(_ folder: RuntimeFolder) -> CompletedChange? {
        (try? OwnFiles.read(folder.lastChange, limit: 1 << 20)).flatMap { try? JSONParser.parse($0) }
            .flatMap { CompletedChange(json: $0) }
    }
}

/// The changes of one machine: one runs, the others wait for their turn, since each is planned from the live definition
/// that the one before left.
struct ChangeQueue {
    var isBusy = false
    var waiting: [Supervisor.Order] = []
    /// What is done next, before those that wait: it belongs to what was begun already.
    var followUps: [() -> Void] = []
    /// A change of which isn't known how far it got, because QEMU stopped answering.
    var unsettled: ChangeRecord?
    var isSettling = false
    /// Devices that left while a change was under way, whose definition still has them.
    var departed: [String] = []
    /// Devices that QEMU has told the end of, which are still to be taken out of the definition.
    var announced: Set<String> = []
    /// Devices that were asked to leave and are gone from QEMU's list, and since when, though it hasn't told.
    var vanished: [String: Deadline] = [:]
    /// How often it is still to be looked, because a client has QEMU remove a device.
    var looksLeft = 0
    /// Whether it is to be looked which devices QEMU has no longer.
    var seeksDepartures = false
    /// Who waits for a device to leave.
    var leavers: [String: [(Result<Void, VMError>) -> Void]] = [:]
}

/// Open files that are closed unless somebody takes them.
final class DescriptorBox: Sendable {
    private let files: Mutex<[Int32]>

    init(_ files: [Int32]) { self.files = Mutex(files) }

    var count: Int { files.withLock { $0.count } }

    /// Adds one, which is closed here unless somebody takes it.
    func put(_ raw: Int32) { files.withLock { $0.append(raw) } }

    /// The next one, which the caller closes; none when there is none.
    func take() -> [Int32] { files.withLock { $0.isEmpty ? [] : [$0.removeFirst()] } }

    deinit { for raw in files.withLock({ $0 }) { _ = FileDescriptor(owning: raw) } }
}
