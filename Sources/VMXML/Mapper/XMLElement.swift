public import VMCore

/// An element of a format. ``map(_:)`` is its one declaration: the same statements read it, write it and describe it.
///
/// The statements stand in the order in which libvirt writes attributes and children; reading takes any order.
public protocol XMLElement: Sendable, Hashable {
    /// An element with nothing in it.
    init()
    mutating func map(_ x: inout XMLMapper)
    /// The root of the documents in which the element stands, for elements that are also read by themselves: where a
    /// misplaced child would belong is looked for there. By default nil, and the element is its own whole format.
    static var documentRoot: (any XMLRoot.Type)? { get }
    /// Where the element stood, for elements that keep it; nowhere by default.
    var origin: XMLOrigin { get }
}

extension XMLElement {
    public var origin: XMLOrigin { XMLOrigin() }
    public static var documentRoot: (any XMLRoot.Type)? { nil }
}

/// Where an element stood in the document it was read from. Takes no part in comparing elements.
public struct XMLOrigin: Sendable, Hashable {
    /// The byte offset just before the `>` of the start tag; nil for an element that was made in code.
    var tagEnd: UInt32?

    public init() {}

    init(tagEnd: UInt32) { self.tagEnd = tagEnd }

    /// The place of the element's `<` in the document it came from.
    public func place(in source: XMLSource) -> SourcePlace? {
        tagEnd.map { source.place(at: source.tagStart(endingAt: Int($0))) }
    }

    /// The element's name, with its prefix, and the place of its `<` in the document it came from.
    public func element(in source: XMLSource) -> (name: String, place: SourcePlace)? {
        guard let tagEnd else { return nil }
        let start = source.tagStart(endingAt: Int(tagEnd))
        let name = source.bytes[start...].dropFirst().prefix { !isBlank($0) && $0 != 0x3e && $0 != 0x2f }
        return (String(decoding: name, as: UTF8.self), source.place(at: start))
    }

    public static func == (a: XMLOrigin, b: XMLOrigin) -> Bool { true }
    public func hash(into hasher: inout Hasher) {}
}
