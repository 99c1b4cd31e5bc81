public import VMCore

/// The wording of everything that can be wrong with an element, in one place.
extension XMLMapper {
    /// What a diagnostic points at, within the element being read.
    public enum Spot: Sendable {
        case element
        case attribute(StaticString)
        case content
    }

    /// Reports a finding of an element's own about the element being read, one of its attributes or its text.
    @inline(never)
    public mutating func report(
        _ severity: Diagnostic.Severity = .error, rule: String, _ message: String, at spot: Spot = .element,
        found: String? = nil, accepted: [String] = [], suggestion: String? = nil
    ) {
        guard mode == .reading, findings.hasRoom(for: severity) else { return }
        var path = document.path(node)
        let end = Int(document.nodes[Int(node)].offset)
        let offset: Int
        switch spot {
        case .element: offset = source.tagStart(endingAt: end)
        case .content: offset = source.content(afterTagEndingAt: end)
        case .attribute(let name):
            offset = source.attribute("\(name)", inTagEndingAt: end, ofName: false)
            path += "/@\(name)"
        }
        findings.append(
            Diagnostic(
                severity, rule: rule, message, place: source.place(at: offset), path: path, found: found,
                accepted: accepted, suggestion: suggestion))
    }

    private var elementName: String { document.qualifiedName(node) }

    /// What libvirt ignores is an error by default and a warning in lenient mode.
    var severityOfIgnored: Diagnostic.Severity { lenient ? .warning : .error }

    @inline(never)
    @usableFromInline
    mutating func reportMissing(attribute name: StaticString, accepted: XMLAccepted) {
        guard findings.hasRoom(for: .error) else { return }
        report(
            rule: "missing-attribute", "<\(elementName)> needs the attribute '\(name)': \(phrase(accepted))",
            accepted: accepted.list)
    }

    /// Reports that a child which must be there isn't.
    @inline(never)
    public mutating func reportMissing(element name: StaticString) {
        report(rule: "missing-element", "<\(elementName)> needs a <\(name)> element")
    }

    @inline(never)
    @usableFromInline
    mutating func reportInvalid(_ text: String, attribute name: StaticString, accepted: XMLAccepted) {
        guard findings.hasRoom(for: .error) else { return }
        report(
            rule: "invalid-value",
            "'\(excerpt(text))' is not a value of '\(name)' in <\(elementName)>: \(phrase(accepted))",
            at: .attribute(name), found: text, accepted: accepted.list, suggestion: suggestion(text, accepted))
    }

    @inline(never)
    @usableFromInline
    mutating func reportInvalidContent(_ text: String, accepted: XMLAccepted) {
        guard findings.hasRoom(for: .error) else { return }
        report(
            rule: "invalid-value", "'\(excerpt(text))' is not a value of <\(elementName)>: \(phrase(accepted))",
            at: .content, found: text, accepted: accepted.list, suggestion: suggestion(text, accepted))
    }

    @inline(never)
    mutating func reportDuplicate(_ other: Int32, first: Int32, always: Bool = false) {
        guard findings.hasRoom(for: always ? .error : severityOfIgnored) else { return }
        let line = source.place(at: Int(document.nodes[Int(first)].offset)).line
        let parent = elementName
        inside(other) {
            $0.report(
                always ? .error : $0.severityOfIgnored, rule: "duplicate-element",
                "<\($0.elementName)> may stand only once in <\(parent)>; the first is in line \(line)")
        }
    }

    @inline(never)
    mutating func reportUnknownAttribute(_ index: Int, known: XMLDescription) {
        guard findings.hasRoom(for: severityOfIgnored) else { return }
        let attribute = document.attributes[index]
        let prefix = document.namespaces[Int(attribute.namespace)].prefix
        let name = (prefix.isEmpty ? "" : prefix + ":") + document.text(attribute.name)
        let end = Int(document.nodes[Int(node)].offset)
        let names = known.attributes.map(\.name)
        let hint = self.known(.init(types, elementName, attribute: name)) { $0.hint(forAttribute: name) }
        let suggestion = hint == nil ? NearMatch.best(for: name, among: names) : nil
        findings.append(
            Diagnostic(
                severityOfIgnored, rule: "unknown-attribute",
                "<\(elementName)> has no attribute '\(excerpt(name))'" + (hint.map { "; " + $0 } ?? ""),
                place: source.place(at: source.attribute(name, inTagEndingAt: end, ofName: true)),
                path: document.path(node) + "/@" + name, found: name, accepted: names, suggestion: suggestion))
    }

    @inline(never)
    mutating func reportUnknownElement(_ child: Int32, known: XMLDescription) {
        guard findings.hasRoom(for: severityOfIgnored) else { return }
        let parent = elementName
        let names = known.children.map(\.name)
        let name = document.qualifiedName(child)
        let near = NearMatch.best(for: name, among: names)
        let hint = self.known(.init(types, parent, element: name)) { $0.hint(forElement: name, nearMatch: near) }
        inside(child) {
            $0.report(
                $0.severityOfIgnored, rule: "unknown-element",
                "<\(parent)> has no element <\($0.excerpt(name))>" + (hint.map { "; " + $0 } ?? ""),
                found: name, accepted: names, suggestion: hint == nil ? near : nil)
        }
    }

    @inline(never)
    mutating func reportStrayText(_ child: Int32) {
        guard findings.hasRoom(for: severityOfIgnored) else { return }
        let text = document.text(document.nodes[Int(child)].content)
        report(
            severityOfIgnored, rule: "stray-text",
            "<\(elementName)> holds no text, but has '\(excerpt(text.trimmingBlanks()))'", at: .content, found: text)
    }

    /// The answer to a question that was asked before, or else worked out now.
    private mutating func known(_ question: XMLHints.Question, _ answer: (XMLMapper) -> String?) -> String? {
        if let known = hints[question] { return known }
        let hint = answer(self)
        hints[question] = .some(hint)
        return hint
    }

    func phrase(_ accepted: XMLAccepted) -> String { accepted.sentencePart }

    private func suggestion(_ text: String, _ accepted: XMLAccepted) -> String? {
        guard case .words(let words) = accepted else { return nil }
        return NearMatch.best(for: text, among: words)
    }

    /// A foreign text cut to what fits into a sentence, on one line. Blanks that look like others and aren't, as come with text
    /// that was copied from a page, are shown by their numbers.
    func excerpt(_ text: String) -> String {
        let line = text.unicodeScalars.prefix(60).map { scalar in
            if scalar.value < 0x20 || scalar.value == 0x7f { return " " }
            return scalar.isDeceptiveBlank ? "[U+\(scalar.hexName)]" : String(scalar)
        }
        .joined()
        return text.unicodeScalars.count > 60 ? line + "…" : line
    }
}

extension Unicode.Scalar {
    /// Whether it shows as a blank, or as nothing, and is none of XML's blanks.
    fileprivate var isDeceptiveBlank: Bool {
        value > 0x7f
            && (properties.isWhitespace || properties.generalCategory == .format
                || properties.isDefaultIgnorableCodePoint)
    }

    /// `00A0`
    fileprivate var hexName: String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }
}

extension String {
    func trimmingBlanks() -> String {
        let bytes = Substring(self)
        let start = bytes.drop { $0.utf8.allSatisfy(isBlank) }
        guard let end = start.lastIndex(where: { !$0.utf8.allSatisfy(isBlank) }) else { return "" }
        return String(start[...end])
    }
}
