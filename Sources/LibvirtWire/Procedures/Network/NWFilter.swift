public import VMCore

/// Network filters and where they are bound.
extension Remote {
    public static let nwFilterLookupByName = Procedure<String, NWFilterReference>(175)
    public static let nwFilterLookupByUUID = Procedure<UUID, NWFilterReference>(176)
    public static let nwFilterGetXMLDesc = Procedure<Flagged<NWFilterReference>, String>(177)
    public static let connectNumOfNWFilters = Procedure<Nothing, Int32>(178)
    public static let connectListNWFilters = Procedure<Int32, List<String, UpTo16384>>(179)
    public static let nwFilterDefineXML = Procedure<String, NWFilterReference>(180)
    public static let nwFilterUndefine = Procedure<NWFilterReference, Nothing>(181)
    public static let connectListAllNWFilters = Procedure<ListArguments, Listing<NWFilterReference, UpTo16384>>(286)
    public static let nwFilterBindingLookupByPortDev = Procedure<String, NWFilterBindingReference>(397)
    public static let nwFilterBindingGetXMLDesc = Procedure<Flagged<NWFilterBindingReference>, String>(398)
    public static let nwFilterBindingCreateXML = Procedure<Flagged<String>, NWFilterBindingReference>(399)
    public static let nwFilterBindingDelete = Procedure<NWFilterBindingReference, Nothing>(400)
    public static let connectListAllNWFilterBindings =
        Procedure<ListArguments, Listing<NWFilterBindingReference, UpTo16384>>(401)
    public static let nwFilterDefineXMLFlags = Procedure<Flagged<String>, NWFilterReference>(431)
}
