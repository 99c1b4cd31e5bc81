/// What checks ask a whole document again and again, for each of many devices: worked out at the first question.
///
/// Without it a check that looks through all of one kind for each of another kind takes the product of both.
public protocol XMLDigest<Root>: Sendable {
    associatedtype Root: XMLElement

    init(of root: Root)
}

extension XMLValidation {
    /// The digest of the document being checked.
    public mutating func digest<D: XMLDigest>(_ type: D.Type) -> D where D.Root == Root {
        let key = ObjectIdentifier(type)
        if let known = digests.first(where: { $0.type == key })?.value as? D { return known }
        let made = D(of: root)
        digests.append((key, made))
        return made
    }
}
