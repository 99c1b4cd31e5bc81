public import VMCore

/// Migration in all its versions; libvirt of today uses 302 to 307.
extension Remote {
    public static let domainMigratePrepare = Procedure<DomainMigratePrepareArguments, MigrationTarget>(61)
    public static let domainMigratePerform = Procedure<DomainMigratePerformArguments, Nothing>(62)
    public static let domainMigrateFinish = Procedure<DomainMigrateFinishArguments, DomainReference>(63)
    public static let domainMigratePrepare2 = Procedure<DomainMigratePrepare2Arguments, MigrationTarget>(108)
    public static let domainMigrateFinish2 = Procedure<DomainMigrateFinish2Arguments, DomainReference>(109)
    public static let domainMigratePrepareTunnel = Procedure<DomainMigratePrepareTunnelArguments, Nothing>(148)
    public static let domainMigrateSetMaxDowntime = Procedure<DomainMigrateSetMaxDowntimeArguments, Nothing>(166)
    public static let domainMigrateSetMaxSpeed = Procedure<DomainMigrateSetMaxSpeedArguments, Nothing>(207)
    public static let domainMigrateBegin3 = Procedure<DomainMigrateBegin3Arguments, MigrationBeginning>(213)
    public static let domainMigratePrepare3 = Procedure<DomainMigratePrepare3Arguments, MigrationTarget>(214)
    public static let domainMigratePrepareTunnel3 =
        Procedure<DomainMigratePrepareTunnel3Arguments, Bytes<UpTo4MiB>>(215)
    public static let domainMigratePerform3 = Procedure<DomainMigratePerform3Arguments, Bytes<UpTo4MiB>>(216)
    public static let domainMigrateFinish3 = Procedure<DomainMigrateFinish3Arguments, MigrationEnd>(217)
    public static let domainMigrateConfirm3 = Procedure<DomainMigrateConfirm3Arguments, Nothing>(218)
    public static let domainMigrateGetMaxSpeed = Procedure<Flagged<DomainReference>, UInt64>(242)
    public static let domainMigrateGetCompressionCache = Procedure<Flagged<DomainReference>, UInt64>(299)
    public static let domainMigrateSetCompressionCache =
        Procedure<DomainMigrateSetCompressionCacheArguments, Nothing>(300)
    public static let domainMigrateBegin3Params =
        Procedure<Parameters<DomainReference, UpTo64>, MigrationBeginning>(302)
    public static let domainMigratePrepare3Params =
        Procedure<DomainMigratePrepare3ParamsArguments, MigrationTarget>(303)
    public static let domainMigratePrepareTunnel3Params =
        Procedure<DomainMigratePrepare3ParamsArguments, Bytes<UpTo4MiB>>(304)
    public static let domainMigratePerform3Params =
        Procedure<DomainMigratePerform3ParamsArguments, Bytes<UpTo4MiB>>(305)
    public static let domainMigrateFinish3Params = Procedure<DomainMigrateFinish3ParamsArguments, MigrationEnd>(306)
    public static let domainMigrateConfirm3Params = Procedure<DomainMigrateConfirm3ParamsArguments, Nothing>(307)
    public static let domainMigrateStartPostCopy = Procedure<Flagged<DomainReference>, Nothing>(364)
    public static let domainMigrateGetMaxDowntime = Procedure<Flagged<DomainReference>, UInt64>(387)
}

/// What `DOMAIN_MIGRATE_PREPARE` takes.
public struct DomainMigratePrepareArguments: XDRValue, Hashable {
    public var uri: String?
    public var flags: UInt64 = 0
    /// The name that the domain gets.
    public var newName: String?
    /// MiB/s; 0 for no limit.
    public var resource: UInt64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&uri, &flags, &newName, &resource) }
}

/// What `DOMAIN_MIGRATE_PREPARE`, `DOMAIN_MIGRATE_PREPARE2`, `DOMAIN_MIGRATE_PREPARE3` and `DOMAIN_MIGRATE_PREPARE3_PARAMS` answer.
public struct MigrationTarget: XDRValue, Hashable {
    /// What the two hypervisors tell each other.
    public var cookie: [UInt8] = []
    /// Where the source shall connect to.
    public var uri: String?

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.opaque(&cookie, limit: XDRLimit.migrationCookie)
        x.map(&uri)
    }
}

