internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMJSON

/// A change of a running machine, as the client asks for it and as it is written down before its first command.
struct ChangeRecord: Sendable {
    struct Step: Sendable {
        var call: QMPCall
        var undo: QMPCall?
    }

    var steps: [Step]
    /// The live definition when the change is done.
    var xml: String
    /// The device that shows whether the change is done; nil for settings, which can be made twice.
    var device: String?

    init(steps: [Step], xml: String, device: String?) {
        self.steps = steps
        self.xml = xml
        self.device = device
    }

    init(_ change: HotplugChange) {
        steps = change.steps.map { Step(call: $0.call, undo: $0.undo) }
        xml = change.domain.xml
        device = change.device
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
        return object
    }

    init?(json: JSONValue) {
        guard let xml = json["xml"]?.string, let list = json["steps"]?.array else { return nil }
        var steps: [Step] = []
        for entry in list {
            guard let call = QMPCall(json: entry) else { return nil }
            steps.append(Step(call: call, undo: entry["undo"].flatMap { QMPCall(json: $0) }))
        }
        self.init(steps: steps, xml: xml, device: json["device"]?.string)
    }
}

extension QMPCall {
    var json: JSONObject { ["execute": .string(command), "arguments": .object(arguments)] }

    init?(json: JSONValue) {
        guard let command = json["execute"]?.string else { return nil }
        self.init(command, json["arguments"]?.object ?? [:])
    }
}

/// Changes wait for each other: each is planned from the live definition that the one before left.
struct ChangeQueue {
    var isBusy = false
    var waiting: [() -> Void] = []
    /// A change of which isn't known how far it got, because QEMU stopped answering.
    var unsettled: ChangeRecord?
    var isSettling = false
    /// Devices that left while a change was under way, whose definition still has them.
    var departed: [String] = []
    /// Who waits for a device to leave.
    var leavers: [String: [(Result<Void, VMError>) -> Void]] = [:]
}
