public import VMCore

/// What checks of a value report to: it knows where in the document the value stood and collects findings.
///
/// ``XMLElement/map(_:)`` finds what is wrong with a single value; ``Validated/validate(_:)`` finds what is wrong with
/// values together, as far as the document alone can tell.
public struct Validation: Sendable {
    /// The text of the document; nil for a value that was made in code, whose findings then have no place.
    public let source: XMLSource?
    /// The whole domain, for checks that depend on the machine.
    public let domain: Domain
    public private(set) var diagnostics: [Diagnostic] = []
    private var path: [String]
    /// Where the elements on the way stand, for the place of what has no origin of its own.
    private var origins: [XMLOrigin] = []

    public init(domain: Domain, source: XMLSource?) {
        self.domain = domain
        self.source = source
        path = ["domain"]
        origins = [domain.origin]
    }

    /// What a finding points at, seen from an element whose origin is known.
    public enum Spot: Sendable, Hashable {
        case element
        case attribute(String)
        case content
        /// A child, itself or one of its attributes; several names lead further down.
        case child([String], attribute: String? = nil)

        /// `.child("target", "bus")`: the attribute `bus` of the child `target`.
        public static func child(_ name: String, _ attribute: String? = nil) -> Spot {
            .child([name], attribute: attribute)
        }
    }

    // MARK: Walking

    /// Runs the checks of one child.
    public mutating func check<E: Validated>(_ name: String, _ element: E?) {
        guard let element else { return }
        enter(name, origin(of: element)) { element.validate(&$0) }
    }

    /// Runs the checks of all children of one name.
    public mutating func check<E: Validated>(_ name: String, _ elements: [E]) {
        each(name, elements) { v, element in element.validate(&v) }
    }

    /// Walks children of one name, with the path and the origin set to each in turn.
    public mutating func each<E: XMLElement>(_ name: String, _ elements: [E], _ body: (inout Validation, E) -> Void) {
        for (index, element) in elements.enumerated() {
            enter(elements.count > 1 ? "\(name)[\(index + 1)]" : name, origin(of: element)) { body(&$0, element) }
        }
    }

    /// Walks one child that has no checks of its own.
    public mutating func enter(_ name: String, _ origin: XMLOrigin, _ body: (inout Validation) -> Void) {
        path.append(name)
        origins.append(origin.tagEnd == nil ? origins.last ?? origin : origin)
        body(&self)
        path.removeLast()
        origins.removeLast()
    }

    private func origin<E: XMLElement>(of element: E) -> XMLOrigin {
        (element as? any XMLLocated)?.origin ?? XMLOrigin()
    }

    // MARK: Reporting

    /// Reports a fault of the element being checked.
    ///
    /// - Parameters:
    ///   - rule: The stable name of the check, for example `duplicate-target`.
    ///   - message: One sentence without a final stop, which names the thing.
    ///   - spot: Which part of the element is at fault.
    ///   - origin: Another element than the one being checked.
    public mutating func error(
        _ rule: String, _ message: String, at spot: Spot = .element, of origin: XMLOrigin? = nil,
        found: String? = nil, accepted: [String] = [], suggestion: String? = nil
    ) {
        diagnostics.append(
            Diagnostic(
                .error, rule: rule, message, place: place(of: spot, in: origin ?? origins.last ?? XMLOrigin()),
                path: path.joined(separator: "/") + suffix(spot), found: found, accepted: accepted,
                suggestion: suggestion))
    }

    /// Reports something that works but is hardly meant.
    public mutating func warning(
        _ rule: String, _ message: String, at spot: Spot = .element, of origin: XMLOrigin? = nil, found: String? = nil
    ) {
        diagnostics.append(
            Diagnostic(
                .warning, rule: rule, message, place: place(of: spot, in: origin ?? origins.last ?? XMLOrigin()),
                path: path.joined(separator: "/") + suffix(spot), found: found))
    }

    /// The line of another element, to say where the first of two stands: ` in line 7`, or nothing.
    public func line(of origin: XMLOrigin) -> String {
        guard let source, let place = origin.place(in: source) else { return "" }
        return " in line \(place.line)"
    }

    private func suffix(_ spot: Spot) -> String {
        switch spot {
        case .element, .content: ""
        case .attribute(let name): "/@" + name
        case .child(let names, let attribute):
            "/" + names.joined(separator: "/") + (attribute.map { "/@" + $0 } ?? "")
        }
    }

    private func place(of spot: Spot, in origin: XMLOrigin) -> SourcePlace? {
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

/// An element that knows where it stood.
public protocol XMLLocated {
    var origin: XMLOrigin { get }
}

/// An element with checks that need more than one of its values.
public protocol Validated: XMLElement {
    /// Reports what is wrong with the element. Values that are missing where one is required were reported already
    /// by the reading, so they are passed over.
    func validate(_ v: inout Validation)
}

extension Domain {
    /// Everything that is wrong with the domain as far as the document alone can tell, in the order of the document.
    ///
    /// - Parameter source: The text that the domain was read from, for the places of findings.
    public func validate(source: XMLSource? = nil) -> [Diagnostic] {
        var validation = Validation(domain: self, source: source)
        validate(&validation)
        return validation.diagnostics.inOrder
    }
}

extension XMLReading where E == Domain {
    /// The same reading with what ``Domain/validate(source:)`` finds.
    public func validated() -> XMLReading<Domain> {
        var reading = self
        // What is missing in an element may be what the reading found there under a wrong name.
        let known = Set(diagnostics.map { $0.path.elementPath })
        let places = Set(diagnostics.compactMap { $0.place?.offset })
        let more = value.validate(source: source).filter { finding in
            let isMissing = finding.rule.hasPrefix("missing")
            if !isMissing, let offset = finding.place?.offset, places.contains(offset) { return false }
            return !(isMissing && known.contains(finding.path.elementPath))
        }
        reading.diagnostics = (diagnostics + more).inOrder.reduce(into: []) { all, finding in
            if !all.contains(finding) { all.append(finding) }
        }
        return reading
    }
}

extension String {
    /// The path of the element that a path leads to or into.
    fileprivate var elementPath: Substring { firstRange(of: "/@").map { self[..<$0] } ?? self[...] }

    private func firstRange(of text: String) -> String.Index? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(text) { return index }
            index = self.index(after: index)
        }
        return nil
    }
}

extension Diagnostic {
    /// The rule of what works here but would be refused by libvirt: a warning, except where libvirt is the measure.
    public static var beyondLibvirt: String { "beyond-libvirt" }
}

extension [Diagnostic] {
    /// Sorted by place; what has none comes first.
    var inOrder: [Diagnostic] {
        enumerated().sorted { a, b in
            (a.element.place?.offset ?? 0, a.offset) < (b.element.place?.offset ?? 0, b.offset)
        }.map(\.element)
    }
}
