/// The root element of a kind of document.
public protocol XMLRoot: XMLElement {
    static var vocabulary: XMLVocabulary { get }
}

extension XMLRoot {
    public static var documentRoot: (any XMLRoot.Type)? { Self.self }
}

/// What is known of a kind of document beside its elements.
public struct XMLVocabulary: Sendable {
    /// The name of the root element, for example `domain`.
    public let name: StaticString
    /// Namespaces of the format itself. Elements of all others are somebody else's (``XMLMapper/foreign(_:)``).
    public let namespaces: [XMLNamespace]
    /// What tells an element from others of its name, for example the target of a disk; nil where only the order does.
    public let identity: @Sendable (XMLTree) -> String?

    public init(
        name: StaticString, namespaces: [XMLNamespace] = [],
        identity: @escaping @Sendable (XMLTree) -> String? = { _ in nil }
    ) {
        self.name = name
        self.namespaces = namespaces
        self.identity = identity
    }
}
