/// Network interfaces of the host.
extension Remote {
    public static let connectNumOfInterfaces = Procedure<Nothing, Int32>(126)
    public static let connectListInterfaces = Procedure<Int32, List<String, UpTo16384>>(127)
    public static let interfaceLookupByName = Procedure<String, InterfaceReference>(128)
    public static let interfaceLookupByMACString = Procedure<String, InterfaceReference>(129)
    public static let interfaceGetXMLDesc = Procedure<Flagged<InterfaceReference>, String>(130)
    public static let interfaceDefineXML = Procedure<Flagged<String>, InterfaceReference>(131)
    public static let interfaceUndefine = Procedure<InterfaceReference, Nothing>(132)
    public static let interfaceCreate = Procedure<Flagged<InterfaceReference>, Nothing>(133)
    public static let interfaceDestroy = Procedure<Flagged<InterfaceReference>, Nothing>(134)
    public static let connectNumOfDefinedInterfaces = Procedure<Nothing, Int32>(137)
    public static let connectListDefinedInterfaces = Procedure<Int32, List<String, UpTo16384>>(138)
    public static let interfaceIsActive = Procedure<InterfaceReference, Bool>(156)
    public static let interfaceChangeBegin = Procedure<UInt32, Nothing>(220)
    public static let interfaceChangeCommit = Procedure<UInt32, Nothing>(221)
    public static let interfaceChangeRollback = Procedure<UInt32, Nothing>(222)
    public static let connectListAllInterfaces = Procedure<ListArguments, Listing<InterfaceReference, UpTo16384>>(284)
}
