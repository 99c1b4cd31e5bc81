public import VMCore
internal import VMJSON

extension HostEvent {
    /// What happened to a secret. Its value is never part of it.
    public struct SecretChange: Sendable, Hashable {
        public enum Change: String, Sendable, CaseIterable {
            case defined, undefined
            case valueChanged = "value-changed"
        }

        public var uuid: UUID
        /// libvirt's `virSecretUsageType`.
        public var usageType: Int32
        public var usageID: String
        public var change: Change

        public init(uuid: UUID, usageType: Int32, usageID: String, change: Change) {
            self.uuid = uuid
            self.usageType = usageType
            self.usageID = usageID
            self.change = change
        }

        /// libvirt's `virSecretEventLifecycleType`; nil for a new value, which is an event of another kind.
        public var libvirtLifecycle: Int32? {
            switch change {
            case .defined: 0
            case .undefined: 1
            case .valueChanged: nil
            }
        }
    }
}

extension HostEvent.SecretChange {
    var members: JSONObject {
        [
            "secret": .string("\(uuid)"), "usage_type": .integer(Int64(usageType)), "usage": .string(usageID),
            "change": .string(change.rawValue),
        ]
    }

    init?(_ x: JSONObject) {
        guard let uuid = x["secret"]?.string.flatMap({ UUID($0) }),
            let type = x["usage_type"]?.int64.flatMap({ Int32(exactly: $0) }), let id = x["usage"]?.string,
            let change = x.choice("change", Change.self)
        else { return nil }
        self.init(uuid: uuid, usageType: type, usageID: id, change: change)
    }
}
