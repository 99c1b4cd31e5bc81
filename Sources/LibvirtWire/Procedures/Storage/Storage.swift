public import VMCore

/// Storage pools and volumes.
extension Remote {
    public static let connectNumOfStoragePools = Procedure<Nothing, Int32>(71)
    public static let connectListStoragePools = Procedure<Int32, List<String, UpTo16384>>(72)
    public static let connectNumOfDefinedStoragePools = Procedure<Nothing, Int32>(73)
    public static let connectListDefinedStoragePools = Procedure<Int32, List<String, UpTo16384>>(74)
    public static let connectFindStoragePoolSources = Procedure<ConnectFindStoragePoolSourcesArguments, String>(75)
    public static let storagePoolCreateXML = Procedure<Flagged<String>, StoragePoolReference>(76)
    public static let storagePoolDefineXML = Procedure<Flagged<String>, StoragePoolReference>(77)
    public static let storagePoolCreate = Procedure<Flagged<StoragePoolReference>, Nothing>(78)
    public static let storagePoolBuild = Procedure<Flagged<StoragePoolReference>, Nothing>(79)
    public static let storagePoolDestroy = Procedure<StoragePoolReference, Nothing>(80)
    public static let storagePoolDelete = Procedure<Flagged<StoragePoolReference>, Nothing>(81)
    public static let storagePoolUndefine = Procedure<StoragePoolReference, Nothing>(82)
    public static let storagePoolRefresh = Procedure<Flagged<StoragePoolReference>, Nothing>(83)
    public static let storagePoolLookupByName = Procedure<String, StoragePoolReference>(84)
    public static let storagePoolLookupByUUID = Procedure<UUID, StoragePoolReference>(85)
    public static let storagePoolLookupByVolume = Procedure<StorageVolumeReference, StoragePoolReference>(86)
    public static let storagePoolGetInfo = Procedure<StoragePoolReference, StoragePoolInfo>(87)
    public static let storagePoolGetXMLDesc = Procedure<Flagged<StoragePoolReference>, String>(88)
    public static let storagePoolGetAutostart = Procedure<StoragePoolReference, Bool>(89)
    public static let storagePoolSetAutostart = Procedure<Autostart<StoragePoolReference>, Nothing>(90)
    public static let storagePoolNumOfVolumes = Procedure<StoragePoolReference, Int32>(91)
    public static let storagePoolListVolumes = Procedure<StoragePoolListVolumesArguments, List<String, UpTo16384>>(92)
    public static let storageVolCreateXML = Procedure<StorageVolumeCreateXMLArguments, StorageVolumeReference>(93)
    public static let storageVolDelete = Procedure<Flagged<StorageVolumeReference>, Nothing>(94)
    public static let storageVolLookupByName = Procedure<StorageVolumeLookupByNameArguments, StorageVolumeReference>(95)
    public static let storageVolLookupByKey = Procedure<String, StorageVolumeReference>(96)
    public static let storageVolLookupByPath = Procedure<String, StorageVolumeReference>(97)
    public static let storageVolGetInfo = Procedure<StorageVolumeReference, StorageVolumeInfo>(98)
    public static let storageVolGetXMLDesc = Procedure<Flagged<StorageVolumeReference>, String>(99)
    public static let storageVolGetPath = Procedure<StorageVolumeReference, String>(100)
    public static let storageVolCreateXMLFrom =
        Procedure<StorageVolumeCreateXMLFromArguments, StorageVolumeReference>(125)
    public static let storagePoolIsActive = Procedure<StoragePoolReference, Bool>(154)
    public static let storagePoolIsPersistent = Procedure<StoragePoolReference, Bool>(155)
    public static let storageVolWipe = Procedure<Flagged<StorageVolumeReference>, Nothing>(165)
    public static let storageVolUpload = Procedure<StorageVolumeRange, Nothing>(208)
    public static let storageVolDownload = Procedure<StorageVolumeRange, Nothing>(209)
    public static let storageVolWipePattern = Procedure<StorageVolumeWipePatternArguments, Nothing>(259)
    public static let storageVolResize = Procedure<StorageVolumeResizeArguments, Nothing>(260)
    public static let connectListAllStoragePools =
        Procedure<ListArguments, Listing<StoragePoolReference, UpTo16384>>(281)
    public static let storagePoolListAllVolumes =
        Procedure<ChildListArguments<StoragePoolReference>, Listing<StorageVolumeReference, UpTo16384>>(282)
    public static let connectStoragePoolEventRegisterAny =
        Procedure<EventRegistration<StoragePoolReference>, Int32>(368)
    public static let connectStoragePoolEventDeregisterAny = Procedure<Int32, Nothing>(369)
    public static let storagePoolEventLifecycle = RemoteEvent<Callback<LifecycleMessage<StoragePoolReference>>>(370)
    public static let storagePoolEventRefresh = RemoteEvent<Callback<StoragePoolReference>>(373)
    public static let storageVolGetInfoFlags = Procedure<Flagged<StorageVolumeReference>, StorageVolumeInfo>(378)
    public static let storagePoolLookupByTargetPath = Procedure<String, StoragePoolReference>(391)
    public static let connectGetStoragePoolCapabilities = Procedure<UInt32, String>(403)
}

