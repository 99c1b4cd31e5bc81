public import VMCore

/// What is done with a guest: its agent, consoles, screens, keys, clock.
extension Remote {
    public static let domainOpenConsole = Procedure<DomainOpenConsoleArguments, Nothing>(201)
    public static let domainInjectNMI = Procedure<Flagged<DomainReference>, Nothing>(210)
    public static let domainScreenshot = Procedure<DomainScreenshotArguments, String?>(211)
    public static let domainSendKey = Procedure<DomainSendKeyArguments, Nothing>(226)
    public static let domainOpenGraphics = Procedure<DomainOpenGraphicsArguments, Nothing>(249)
    public static let domainPMSuspendForDuration = Procedure<DomainPMSuspendForDurationArguments, Nothing>(261)
    public static let domainPMWakeup = Procedure<Flagged<DomainReference>, Nothing>(267)
    public static let domainGetHostname = Procedure<Flagged<DomainReference>, String>(277)
    public static let domainFSTrim = Procedure<DomainFSTrimArguments, Nothing>(294)
    public static let domainSendProcessSignal = Procedure<DomainSendProcessSignalArguments, Nothing>(295)
    public static let domainOpenChannel = Procedure<DomainOptionalName, Nothing>(296)
    public static let domainFSFreeze = Procedure<MountPointsArguments, Int32>(335)
    public static let domainFSThaw = Procedure<MountPointsArguments, Int32>(336)
    public static let domainGetTime = Procedure<Flagged<DomainReference>, GuestTime>(337)
    public static let domainSetTime = Procedure<DomainSetTimeArguments, Nothing>(338)
    public static let domainOpenGraphicsFD = Procedure<DomainOpenGraphicsArguments, Nothing>(343)
    public static let domainGetFSInfo = Procedure<Flagged<DomainReference>, Listing<FileSystemInfo, UpTo256>>(349)
    public static let domainInterfaceAddresses =
        Procedure<DomainInterfaceAddressesArguments, List<InterfaceAddresses, UpTo2048>>(
            353, .writes("read only access prevents virDomainInterfaceAddresses") { $0.source == 1 })
    public static let domainSetUserPassword = Procedure<DomainSetUserPasswordArguments, Nothing>(357)
    public static let domainGetGuestVCPUs = Procedure<Flagged<DomainReference>, List<TypedParameter, UpTo64>>(371)
    public static let domainSetGuestVCPUs = Procedure<VCPUStateArguments, Nothing>(372)
    public static let domainGetGuestInfo = Procedure<DomainGetGuestInfoArguments, List<TypedParameter, UpTo2048>>(418)
    public static let domainAgentSetResponseTimeout = Procedure<DomainAgentSetResponseTimeoutArguments, Int32>(420)
    public static let domainAuthorizedSSHKeysGet =
        Procedure<DomainAuthorizedSSHKeysGetArguments, List<String, UpTo2048>>(424)
    public static let domainAuthorizedSSHKeysSet = Procedure<DomainAuthorizedSSHKeysSetArguments, Nothing>(425)
    public static let domainGraphicsReload = Procedure<DomainGraphicsReloadArguments, Nothing>(448)
    public static let domainAnnounceInterface = Procedure<DomainAnnounceInterfaceArguments, Nothing>(456)
}

/// What `DOMAIN_OPEN_CONSOLE` takes.
public struct DomainOpenConsoleArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var device: String?
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &device, &flags) }
}

/// What `DOMAIN_SCREENSHOT` takes.
public struct DomainScreenshotArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var screen: UInt32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &screen, &flags) }
}

/// What `DOMAIN_SEND_KEY` takes.
public struct DomainSendKeyArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// `virKeycodeSet`.
    public var codeset: UInt32 = 0
    /// Milliseconds.
    public var holdTime: UInt32 = 0
    public var keys: [UInt32] = []
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain, &codeset, &holdTime)
        x.list(&keys, limit: XDRLimit.keys)
        x.map(&flags)
    }
}

/// What `DOMAIN_OPEN_GRAPHICS` and `DOMAIN_OPEN_GRAPHICS_FD` take.
public struct DomainOpenGraphicsArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var index: UInt32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &index, &flags) }
}

