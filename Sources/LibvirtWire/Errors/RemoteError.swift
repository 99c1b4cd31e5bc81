public import VMCore

/// What a reply holds whose status is ``PacketHeader/Status/error``: libvirt's `virError`.
///
/// Programs branch on ``number``, people read ``message``, which is the whole sentence. ``format`` and ``detail`` are what
/// libvirt made it of: `Domain not found: %s` and `no domain with matching name 'web'`.
public struct RemoteError: XDRValue, Error, Hashable {
    /// How bad it is.
    public enum Level: Int32, Sendable {
        case none, warning, error
    }

    /// `virErrorNumber`.
    public var number: Int32 = 0
    /// `virErrorDomain`.
    public var domain: Int32 = 0
    public var message: String?
    /// `virErrorLevel`.
    public var level = Level.error.rawValue
    /// Not used any more; libvirt fills it for some old errors.
    public var domainReference: DomainReference?
    /// `str1`.
    public var format: String?
    /// `str2`.
    public var detail: String?
    /// `str3`.
    public var third: String?
    /// Numbers that go with some errors; -1 by custom.
    public var int1: Int32 = -1
    public var int2: Int32 = -1
    /// Not used any more.
    public var networkReference: NetworkReference?

    public init() {}

    public mutating func map(_ x: inout XDRMapper) {
        x.map(&number, &domain, &message, &level, &domainReference)
        x.map(&format, &detail, &third, &int1, &int2, &networkReference)
    }
}

extension RemoteError {
    /// What the wire takes of a text: a message must reach the client even when it quotes something that can't.
    static let messageLimit = 65_536

    /// - Parameters:
    ///   - format: What libvirt puts before the detail of errors of this kind, with `%s` for the detail.
    public init(_ kind: LibvirtError, format: String = "%s", _ detail: String) {
        self.init()
        var detail = RemoteError.sendable(detail)
        let beginning = format.hasSuffix("%s") ? String(format.dropLast(2)) : ""
        if detail.hasPrefix(beginning) { detail.removeFirst(beginning.count) }
        number = kind.number.rawValue
        domain = RemoteError.domain(of: kind)
        self.format = format
        self.detail = detail
        message = beginning + detail
    }

    /// The error as a client of libvirt sees it: message, causes and remedy in one sentence, behind the words that libvirt
    /// begins errors of this kind with.
    public init(_ error: VMError) {
        self.init(error.libvirt, format: RemoteError.format(of: error.libvirt.number), error.description)
    }

    /// libvirt's clients add 4 to 61, 62 and 63, for the sake of old servers, unless the domain is that of network
    /// filters; so these numbers never travel with another domain.
    private static func domain(of kind: LibvirtError) -> Int32 {
        (61...63).contains(kind.number.rawValue) ? LibvirtError.Domain.networkFilter.rawValue : kind.domain.rawValue
    }

    private static func sendable(_ text: String) -> String {
        var bytes = text.utf8.filter { $0 != 0 }
        if bytes.count > messageLimit { bytes = Array(bytes.prefix(messageLimit)) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension RemoteError: CustomStringConvertible {
    public var description: String { "error \(number) of domain \(domain): \(message ?? "")" }
}
