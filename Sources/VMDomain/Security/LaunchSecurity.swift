public import VMXML

/// `<launchSecurity>`: keeps the guest's memory from the host.
public struct LaunchSecurity: XMLElement {
    public enum Kind: String, XMLEnum {
        case sev
        case sevSnp = "sev-snp"
        case s390Pv = "s390-pv"
        case tdx
    }

    public var type = Kind.sev
    public var kernelHashes: YesNo?
    public var authorKey: YesNo?
    public var vcek: YesNo?
    public var cbitpos: UInt32?
    public var reducedPhysBits: UInt32?
    public var policy: HexNumber?
    public var dhCert: String?
    public var session: String?
    public var guestVisibleWorkarounds: String?
    public var idBlock: String?
    public var idAuth: String?
    public var hostData: String?
    public var mrConfigId: String?
    public var mrOwner: String?
    public var mrOwnerConfig: String?
    public var quoteGenerationService: QuoteGenerationService?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("type", &type, required: true)
        switch type {
        case .sev: mapSEV(&x)
        case .sevSnp: mapSEVSNP(&x)
        case .tdx: mapTDX(&x)
        case .s390Pv: break
        }
    }

    private mutating func mapSEV(_ x: inout XMLMapper) {
        x.attribute("kernelHashes", &kernelHashes)
        x.text("cbitpos", &cbitpos)
        x.text("reducedPhysBits", &reducedPhysBits)
        x.text("policy", &policy)
        x.text("dhCert", &dhCert)
        x.text("session", &session)
        if x.isReading, policy == nil { x.reportMissing(element: "policy") }
    }

    private mutating func mapSEVSNP(_ x: inout XMLMapper) {
        x.attribute("kernelHashes", &kernelHashes)
        x.attribute("authorKey", &authorKey)
        x.attribute("vcek", &vcek)
        x.text("cbitpos", &cbitpos)
        x.text("reducedPhysBits", &reducedPhysBits)
        x.text("policy", &policy)
        x.text("guestVisibleWorkarounds", &guestVisibleWorkarounds)
        x.text("idBlock", &idBlock)
        x.text("idAuth", &idAuth)
        x.text("hostData", &hostData)
        if x.isReading, policy == nil { x.reportMissing(element: "policy") }
    }

    private mutating func mapTDX(_ x: inout XMLMapper) {
        x.text("policy", &policy)
        x.text("mrConfigId", &mrConfigId)
        x.text("mrOwner", &mrOwner)
        x.text("mrOwnerConfig", &mrOwnerConfig)
        x.element("quoteGenerationService", &quoteGenerationService)
    }

    /// `<quoteGenerationService>`: the socket of the service that signs TDX reports.
    public struct QuoteGenerationService: XMLElement {
        public var path: String?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) { x.attribute("path", &path) }
    }
}
