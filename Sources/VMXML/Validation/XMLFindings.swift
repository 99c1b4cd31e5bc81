internal import VMCore

/// The findings of checks, and where the checks are: the part of ``XMLValidation`` that is the same for all formats.
@usableFromInline
struct XMLFindings: Sendable {
    let source: XMLSource?
    var list = FindingList()
    private var path: [String]
    /// Where the elements on the way stand, for the place of what has no origin of its own.
    private var origins: [XMLOrigin]

    init(source: XMLSource?, root: String, origin: XMLOrigin) {
        self.source = source
        path = [root]
        origins = [origin]
    }

    @usableFromInline
    mutating func enter(_ name: String, _ origin: XMLOrigin) {
        path.append(name)
        origins.append(origin.tagEnd == nil ? origins.last ?? origin : origin)
    }

    @usableFromInline
    mutating func leave() {
        path.removeLast()
        origins.removeLast()
    }

    /// Adds a finding for which ``list`` has room.
    mutating func report(
        _ severity: Diagnostic.Severity, _ rule: String, _ message: String, at spot: XMLSpot, of origin: XMLOrigin?,
        found: String?, accepted: [String] = [], suggestion: String? = nil
    ) {
        list.append(
            Diagnostic(
                severity, rule: rule, message, place: place(of: spot, in: origin ?? origins.last ?? XMLOrigin()),
                path: path.joined(separator: "/") + spot.pathSuffix, found: found, accepted: accepted,
                suggestion: suggestion))
    }

    private func place(of spot: XMLSpot, in origin: XMLOrigin) -> SourcePlace? {
        // What isn't in the document at all is missed where the element around it stands.
        guard let source, let tagEnd = origin.tagEnd ?? origins.last?.tagEnd else { return nil }
        let end = Int(tagEnd)
        switch spot {
        case .element: return source.place(at: source.tagStart(endingAt: end))
        case .content: return source.place(at: source.content(afterTagEndingAt: end))
        case .attribute(let name):
            return source.place(at: source.attribute(name, inTagEndingAt: end, ofName: false))
        case .child(let names, let attribute):
            guard let child = source.tagEnd(ofChild: names, after: end) else {
                return source.place(at: source.tagStart(endingAt: end))
            }
            guard let attribute else { return source.place(at: source.tagStart(endingAt: child)) }
            return source.place(at: source.attribute(attribute, inTagEndingAt: child, ofName: false))
        }
    }
}
