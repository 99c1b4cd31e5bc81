/// How large a document may be. The defaults are far above any real document and low enough that the worst one
/// within them is refused or read in well under a second.
public struct XMLLimits: Sendable, Hashable {
    /// Bytes of the whole document.
    public var bytes = 8 << 20
    /// Elements in each other.
    public var depth = 200
    /// Elements in all.
    public var elements = 200_000
    /// Attributes of one element.
    public var attributesPerElement = 256

    /// Findings that are listed; further ones are counted.
    public var findings = 200

    public init() {}

    public static let standard = XMLLimits()
}
