/// Snapshots of domains.
extension Remote {
    public static let domainSnapshotCreateXML = Procedure<DomainXMLFlags, SnapshotReference>(185)
    public static let domainSnapshotGetXMLDesc = Procedure<Flagged<SnapshotReference>, String>(
        186, .writes("virDomainSnapshotGetXMLDesc with secure flag") { $0.flags & 1 != 0 })
    public static let domainSnapshotNum = Procedure<Flagged<DomainReference>, Int32>(187)
    public static let domainSnapshotListNames =
        Procedure<DomainSnapshotListNamesArguments, List<String, UpTo16384>>(188)
    public static let domainSnapshotLookupByName = Procedure<DomainNameFlags, SnapshotReference>(189)
    public static let domainHasCurrentSnapshot = Procedure<Flagged<DomainReference>, Bool>(190)
    public static let domainSnapshotCurrent = Procedure<Flagged<DomainReference>, SnapshotReference>(191)
    public static let domainRevertToSnapshot = Procedure<Flagged<SnapshotReference>, Nothing>(192)
    public static let domainSnapshotDelete = Procedure<Flagged<SnapshotReference>, Nothing>(193)
    public static let domainSnapshotGetParent = Procedure<Flagged<SnapshotReference>, SnapshotReference>(244)
    public static let domainSnapshotNumChildren = Procedure<Flagged<SnapshotReference>, Int32>(246)
    public static let domainSnapshotListChildrenNames =
        Procedure<DomainSnapshotListChildrenNamesArguments, List<String, UpTo16384>>(247)
    public static let domainSnapshotIsCurrent = Procedure<Flagged<SnapshotReference>, Bool>(271)
    public static let domainSnapshotHasMetadata = Procedure<Flagged<SnapshotReference>, Bool>(272)
    public static let domainListAllSnapshots =
        Procedure<ChildListArguments<DomainReference>, Listing<SnapshotReference, UpTo16384>>(274)
    public static let domainSnapshotListAllChildren =
        Procedure<ChildListArguments<SnapshotReference>, Listing<SnapshotReference, UpTo16384>>(275)
}

/// What `DOMAIN_SNAPSHOT_LIST_NAMES` takes.
public struct DomainSnapshotListNamesArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// How many the client has room for.
    public var limit: Int32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &limit, &flags) }
}

/// What `DOMAIN_SNAPSHOT_LIST_CHILDREN_NAMES` takes.
public struct DomainSnapshotListChildrenNamesArguments: XDRValue, Hashable {
    public var snapshot = SnapshotReference()
    /// How many the client has room for.
    public var limit: Int32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&snapshot, &limit, &flags) }
}
