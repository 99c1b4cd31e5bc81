public import VMCore
internal import VMJSON

extension HostEvent {
    /// What happened to a storage pool.
    public struct PoolChange: Sendable, Hashable {
        public enum Change: String, Sendable, CaseIterable {
            case defined, undefined, started, stopped, built, deleted
            /// Its volumes were looked at anew.
            case refreshed
        }

        public var name: String
        public var uuid: UUID
        public var change: Change

        public init(name: String, uuid: UUID, change: Change) {
            self.name = name
            self.uuid = uuid
            self.change = change
        }

        /// libvirt's `virStoragePoolEventLifecycleType`; nil for a refresh, which is an event of another kind.
        public var libvirtLifecycle: Int32? {
            switch change {
            case .defined: 0
            case .undefined: 1
            case .started: 2
            case .stopped: 3
            case .built: 4
            case .deleted: 5
            case .refreshed: nil
            }
        }
    }
}

extension HostEvent.PoolChange {
    var members: JSONObject {
        ["pool": .string(name), "pool_uuid": .string("\(uuid)"), "change": .string(change.rawValue)]
    }

    init?(_ x: JSONObject) {
        guard let name = x["pool"]?.string, let uuid = x["pool_uuid"]?.string.flatMap({ UUID($0) }),
            let change = x.choice("change", Change.self)
        else { return nil }
        self.init(name: name, uuid: uuid, change: change)
    }
}
