public import VMCore

/// Secrets.
extension Remote {
    public static let connectNumOfSecrets = Procedure<Nothing, Int32>(139)
    public static let connectListSecrets = Procedure<Int32, List<String, UpTo16384>>(140)
    public static let secretLookupByUUID = Procedure<UUID, SecretReference>(141)
    public static let secretDefineXML = Procedure<Flagged<String>, SecretReference>(142)
    public static let secretGetXMLDesc = Procedure<Flagged<SecretReference>, String>(143)
    public static let secretSetValue = Procedure<SecretSetValueArguments, Nothing>(144)
    public static let secretGetValue = Procedure<Flagged<SecretReference>, Bytes<UpTo65536>>(145)
    public static let secretUndefine = Procedure<SecretReference, Nothing>(146)
    public static let secretLookupByUsage = Procedure<SecretLookupByUsageArguments, SecretReference>(147)
    public static let connectListAllSecrets = Procedure<ListArguments, Listing<SecretReference, UpTo16384>>(287)
    public static let connectSecretEventRegisterAny = Procedure<EventRegistration<SecretReference>, Int32>(380)
    public static let connectSecretEventDeregisterAny = Procedure<Int32, Nothing>(381)
    public static let secretEventLifecycle = RemoteEvent<Callback<LifecycleMessage<SecretReference>>>(382)
    public static let secretEventValueChanged = RemoteEvent<Callback<SecretReference>>(383)
}

/// What `SECRET_SET_VALUE` takes.
public struct SecretSetValueArguments: XDRValue, Hashable {
    public var secret = SecretReference()
    public var value: [UInt8] = []
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&secret)
        x.opaque(&value, limit: XDRLimit.secret)
        x.map(&flags)
    }
}

/// What `SECRET_LOOKUP_BY_USAGE` takes.
public struct SecretLookupByUsageArguments: XDRValue, Hashable {
    /// `virSecretUsageType`.
    public var usageType: Int32 = 0
    public var usageID = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&usageType, &usageID) }
}
