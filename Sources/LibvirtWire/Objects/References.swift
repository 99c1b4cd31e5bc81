public import VMCore

/// `remote_nonnull_domain`. In arguments only the UUID counts: name and ID may be stale.
public struct DomainReference: XDRValue, Hashable {
    public var name = ""
    public var uuid = UUID()
    /// -1 for a domain that isn't active.
    public var id: Int32 = -1

    public init() {}

    public init(name: String, uuid: UUID, id: Int32 = -1) {
        self.name = name
        self.uuid = uuid
        self.id = id
    }

    public mutating func map(_ x: inout XDRMapper) { x.map(&name, &uuid, &id) }
}

/// `remote_nonnull_domain_snapshot`.
public struct SnapshotReference: XDRValue, Hashable {
    public var name = ""
    public var domain = DomainReference()

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&name, &domain) }
}

/// `remote_nonnull_domain_checkpoint`.
public struct CheckpointReference: XDRValue, Hashable {
    public var name = ""
    public var domain = DomainReference()

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&name, &domain) }
}

/// `remote_nonnull_network`.
public struct NetworkReference: XDRValue, Hashable {
    public var name = ""
    public var uuid = UUID()

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&name, &uuid) }
}

/// `remote_nonnull_network_port`.
public struct NetworkPortReference: XDRValue, Hashable {
    public var network = NetworkReference()
    public var uuid = UUID()

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&network, &uuid) }
}

/// `remote_nonnull_nwfilter`.
public struct NWFilterReference: XDRValue, Hashable {
    public var name = ""
    public var uuid = UUID()

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&name, &uuid) }
}

/// `remote_nonnull_nwfilter_binding`.
public struct NWFilterBindingReference: XDRValue, Hashable {
    /// The tap device of the guest's interface.
    public var portDevice = ""
    public var filterName = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&portDevice, &filterName) }
}

/// `remote_nonnull_interface`.
public struct InterfaceReference: XDRValue, Hashable {
    public var name = ""
    public var mac = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&name, &mac) }
}

/// `remote_nonnull_storage_pool`.
public struct StoragePoolReference: XDRValue, Hashable {
    public var name = ""
    public var uuid = UUID()

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&name, &uuid) }
}

/// `remote_nonnull_storage_vol`.
public struct StorageVolumeReference: XDRValue, Hashable {
    public var pool = ""
    public var name = ""
    /// What it is known by in all pools; its path in most.
    public var key = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&pool, &name, &key) }
}

/// `remote_nonnull_node_device`.
public struct NodeDeviceReference: XDRValue, Hashable {
    public var name = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&name) }
}

/// `remote_nonnull_secret`.
public struct SecretReference: XDRValue, Hashable {
    public var uuid = UUID()
    /// `virSecretUsageType`: 0 none, 1 volume, 2 Ceph, 3 iSCSI, 4 TLS, 5 vTPM.
    public var usageType: Int32 = 0
    public var usageID = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&uuid, &usageType, &usageID) }
}
