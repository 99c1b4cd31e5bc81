public import VMDomain
internal import VMJSON

/// One thing done to a running machine: commands, how to take each back, and the live definition afterwards.
public struct HotplugChange: Sendable {
    /// In order; each with what undoes it, where something does.
    public var steps: [Step]
    /// The machine when all are done.
    public var domain: Domain
    /// The name of the device that is there when the change is done and isn't otherwise.
    public var device: String?
    /// The block node that a drive has on top when the change is done.
    public var node: String?

    public struct Step: Sendable {
        public var call: QMPCall
        public var undo: QMPCall?
        /// The secret that has to be in the file which the call names.
        public var secret: SecretSource?

        public init(_ call: QMPCall, undo: QMPCall? = nil) {
            self.call = call
            self.undo = undo
        }
    }

    public init(steps: [Step], domain: Domain, device: String? = nil) {
        self.steps = steps
        self.domain = domain
        self.device = device
    }
}

extension Hotplug {
    /// What gives a running machine one more thread for I/O, and what takes it away.
    public static func addition(of thread: IOThread) -> HotplugChange.Step {
        let call = QMPCall("object-add", IOThreadOptions.properties(of: thread))
        return HotplugChange.Step(call, undo: call.opposite)
    }
}

extension QMPCall {
    /// What takes an addition back.
    var opposite: QMPCall? {
        func with(_ command: String, _ key: String) -> QMPCall? {
            arguments[key].map { QMPCall(command, [key: $0]) }
        }
        switch command {
        case "device_add": return with("device_del", "id")
        case "blockdev-add": return with("blockdev-del", "node-name")
        case "netdev_add": return with("netdev_del", "id")
        case "object-add": return with("object-del", "id")
        case "chardev-add": return with("chardev-remove", "id")
        default: return nil
        }
    }
}
