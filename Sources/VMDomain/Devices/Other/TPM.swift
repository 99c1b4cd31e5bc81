public import VMCore
public import VMXML

/// `<tpm>`: a Trusted Platform Module.
public struct TPM: XMLElement {
    /// `model`: how the guest talks to it.
    public enum Model: String, XMLEnum {
        case tis = "tpm-tis"
        case crb = "tpm-crb"
        case spapr = "tpm-spapr"
        case spaprProxy = "spapr-tpm-proxy"
    }

    public var model: Model?
    public var backend: TPMBackend?
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("model", &model)
        x.element("backend", &backend)
        if x.isReading, backend == nil { x.reportMissing(element: "backend") }
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
    }
}

/// `<backend>` of a TPM: who does its work on the host.
public struct TPMBackend: XMLElement {
    public enum Kind: String, XMLEnum {
        case passthrough, emulator, external
    }

    /// `version` of the TPM specification.
    public enum Version: String, XMLEnum {
        case v1_2 = "1.2"
        case v2_0 = "2.0"
    }

    public var type = Kind.emulator
    /// emulator.
    public var version: Version?
    /// emulator: whether the state outlives the machine's definition (`persistent_state`).
    public var persistentState: YesNo?
    /// emulator: how much swtpm writes into its log.
    public var debug: UInt32?
    /// passthrough: the host's TPM.
    public var device: Device?
    /// emulator: the secret that encrypts the state.
    public var encryption: Encryption?
    /// emulator.
    public var activePCRBanks: PCRBanks?
    /// emulator: where the state is kept. external: the socket of the emulator.
    public var source: Source?
    /// emulator.
    public var profile: Profile?
    public var origin = XMLOrigin()

    public init() {}
    public init(type: Kind) { self.type = type }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("type", &type, required: true)
        x.attribute("version", &version)
        switch type {
        case .passthrough: x.element("device", &device)
        case .emulator:
            x.attribute("persistent_state", &persistentState)
            x.attribute("debug", &debug)
            x.element("encryption", &encryption)
            x.element("active_pcr_banks", &activePCRBanks)
            x.element("source", &source)
            x.element("profile", &profile)
        case .external: x.element("source", &source)
        }
    }

    /// `<device>`: a file such as `/dev/tpm0`.
    public struct Device: XMLElement {
        public var path: String?

        public init() {}
        package init(_ path: String) { self.path = path }

        public mutating func map(_ x: inout XMLMapper) {
            x.attribute("path", &path)
        }
    }

    /// `<encryption>`.
    public struct Encryption: XMLElement {
        public var secret: UUID?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.required("secret", &secret)
        }
    }

    /// `<active_pcr_banks>`: the hash functions whose registers are in use.
    public struct PCRBanks: XMLElement {
        public var sha1 = false
        public var sha256 = false
        public var sha384 = false
        public var sha512 = false

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.flag("sha1", &sha1)
            x.flag("sha256", &sha256)
            x.flag("sha384", &sha384)
            x.flag("sha512", &sha512)
        }
    }

    /// `<source>`.
    public struct Source: XMLElement {
        public enum Kind: String, XMLEnum {
            case file, dir, unix
        }

        /// Who listens on the socket.
        public enum Mode: String, XMLEnum {
            case connect
        }

        public var type: Kind? = .unix
        /// unix.
        public var mode: Mode?
        public var path: String?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            if x.isReading { type = nil }
            x.required("type", &type)
            x.attribute("mode", &mode)
            x.attribute("path", &path)
        }
    }

    /// `<profile>`: which algorithms the emulator offers.
    public struct Profile: XMLElement {
        /// What becomes of algorithms that the host's crypto library forbids.
        public enum RemoveDisabled: String, XMLEnum {
            case check
            case fipsHost = "fips-host"
        }

        public var source: String?
        public var removeDisabled: RemoveDisabled?
        public var name: String?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.attribute("source", &source)
            x.attribute("removeDisabled", &removeDisabled)
            x.attribute("name", &name)
        }
    }
}