/// What `CONNECT_FIND_STORAGE_POOL_SOURCES` takes.
public struct ConnectFindStoragePoolSourcesArguments: XDRValue, Hashable {
    public var type = ""
    public var source: String?
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&type, &source, &flags) }
}

/// What `STORAGE_POOL_GET_INFO` answers.
public struct StoragePoolInfo: XDRValue, Hashable {
    /// `virStoragePoolState`.
    public var state: UInt8 = 0
    /// Bytes.
    public var capacity: UInt64 = 0
    /// Bytes.
    public var allocation: UInt64 = 0
    /// Bytes.
    public var available: UInt64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&state, &capacity, &allocation, &available) }
}

/// What `STORAGE_POOL_LIST_VOLUMES` takes.
public struct StoragePoolListVolumesArguments: XDRValue, Hashable {
    public var pool = StoragePoolReference()
    /// How many the client has room for.
    public var limit: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&pool, &limit) }
}

/// What `STORAGE_VOL_CREATE_XML` takes.
public struct StorageVolumeCreateXMLArguments: XDRValue, Hashable {
    public var pool = StoragePoolReference()
    public var xml = ""
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&pool, &xml, &flags) }
}

/// What `STORAGE_VOL_LOOKUP_BY_NAME` takes.
public struct StorageVolumeLookupByNameArguments: XDRValue, Hashable {
    public var pool = StoragePoolReference()
    public var name = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&pool, &name) }
}

/// What `STORAGE_VOL_GET_INFO` and `STORAGE_VOL_GET_INFO_FLAGS` answer.
public struct StorageVolumeInfo: XDRValue, Hashable {
    /// `virStorageVolType`.
    public var type: UInt8 = 0
    /// Bytes.
    public var capacity: UInt64 = 0
    /// Bytes.
    public var allocation: UInt64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&type, &capacity, &allocation) }
}

/// What `STORAGE_VOL_CREATE_XML_FROM` takes.
public struct StorageVolumeCreateXMLFromArguments: XDRValue, Hashable {
    public var pool = StoragePoolReference()
    public var xml = ""
    public var source = StorageVolumeReference()
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&pool, &xml, &source, &flags) }
}

/// What `STORAGE_VOL_UPLOAD` and `STORAGE_VOL_DOWNLOAD` take. Flag 1: zeros may travel as holes.
public struct StorageVolumeRange: XDRValue, Hashable {
    public var volume = StorageVolumeReference()
    /// Bytes.
    public var offset: UInt64 = 0
    /// Bytes; 0 for all.
    public var length: UInt64 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&volume, &offset, &length, &flags) }
}

/// What `STORAGE_VOL_WIPE_PATTERN` takes.
public struct StorageVolumeWipePatternArguments: XDRValue, Hashable {
    public var volume = StorageVolumeReference()
    public var algorithm: UInt32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&volume, &algorithm, &flags) }
}

/// What `STORAGE_VOL_RESIZE` takes.
public struct StorageVolumeResizeArguments: XDRValue, Hashable {
    public var volume = StorageVolumeReference()
    /// Bytes.
    public var capacity: UInt64 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&volume, &capacity, &flags) }
}
