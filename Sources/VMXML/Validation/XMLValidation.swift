public import VMCore

/// What checks of a value report to: it knows where in the document the value stood and collects findings.
///
/// ``XMLElement/map(_:)`` finds what is wrong with a single value; ``XMLValidated/validate(_:)`` finds what is wrong with
/// values together, as far as the document alone can tell.
public struct XMLValidation<Root: XMLElement>: Sendable {
    @usableFromInline var findings: XMLFindings
    /// A few, so they are looked through.
    var digests: [(type: ObjectIdentifier, value: any Sendable)] = []
    /// The whole document's value, for checks that depend on more than the element they are about.
    public let root: Root

    /// What a finding points at, seen from an element whose origin is known.
    public typealias Spot = XMLSpot

    /// - Parameters:
    ///   - name: The name of the root element.
    ///   - source: The text of the document; nil for a value that was made in code, whose findings then have no place.
    public init(root: Root, named name: String, source: XMLSource?) {
        self.root = root
        findings = XMLFindings(source: source, root: name, origin: root.origin)
    }

    /// The text of the document.
    public var source: XMLSource? { findings.source }
    /// What was found, by place; of very many findings some, and one that counts the others.
    public var diagnostics: [Diagnostic] { findings.list.all }

    // MARK: Walking

    /// Runs the checks of one child.
    @inlinable
    public mutating func check<E: XMLValidated>(_ name: String, _ element: E?) where E.Root == Root {
        guard let element else { return }
        enter(name, element.origin) { element.validate(&$0) }
    }

    /// Runs the checks of all children of one name.
    @inlinable
    public mutating func check<E: XMLValidated>(_ name: String, _ elements: [E]) where E.Root == Root {
        each(name, elements) { v, element in element.validate(&v) }
    }

    /// Walks children of one name, with the path and the origin set to each in turn.
    @inlinable
    public mutating func each<E: XMLElement>(
        _ name: String, _ elements: [E], _ body: (inout XMLValidation, E) -> Void
    ) {
        for (index, element) in elements.enumerated() {
            enter(elements.count > 1 ? "\(name)[\(index + 1)]" : name, element.origin) {
                body(&$0, element)
            }
        }
    }

    /// Walks one child that has no checks of its own.
    @inlinable
    public mutating func enter(_ name: String, _ origin: XMLOrigin, _ body: (inout XMLValidation) -> Void) {
        findings.enter(name, origin)
        body(&self)
        findings.leave()
    }

    // MARK: Reporting

    /// Reports a fault of the element being checked.
    ///
    /// - Parameters:
    ///   - rule: The stable name of the check, for example `duplicate-target`.
    ///   - message: One sentence without a final stop, which names the thing.
    ///   - spot: Which part of the element is at fault.
    ///   - origin: Another element than the one being checked.
    @inline(never)
    public mutating func error(
        _ rule: String, _ message: String, at spot: XMLSpot = .element, of origin: XMLOrigin? = nil,
        found: String? = nil, accepted: [String] = [], suggestion: @autoclosure () -> String? = nil
    ) {
        guard findings.list.hasRoom(for: .error) else { return }
        findings.report(
            .error, rule, message, at: spot, of: origin, found: found, accepted: accepted, suggestion: suggestion())
    }

    /// Reports something that works but is hardly meant.
    @inline(never)
    public mutating func warning(
        _ rule: String, _ message: String, at spot: XMLSpot = .element, of origin: XMLOrigin? = nil,
        found: String? = nil
    ) {
        guard findings.list.hasRoom(for: .warning) else { return }
        findings.report(.warning, rule, message, at: spot, of: origin, found: found)
    }

    /// The line of another element, to say where the first of two stands: ` in line 7`, or nothing.
    public func line(of origin: XMLOrigin) -> String {
        guard let source, let place = origin.place(in: source) else { return "" }
        return " in line \(place.line)"
    }
}

/// An element with checks that need more than one of its values.
public protocol XMLValidated<Root>: XMLElement {
    /// The root of the document that the checks may look at.
    associatedtype Root: XMLElement

    /// Reports what is wrong with the element. Values that are missing where one is required were reported already
    /// by the reading, so they are passed over.
    func validate(_ v: inout XMLValidation<Root>)
}

extension XMLRoot where Self: XMLValidated, Root == Self {
    /// Everything that is wrong with the value as far as the document alone can tell, in the order of the document.
    ///
    /// - Parameter source: The text that the value was read from, for the places of findings.
    public func validate(source: XMLSource? = nil) -> [Diagnostic] { findings(source).all }

    fileprivate func findings(_ source: XMLSource?) -> FindingList {
        var validation = XMLValidation(root: self, named: "\(Self.vocabulary.name)", source: source)
        validate(&validation)
        return validation.findings.list
    }
}

extension XMLReading where E: XMLRoot & XMLValidated, E.Root == E {
    /// The same reading with what ``XMLRoot/validate(source:)`` finds.
    public func validated() -> XMLReading {
        var all = findings
        // What is missing in an element may be what the reading found there under a wrong name.
        let known = Set(all.listed.map { $0.path.elementPath })
        let places = Set(all.listed.compactMap { $0.place?.offset })
        let found = value.findings(source)
        let more = found.listed.filter { finding in
            let isMissing = finding.rule.hasPrefix("missing")
            if !isMissing, let offset = finding.place?.offset, places.contains(offset) { return false }
            return !(isMissing && known.contains(finding.path.elementPath))
        }
        var seen = Set(all.listed)
        all.append(more.filter { seen.insert($0).inserted }, found.surplus)
        return XMLReading(value: value, findings: all, source: source)
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