/// What `DOMAIN_MIGRATE_PERFORM` takes.
public struct DomainMigratePerformArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// What the two hypervisors tell each other.
    public var cookie: [UInt8] = []
    public var uri = ""
    public var flags: UInt64 = 0
    /// The name that the domain gets.
    public var newName: String?
    /// MiB/s; 0 for no limit.
    public var resource: UInt64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain)
        x.opaque(&cookie, limit: XDRLimit.migrationCookie)
        x.map(&uri, &flags, &newName, &resource)
    }
}

/// What `DOMAIN_MIGRATE_FINISH` takes.
public struct DomainMigrateFinishArguments: XDRValue, Hashable {
    /// The name that the domain gets.
    public var newName = ""
    /// What the two hypervisors tell each other.
    public var cookie: [UInt8] = []
    public var uri = ""
    public var flags: UInt64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&newName)
        x.opaque(&cookie, limit: XDRLimit.migrationCookie)
        x.map(&uri, &flags)
    }
}

/// What `DOMAIN_MIGRATE_PREPARE2` takes.
public struct DomainMigratePrepare2Arguments: XDRValue, Hashable {
    public var uri: String?
    public var flags: UInt64 = 0
    /// The name that the domain gets.
    public var newName: String?
    /// MiB/s; 0 for no limit.
    public var resource: UInt64 = 0
    public var xml = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&uri, &flags, &newName, &resource, &xml) }
}

/// What `DOMAIN_MIGRATE_FINISH2` takes.
public struct DomainMigrateFinish2Arguments: XDRValue, Hashable {
    /// The name that the domain gets.
    public var newName = ""
    /// What the two hypervisors tell each other.
    public var cookie: [UInt8] = []
    public var uri = ""
    public var flags: UInt64 = 0
    public var status: Int32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&newName)
        x.opaque(&cookie, limit: XDRLimit.migrationCookie)
        x.map(&uri, &flags, &status)
    }
}

/// What `DOMAIN_MIGRATE_PREPARE_TUNNEL` takes.
public struct DomainMigratePrepareTunnelArguments: XDRValue, Hashable {
    public var flags: UInt64 = 0
    /// The name that the domain gets.
    public var newName: String?
    /// MiB/s; 0 for no limit.
    public var resource: UInt64 = 0
    public var xml = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&flags, &newName, &resource, &xml) }
}

/// What `DOMAIN_MIGRATE_SET_MAX_DOWNTIME` takes.
public struct DomainMigrateSetMaxDowntimeArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// Milliseconds.
    public var downtime: UInt64 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &downtime, &flags) }
}

/// What `DOMAIN_MIGRATE_SET_MAX_SPEED` takes.
public struct DomainMigrateSetMaxSpeedArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// MiB/s.
    public var bandwidth: UInt64 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &bandwidth, &flags) }
}

/// What `DOMAIN_MIGRATE_BEGIN3` takes.
public struct DomainMigrateBegin3Arguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var xml: String?
    public var flags: UInt64 = 0
    /// The name that the domain gets.
    public var newName: String?
    /// MiB/s; 0 for no limit.
    public var resource: UInt64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &xml, &flags, &newName, &resource) }
}

/// What `DOMAIN_MIGRATE_BEGIN3` and `DOMAIN_MIGRATE_BEGIN3_PARAMS` answer.
public struct MigrationBeginning: XDRValue, Hashable {
    /// What the two hypervisors tell each other.
    public var cookie: [UInt8] = []
    public var xml = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.opaque(&cookie, limit: XDRLimit.migrationCookie)
        x.map(&xml)
    }
}

/// What `DOMAIN_MIGRATE_PREPARE3` takes.
public struct DomainMigratePrepare3Arguments: XDRValue, Hashable {
    /// What the two hypervisors tell each other.
    public var cookie: [UInt8] = []
    public var uri: String?
    public var flags: UInt64 = 0
    /// The name that the domain gets.
    public var newName: String?
    /// MiB/s; 0 for no limit.
    public var resource: UInt64 = 0
    public var xml = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.opaque(&cookie, limit: XDRLimit.migrationCookie)
        x.map(&uri, &flags, &newName, &resource, &xml)
    }
}

/// What `DOMAIN_MIGRATE_PREPARE_TUNNEL3` takes.
public struct DomainMigratePrepareTunnel3Arguments: XDRValue, Hashable {
    /// What the two hypervisors tell each other.
    public var cookie: [UInt8] = []
    public var flags: UInt64 = 0
    /// The name that the domain gets.
    public var newName: String?
    /// MiB/s; 0 for no limit.
    public var resource: UInt64 = 0
    public var xml = ""

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.opaque(&cookie, limit: XDRLimit.migrationCookie)
        x.map(&flags, &newName, &resource, &xml)
    }
}

