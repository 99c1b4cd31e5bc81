/// What an error is in libvirt's terms: `virErrorDomain`, the part of libvirt that it would come from, and
/// `virErrorNumber`, its kind. Clients of libvirt branch on this pair.
public struct LibvirtError: Sendable, Hashable {
    /// `virErrorDomain`.
    public struct Domain: RawRepresentable, Sendable, Hashable {
        public let rawValue: Int32

        public init(rawValue: Int32) { self.rawValue = rawValue }

        public static let none = Domain(rawValue: 0)
        public static let xml = Domain(rawValue: 5)
        public static let rpc = Domain(rawValue: 7)
        public static let qemu = Domain(rawValue: 10)
        public static let configuration = Domain(rawValue: 13)
        public static let storage = Domain(rawValue: 18)
        public static let network = Domain(rawValue: 19)
        /// Domain definitions and their lookup.
        public static let domain = Domain(rawValue: 20)
        public static let nodeDevice = Domain(rawValue: 22)
        public static let interface = Domain(rawValue: 26)
        public static let secret = Domain(rawValue: 30)
        public static let networkFilter = Domain(rawValue: 33)
        public static let domainSnapshot = Domain(rawValue: 35)
        public static let streams = Domain(rawValue: 38)
        public static let event = Domain(rawValue: 40)
        public static let polkit = Domain(rawValue: 60)
        public static let domainCheckpoint = Domain(rawValue: 69)
    }

    /// `virErrorNumber`.
    public struct Number: RawRepresentable, Sendable, Hashable {
        public let rawValue: Int32

        public init(rawValue: Int32) { self.rawValue = rawValue }

        public static let internalError = Number(rawValue: 1)
        public static let noSupport = Number(rawValue: 3)
        /// There is no connection of that kind.
        public static let noConnection = Number(rawValue: 5)
        public static let invalidArgument = Number(rawValue: 8)
        public static let operationFailed = Number(rawValue: 9)
        /// A document names nothing.
        public static let noName = Number(rawValue: 21)
        public static let xmlError = Number(rawValue: 27)
        public static let operationDenied = Number(rawValue: 29)
        /// A value of a document is wrong.
        public static let xmlDetail = Number(rawValue: 35)
        public static let systemError = Number(rawValue: 38)
        public static let rpc = Number(rawValue: 39)
        public static let noDomain = Number(rawValue: 42)
        public static let noNetwork = Number(rawValue: 43)
        public static let authenticationFailed = Number(rawValue: 45)
        public static let noStoragePool = Number(rawValue: 49)
        public static let noStorageVolume = Number(rawValue: 50)
        public static let noNodeDevice = Number(rawValue: 53)
        public static let operationInvalid = Number(rawValue: 55)
        public static let noInterface = Number(rawValue: 57)
        public static let multipleInterfaces = Number(rawValue: 59)
        public static let noNetworkFilter = Number(rawValue: 62)
        public static let invalidSecret = Number(rawValue: 65)
        public static let noSecret = Number(rawValue: 66)
        public static let configurationUnsupported = Number(rawValue: 67)
        public static let operationTimeout = Number(rawValue: 68)
        public static let noDomainSnapshot = Number(rawValue: 72)
        public static let argumentUnsupported = Number(rawValue: 74)
        public static let operationAborted = Number(rawValue: 78)
        public static let noDomainMetadata = Number(rawValue: 80)
        public static let operationUnsupported = Number(rawValue: 84)
        public static let agentUnresponsive = Number(rawValue: 86)
        public static let resourceBusy = Number(rawValue: 87)
        public static let accessDenied = Number(rawValue: 88)
        public static let storageVolumeExists = Number(rawValue: 90)
        public static let cpuIncompatible = Number(rawValue: 91)
        public static let deviceMissing = Number(rawValue: 99)
        public static let noNetworkFilterBinding = Number(rawValue: 101)
        public static let noDomainCheckpoint = Number(rawValue: 103)
        public static let noDomainBackup = Number(rawValue: 104)
        public static let noNetworkPort = Number(rawValue: 107)
        public static let noNetworkMetadata = Number(rawValue: 111)
    }

    public var domain: Domain
    public var number: Number

    public init(_ number: Number, in domain: Domain = .qemu) {
        self.domain = domain
        self.number = number
    }
}
