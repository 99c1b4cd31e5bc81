public import VMCore
internal import VMJSON

extension HostEvent {
    /// What happened to a virtual network.
    public struct NetworkChange: Sendable, Hashable {
        public enum Change: String, Sendable, CaseIterable {
            case defined, undefined, started, stopped
            /// A part of it was changed while it was active.
            case updated
            case metadata
        }

        public var name: String
        public var uuid: UUID
        public var change: Change
        /// metadata: libvirt's `virNetworkMetadataType`, and the namespace of an element.
        public var metadataType: Int32?
        public var namespace: String?

        public init(
            name: String, uuid: UUID, change: Change, metadataType: Int32? = nil, namespace: String? = nil
        ) {
            self.name = name
            self.uuid = uuid
            self.change = change
            self.metadataType = metadataType
            self.namespace = namespace
        }

        /// libvirt's `virNetworkEventLifecycleType`; nil for what libvirt has no such event for.
        public var libvirtLifecycle: Int32? {
            switch change {
            case .defined: 0
            case .undefined: 1
            case .started: 2
            case .stopped: 3
            case .updated, .metadata: nil
            }
        }
    }
}

extension HostEvent.NetworkChange {
    var members: JSONObject {
        var members: JSONObject = [
            "network": .string(name), "network_uuid": .string("\(uuid)"), "change": .string(change.rawValue),
        ]
        members["metadata_type"] = metadataType.map { .integer(Int64($0)) }
        members["namespace"] = namespace.map { .string($0) }
        return members
    }

    init?(_ x: JSONObject) {
        guard let name = x["network"]?.string, let uuid = x["network_uuid"]?.string.flatMap({ UUID($0) }),
            let change = x.choice("change", Change.self)
        else { return nil }
        self.init(
            name: name, uuid: uuid, change: change,
            metadataType: x["metadata_type"]?.int64.flatMap { Int32(exactly: $0) }, namespace: x["namespace"]?.string)
    }
}