/// What `DOMAIN_MIGRATE_PERFORM3` takes.
public struct DomainMigratePerform3Arguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var xml: String?
    /// What the two hypervisors tell each other.
    public var cookie: [UInt8] = []
    /// URI of the destination's libvirt, in a peer-to-peer migration.
    public var destination: String?
    public var uri: String?
    public var flags: UInt64 = 0
    /// The name that the domain gets.
    public var newName: String?
    /// MiB/s; 0 for no limit.
    public var resource: UInt64 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain, &xml)
        x.opaque(&cookie, limit: XDRLimit.migrationCookie)
        x.map(&destination, &uri, &flags, &newName, &resource)
    }
}

/// What `DOMAIN_MIGRATE_FINISH3` takes.
public struct DomainMigrateFinish3Arguments: XDRValue, Hashable {
    /// The name that the domain gets.
    public var newName = ""
    /// What the two hypervisors tell each other.
    public var cookie: [UInt8] = []
    /// URI of the destination's libvirt, in a peer-to-peer migration.
    public var destination: String?
    public var uri: String?
    public var flags: UInt64 = 0
    public var cancelled = false

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&newName)
        x.opaque(&cookie, limit: XDRLimit.migrationCookie)
        x.map(&destination, &uri, &flags, &cancelled)
    }
}

/// What `DOMAIN_MIGRATE_FINISH3` and `DOMAIN_MIGRATE_FINISH3_PARAMS` answer.
public struct MigrationEnd: XDRValue, Hashable {
    public var domain = DomainReference()
    /// What the two hypervisors tell each other.
    public var cookie: [UInt8] = []

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain)
        x.opaque(&cookie, limit: XDRLimit.migrationCookie)
    }
}

/// What `DOMAIN_MIGRATE_CONFIRM3` takes.
public struct DomainMigrateConfirm3Arguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// What the two hypervisors tell each other.
    public var cookie: [UInt8] = []
    public var flags: UInt64 = 0
    public var cancelled = false

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain)
        x.opaque(&cookie, limit: XDRLimit.migrationCookie)
        x.map(&flags, &cancelled)
    }
}

/// What `DOMAIN_MIGRATE_SET_COMPRESSION_CACHE` takes.
public struct DomainMigrateSetCompressionCacheArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var cacheSize: UInt64 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &cacheSize, &flags) }
}

/// What `DOMAIN_MIGRATE_PREPARE3_PARAMS` and `DOMAIN_MIGRATE_PREPARE_TUNNEL3_PARAMS` take.
public struct DomainMigratePrepare3ParamsArguments: XDRValue, Hashable {
    public var parameters: [TypedParameter] = []
    /// What the two hypervisors tell each other.
    public var cookie: [UInt8] = []
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.list(&parameters, limit: XDRLimit.manyParameters)
        x.opaque(&cookie, limit: XDRLimit.migrationCookie)
        x.map(&flags)
    }
}

/// What `DOMAIN_MIGRATE_PERFORM3_PARAMS` takes.
public struct DomainMigratePerform3ParamsArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// URI of the destination's libvirt, in a peer-to-peer migration.
    public var destination: String?
    public var parameters: [TypedParameter] = []
    /// What the two hypervisors tell each other.
    public var cookie: [UInt8] = []
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain, &destination)
        x.list(&parameters, limit: XDRLimit.manyParameters)
        x.opaque(&cookie, limit: XDRLimit.migrationCookie)
        x.map(&flags)
    }
}

/// What `DOMAIN_MIGRATE_FINISH3_PARAMS` takes.
public struct DomainMigrateFinish3ParamsArguments: XDRValue, Hashable {
    public var parameters: [TypedParameter] = []
    /// What the two hypervisors tell each other.
    public var cookie: [UInt8] = []
    public var flags: UInt32 = 0
    public var cancelled = false

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.list(&parameters, limit: XDRLimit.manyParameters)
        x.opaque(&cookie, limit: XDRLimit.migrationCookie)
        x.map(&flags, &cancelled)
    }
}

/// What `DOMAIN_MIGRATE_CONFIRM3_PARAMS` takes.
public struct DomainMigrateConfirm3ParamsArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var parameters: [TypedParameter] = []
    /// What the two hypervisors tell each other.
    public var cookie: [UInt8] = []
    public var flags: UInt32 = 0
    public var cancelled = false

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain)
        x.list(&parameters, limit: XDRLimit.manyParameters)
        x.opaque(&cookie, limit: XDRLimit.migrationCookie)
        x.map(&flags, &cancelled)
    }
}
