public import VMCore

/// Virtual networks and their ports.
extension Remote {
    public static let connectListDefinedNetworks = Procedure<Int32, List<String, UpTo16384>>(36)
    public static let connectListNetworks = Procedure<Int32, List<String, UpTo16384>>(38)
    public static let networkCreate = Procedure<NetworkReference, Nothing>(39)
    public static let networkCreateXML = Procedure<String, NetworkReference>(40)
    public static let networkDefineXML = Procedure<String, NetworkReference>(41)
    public static let networkDestroy = Procedure<NetworkReference, Nothing>(42)
    public static let networkGetXMLDesc = Procedure<Flagged<NetworkReference>, String>(43)
    public static let networkGetAutostart = Procedure<NetworkReference, Bool>(44)
    public static let networkGetBridgeName = Procedure<NetworkReference, String>(45)
    public static let networkLookupByName = Procedure<String, NetworkReference>(46)
    public static let networkLookupByUUID = Procedure<UUID, NetworkReference>(47)
    public static let networkSetAutostart = Procedure<Autostart<NetworkReference>, Nothing>(48)
    public static let networkUndefine = Procedure<NetworkReference, Nothing>(49)
    public static let connectNumOfDefinedNetworks = Procedure<Nothing, Int32>(50)
    public static let connectNumOfNetworks = Procedure<Nothing, Int32>(52)
    public static let networkIsActive = Procedure<NetworkReference, Bool>(152)
    public static let networkIsPersistent = Procedure<NetworkReference, Bool>(153)
    public static let connectListAllNetworks = Procedure<ListArguments, Listing<NetworkReference, UpTo16384>>(283)
    public static let networkUpdate = Procedure<NetworkUpdateArguments, Nothing>(291)
    public static let connectNetworkEventRegisterAny = Procedure<EventRegistration<NetworkReference>, Int32>(313)
    public static let connectNetworkEventDeregisterAny = Procedure<Int32, Nothing>(314)
    public static let networkEventLifecycle = RemoteEvent<Callback<LifecycleMessage<NetworkReference>>>(315)
    public static let networkGetDHCPLeases =
        Procedure<NetworkGetDHCPLeasesArguments, Listing<DHCPLease, UpTo65536>>(341)
    public static let networkListAllPorts =
        Procedure<ChildListArguments<NetworkReference>, Listing<NetworkPortReference, UpTo16384>>(404)
    public static let networkPortLookupByUUID = Procedure<NetworkPortLookupByUUIDArguments, NetworkPortReference>(405)
    public static let networkPortCreateXML = Procedure<NetworkPortCreateXMLArguments, NetworkPortReference>(406)
    public static let networkPortGetParameters =
        Procedure<ParameterQuery<NetworkPortReference>, Listing<TypedParameter, UpTo16>>(407)
    public static let networkPortSetParameters = Procedure<Parameters<NetworkPortReference, UpTo16>, Nothing>(408)
    public static let networkPortGetXMLDesc = Procedure<Flagged<NetworkPortReference>, String>(409)
    public static let networkPortDelete = Procedure<Flagged<NetworkPortReference>, Nothing>(410)
    public static let networkDefineXMLFlags = Procedure<Flagged<String>, NetworkReference>(432)
    public static let networkCreateXMLFlags = Procedure<Flagged<String>, NetworkReference>(437)
    public static let networkSetMetadata = Procedure<NetworkSetMetadataArguments, Nothing>(444)
    public static let networkGetMetadata = Procedure<NetworkGetMetadataArguments, String>(445)
    public static let networkEventCallbackMetadataChange = RemoteEvent<Callback<NetworkMetadataChangeMessage>>(446)
}

/// What `NETWORK_UPDATE` takes.
public struct NetworkUpdateArguments: XDRValue, Hashable {
    public var network = NetworkReference()
    /// `virNetworkUpdateCommand`.
    public var command: UInt32 = 0
    /// `virNetworkUpdateSection`.
    public var section: UInt32 = 0
    /// -1 where it doesn't matter.
    public var parentIndex: Int32 = 0
    public var xml = ""
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&network, &command, &section, &parentIndex, &xml, &flags) }
}

/// What `NETWORK_GET_DHCP_LEASES` takes.
public struct NetworkGetDHCPLeasesArguments: XDRValue, Hashable {
    public var network = NetworkReference()
    public var mac: String?
    public var needsResults = false
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&network, &mac, &needsResults, &flags) }
}

/// What `NETWORK_PORT_LOOKUP_BY_UUID` takes.
public struct NetworkPortLookupByUUIDArguments: XDRValue, Hashable {
    public var network = NetworkReference()
    public var uuid = UUID()

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&network, &uuid) }
}

/// What `NETWORK_PORT_CREATE_XML` takes.
public struct NetworkPortCreateXMLArguments: XDRValue, Hashable {
    public var network = NetworkReference()
    public var xml = ""
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&network, &xml, &flags) }
}

/// What `NETWORK_SET_METADATA` takes.
public struct NetworkSetMetadataArguments: XDRValue, Hashable {
    public var network = NetworkReference()
    /// `virNetworkMetadataType`.
    public var type: Int32 = 0
    public var metadata: String?
    public var key: String?
    public var uri: String?
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&network, &type, &metadata, &key, &uri, &flags) }
}

/// What `NETWORK_GET_METADATA` takes.
public struct NetworkGetMetadataArguments: XDRValue, Hashable {
    public var network = NetworkReference()
    /// `virNetworkMetadataType`.
    public var type: Int32 = 0
    public var uri: String?
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&network, &type, &uri, &flags) }
}

/// What `NETWORK_EVENT_CALLBACK_METADATA_CHANGE` tells.
public struct NetworkMetadataChangeMessage: XDRValue, Hashable {
    public var network = NetworkReference()
    /// `virNetworkMetadataType`.
    public var type: Int32 = 0
    /// Of a custom element, its namespace.
    public var namespace: String?

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&network, &type, &namespace) }
}

/// `remote_network_dhcp_lease`.
public struct DHCPLease: XDRValue, Hashable {
    public var interface = ""
    /// Seconds since 1970.
    public var expiry: Int64 = 0
    /// `virIPAddrType`.
    public var type: Int32 = 0
    public var mac: String?
    public var iaid: String?
    public var address = ""
    public var prefix: UInt32 = 0
    public var hostname: String?
    public var clientID: String?

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&interface, &expiry, &type, &mac, &iaid, &address)
        x.map(&prefix, &hostname, &clientID)
    }
}
