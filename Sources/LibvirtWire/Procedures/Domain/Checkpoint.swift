/// Checkpoints of disks, and backups.
extension Remote {
    public static let domainCheckpointCreateXML = Procedure<DomainXMLFlags, CheckpointReference>(411)
    public static let domainCheckpointGetXMLDesc = Procedure<Flagged<CheckpointReference>, String>(
        412, .writes("virDomainCheckpointGetXMLDesc with secure flag") { $0.flags & 1 != 0 })
    public static let domainListAllCheckpoints =
        Procedure<ChildListArguments<DomainReference>, Listing<CheckpointReference, UpTo16384>>(413)
    public static let domainCheckpointListAllChildren =
        Procedure<ChildListArguments<CheckpointReference>, Listing<CheckpointReference, UpTo16384>>(414)
    public static let domainCheckpointLookupByName = Procedure<DomainNameFlags, CheckpointReference>(415)
    public static let domainCheckpointGetParent = Procedure<Flagged<CheckpointReference>, CheckpointReference>(416)
    public static let domainCheckpointDelete = Procedure<Flagged<CheckpointReference>, Nothing>(417)
    public static let domainBackupBegin = Procedure<DomainBackupBeginArguments, Nothing>(421)
    public static let domainBackupGetXMLDesc = Procedure<Flagged<DomainReference>, String>(422)
}

/// What `DOMAIN_BACKUP_BEGIN` takes.
public struct DomainBackupBeginArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var backup = ""
    public var checkpoint: String?
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &backup, &checkpoint, &flags) }
}
