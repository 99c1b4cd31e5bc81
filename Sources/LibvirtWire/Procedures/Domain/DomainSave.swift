/// Saved states, managed or not, and core dumps.
extension Remote {
    public static let domainCoreDump = Procedure<DomainPathFlags, Nothing>(53)
    public static let domainRestore = Procedure<String, Nothing>(54)
    public static let domainSave = Procedure<DomainPath, Nothing>(55)
    public static let domainMemoryPeek = Procedure<DomainMemoryPeekArguments, Bytes<UpTo4MiB>>(104)
    public static let domainManagedSave = Procedure<Flagged<DomainReference>, Nothing>(182)
    public static let domainHasManagedSaveImage = Procedure<Flagged<DomainReference>, Bool>(183)
    public static let domainManagedSaveRemove = Procedure<Flagged<DomainReference>, Nothing>(184)
    public static let domainSaveFlags = Procedure<DomainSaveFlagsArguments, Nothing>(232)
    public static let domainRestoreFlags = Procedure<DomainRestoreFlagsArguments, Nothing>(233)
    public static let domainSaveImageGetXMLDesc = Procedure<Flagged<String>, String>(235)
    public static let domainSaveImageDefineXML = Procedure<DomainSaveImageDefineXMLArguments, Nothing>(236)
    public static let domainCoreDumpWithFormat = Procedure<DomainCoreDumpWithFormatArguments, Nothing>(334)
    public static let domainManagedSaveGetXMLDesc = Procedure<Flagged<DomainReference>, String>(
        388, .writes("virDomainManagedSaveGetXMLDesc with secure flag") { $0.flags & 1 != 0 })
    public static let domainManagedSaveDefineXML = Procedure<DomainManagedSaveDefineXMLArguments, Nothing>(389)
    public static let domainSaveParams = Procedure<Parameters<DomainReference, UpTo64>, Nothing>(440)
    public static let domainRestoreParams = Procedure<FlaggedParameters<UpTo64>, Nothing>(441)
}

/// What `DOMAIN_MEMORY_PEEK` takes.
public struct DomainMemoryPeekArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var offset: UInt64 = 0
    public var size: UInt32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &offset, &size, &flags) }
}

/// What `DOMAIN_SAVE_FLAGS` takes.
public struct DomainSaveFlagsArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var path = ""
    public var xml: String?
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &path, &xml, &flags) }
}

/// What `DOMAIN_RESTORE_FLAGS` takes.
public struct DomainRestoreFlagsArguments: XDRValue, Hashable {
    public var path = ""
    public var xml: String?
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&path, &xml, &flags) }
}

/// What `DOMAIN_SAVE_IMAGE_DEFINE_XML` takes.
public struct DomainSaveImageDefineXMLArguments: XDRValue, Hashable {
    public var file = ""
    public var xml = ""
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&file, &xml, &flags) }
}

/// What `DOMAIN_CORE_DUMP_WITH_FORMAT` takes.
public struct DomainCoreDumpWithFormatArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var path = ""
    /// `virDomainCoreDumpFormat`.
    public var format: UInt32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &path, &format, &flags) }
}

/// What `DOMAIN_MANAGED_SAVE_DEFINE_XML` takes.
public struct DomainManagedSaveDefineXMLArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var xml: String?
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &xml, &flags) }
}
