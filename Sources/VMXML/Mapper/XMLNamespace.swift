/// A namespace that a format uses for elements of its own.
public struct XMLNamespace: Sendable, Hashable {
    /// What decides; prefixes are free in what is read. Empty for elements that stand in no namespace.
    public let uri: String
    /// The prefix that is written, without colon.
    public let prefix: StaticString

    public init(uri: String, prefix: StaticString) {
        self.uri = uri
        self.prefix = prefix
    }

    /// Where the elements of libvirt's formats stand, but for few.
    public static let none = XMLNamespace(uri: "", prefix: "")

    var isNone: Bool { uri.isEmpty }

    public static func == (a: XMLNamespace, b: XMLNamespace) -> Bool { a.uri == b.uri }
    public func hash(into hasher: inout Hasher) { hasher.combine(uri) }
}