/// What `DOMAIN_PM_SUSPEND_FOR_DURATION` takes.
public struct DomainPMSuspendForDurationArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// `virNodeSuspendTarget`.
    public var target: UInt32 = 0
    /// Seconds.
    public var duration: UInt64 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &target, &duration, &flags) }
}

/// What `DOMAIN_FSTRIM` takes.
public struct DomainFSTrimArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var mountPoint: String?
    /// Bytes: smaller free ranges may be left.
    public var minimum: UInt64 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &mountPoint, &minimum, &flags) }
}

/// What `DOMAIN_SEND_PROCESS_SIGNAL` takes.
public struct DomainSendProcessSignalArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var process: Int64 = 0
    public var signal: UInt32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &process, &signal, &flags) }
}

/// What `DOMAIN_FSFREEZE` and `DOMAIN_FSTHAW` take.
public struct MountPointsArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var mountPoints: [String] = []
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain)
        x.list(&mountPoints, limit: XDRLimit.few)
        x.map(&flags)
    }
}

/// What `DOMAIN_GET_TIME` answers.
public struct GuestTime: XDRValue, Hashable {
    public var seconds: Int64 = 0
    public var nanoseconds: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&seconds, &nanoseconds) }
}

/// What `DOMAIN_SET_TIME` takes.
public struct DomainSetTimeArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var seconds: Int64 = 0
    public var nanoseconds: UInt32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &seconds, &nanoseconds, &flags) }
}

/// What `DOMAIN_INTERFACE_ADDRESSES` takes.
public struct DomainInterfaceAddressesArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// `virDomainInterfaceAddressesSource`.
    public var source: UInt32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &source, &flags) }
}

/// What `DOMAIN_SET_USER_PASSWORD` takes.
public struct DomainSetUserPasswordArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var user: String?
    public var password: String?
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &user, &password, &flags) }
}

/// What `DOMAIN_GET_GUEST_INFO` takes.
public struct DomainGetGuestInfoArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// `virDomainGuestInfoTypes`; 0 for all.
    public var types: UInt32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &types, &flags) }
}

/// What `DOMAIN_AGENT_SET_RESPONSE_TIMEOUT` takes.
public struct DomainAgentSetResponseTimeoutArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// Seconds; `virDomainAgentResponseTimeoutValues`.
    public var timeout: Int32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &timeout, &flags) }
}

/// What `DOMAIN_AUTHORIZED_SSH_KEYS_GET` takes.
public struct DomainAuthorizedSSHKeysGetArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var user = ""
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &user, &flags) }
}

/// What `DOMAIN_AUTHORIZED_SSH_KEYS_SET` takes.
public struct DomainAuthorizedSSHKeysSetArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var user = ""
    public var keys: [String] = []
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain, &user)
        x.list(&keys, limit: XDRLimit.guestInformation)
        x.map(&flags)
    }
}

/// What `DOMAIN_GRAPHICS_RELOAD` takes.
public struct DomainGraphicsReloadArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var type: UInt32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &type, &flags) }
}

/// What `DOMAIN_ANNOUNCE_INTERFACE` takes.
public struct DomainAnnounceInterfaceArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var device: String?
    public var parameters: [TypedParameter] = []
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&domain, &device)
        x.list(&parameters, limit: XDRLimit.parameters)
        x.map(&flags)
    }
}

/// `remote_domain_fsinfo`.
public struct FileSystemInfo: XDRValue, Hashable {
    public var mountPoint = ""
    public var name = ""
    public var type = ""
    /// The disks it is on, by their names in the guest.
    public var devices: [String] = []

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&mountPoint, &name, &type)
        x.list(&devices, limit: XDRLimit.few)
    }
}

/// `remote_domain_ip_addr`.
public struct InterfaceAddress: XDRValue, Hashable {
    /// `virIPAddrType`.
    public var type: Int32 = 0
    public var address = ""
    public var prefix: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&type, &address, &prefix) }
}

/// `remote_domain_interface`.
public struct InterfaceAddresses: XDRValue, Hashable {
    public var name = ""
    public var mac: String?
    public var addresses: [InterfaceAddress] = []

    public init() {}
    public mutating func map(_ x: inout XDRMapper) {
        x.map(&name, &mac)
        x.list(&addresses, limit: XDRLimit.guestInformation)
    }
}
