/// Devices of the host.
extension Remote {
    public static let nodeNumOfDevices = Procedure<NodeNumOfDevicesArguments, Int32>(111)
    public static let nodeListDevices = Procedure<NodeListDevicesArguments, List<String, UpTo65536>>(112)
    public static let nodeDeviceLookupByName = Procedure<String, NodeDeviceReference>(113)
    public static let nodeDeviceGetXMLDesc = Procedure<Flagged<String>, String>(114)
    public static let nodeDeviceGetParent = Procedure<String, String?>(115)
    public static let nodeDeviceNumOfCaps = Procedure<String, Int32>(116)
    public static let nodeDeviceListCaps = Procedure<NodeDeviceListCapsArguments, List<String, UpTo65536>>(117)
    public static let nodeDeviceDettach = Procedure<String, Nothing>(118)
    public static let nodeDeviceReAttach = Procedure<String, Nothing>(119)
    public static let nodeDeviceReset = Procedure<String, Nothing>(120)
    public static let nodeDeviceCreateXML = Procedure<Flagged<String>, NodeDeviceReference>(123)
    public static let nodeDeviceDestroy = Procedure<String, Nothing>(124)
    public static let connectListAllNodeDevices = Procedure<ListArguments, Listing<NodeDeviceReference, UpTo65536>>(285)
    public static let nodeDeviceLookupSCSIHostByWWN =
        Procedure<NodeDeviceLookupSCSIHostByWWNArguments, NodeDeviceReference>(297)
    public static let nodeDeviceDetachFlags = Procedure<NodeDeviceDetachFlagsArguments, Nothing>(301)
    public static let connectNodeDeviceEventRegisterAny = Procedure<EventRegistration<NodeDeviceReference>, Int32>(374)
    public static let connectNodeDeviceEventDeregisterAny = Procedure<Int32, Nothing>(375)
    public static let nodeDeviceEventLifecycle = RemoteEvent<Callback<LifecycleMessage<NodeDeviceReference>>>(376)
    public static let nodeDeviceEventUpdate = RemoteEvent<Callback<NodeDeviceReference>>(377)
    public static let nodeDeviceDefineXML = Procedure<Flagged<String>, NodeDeviceReference>(428)
    public static let nodeDeviceUndefine = Procedure<Flagged<String>, Nothing>(429)
    public static let nodeDeviceCreate = Procedure<Flagged<String>, Nothing>(430)
    public static let nodeDeviceGetAutostart = Procedure<String, Bool>(433)
    public static let nodeDeviceSetAutostart = Procedure<Autostart<String>, Nothing>(434)
    public static let nodeDeviceIsPersistent = Procedure<String, Bool>(435)
    public static let nodeDeviceIsActive = Procedure<String, Bool>(436)
    public static let nodeDeviceUpdate = Procedure<NodeDeviceUpdateArguments, Nothing>(447)
}

/// What `NODE_NUM_OF_DEVICES` takes.
public struct NodeNumOfDevicesArguments: XDRValue, Hashable {
    /// `pci`, `net`; absent for all devices.
    public var capability: String?
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&capability, &flags) }
}

/// What `NODE_LIST_DEVICES` takes.
public struct NodeListDevicesArguments: XDRValue, Hashable {
    /// `pci`, `net`; absent for all devices.
    public var capability: String?
    /// How many the client has room for.
    public var limit: Int32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&capability, &limit, &flags) }
}

/// What `NODE_DEVICE_LIST_CAPS` takes.
public struct NodeDeviceListCapsArguments: XDRValue, Hashable {
    public var name = ""
    /// How many the client has room for.
    public var limit: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&name, &limit) }
}

/// What `NODE_DEVICE_LOOKUP_SCSI_HOST_BY_WWN` takes.
public struct NodeDeviceLookupSCSIHostByWWNArguments: XDRValue, Hashable {
    public var nodeName = ""
    public var portName = ""
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&nodeName, &portName, &flags) }
}

/// What `NODE_DEVICE_DETACH_FLAGS` takes.
public struct NodeDeviceDetachFlagsArguments: XDRValue, Hashable {
    public var name = ""
    public var driver: String?
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&name, &driver, &flags) }
}

/// What `NODE_DEVICE_UPDATE` takes.
public struct NodeDeviceUpdateArguments: XDRValue, Hashable {
    public var name = ""
    public var xml = ""
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&name, &xml, &flags) }
}
