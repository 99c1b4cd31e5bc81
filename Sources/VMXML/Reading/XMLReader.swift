public import VMCore

/// How strictly a document is read.
public struct XMLReadOptions: Sendable, Hashable {
    /// Ignore unknown elements and attributes and duplicates, as libvirt does, but list them as warnings.
    public var lenient = false
    public var limits = XMLLimits.standard

    public init(lenient: Bool = false) { self.lenient = lenient }

    public static let strict = XMLReadOptions()
    public static let lenient = XMLReadOptions(lenient: true)
}

/// What reading a document gave: the value as far as it could be read, all findings, and the text for excerpts.
public struct XMLReading<E: XMLElement>: Sendable {
    public var value: E
    /// In the order of their places.
    public var diagnostics: [Diagnostic]
    public var source: XMLSource
    /// What ``diagnostics`` were made of.
    let findings: FindingList

    init(value: E, findings: FindingList, source: XMLSource) {
        self.value = value
        self.findings = findings
        self.source = source
        diagnostics = findings.all
    }

    public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// The value, or one error that carries all findings.
    public func checked() throws(VMError) -> E {
        guard hasErrors else { return value }
        throw VMError(
            .invalidXML, Diagnostic.summary(of: diagnostics), diagnostics: diagnostics,
            libvirt: .init(.xmlError, in: .xml))
    }
}

extension Diagnostic {
    /// One sentence for a list of findings: the first error, and how many more there are.
    public static func summary(of diagnostics: [Diagnostic]) -> String {
        let errors = diagnostics.filter { $0.severity == .error }
        guard let first = errors.first else { return "the document is not acceptable" }
        var text = first.place.map { "\($0): " } ?? ""
        text += first.message
        if let suggestion = first.suggestion { text += "; did you mean '\(suggestion)'?" }
        // Of very many only some are in the list.
        if errors.contains(where: { $0.rule == FindingList.ruleOfSurplus }) { return text + " (and many more)" }
        return errors.count > 1 ? text + " (and \(errors.count - 1) more)" : text
    }
}

extension XMLElement {
    /// Reads a document whose root element is `root`.
    ///
    /// - Throws: `invalidXML` when the text is no XML document, is too large, or has another root; everything
    ///   else that is wrong is in the result's diagnostics.
    public static func read(
        _ bytes: [UInt8], file: String = "-", root: StaticString, options: XMLReadOptions = .strict
    ) throws(VMError) -> XMLReading<Self> {
        let source = XMLSource(file: file, bytes: try XMLEncoding.utf8(bytes, file: file, limits: options.limits))
        var mapper = XMLMapper(mode: .reading)
        mapper.document = try XMLParser.parse(source, limits: options.limits)
        mapper.source = source
        mapper.lenient = options.lenient
        mapper.findings = FindingList(limit: options.limits.findings)
        mapper.root = documentRoot ?? Self.self
        mapper.vocabulary = documentRoot?.vocabulary ?? XMLVocabulary(name: root)
        if let refusal = mapper.wrongRoot(expected: root) { throw XMLParser.malformed(refusal) }
        mapper.document.nodes[0].seen = true
        let value: Self = mapper.readElement(0)
        return XMLReading(value: value, findings: mapper.findings, source: source)
    }

    /// The element as libvirt lays it out, with a line end behind it.
    public func write(as root: StaticString) -> String {
        var mapper = XMLMapper(mode: .writing)
        mapper.writeElement(root, self)
        return String(decoding: mapper.writer.bytes, as: UTF8.self)
    }

    /// The first text of the element of which ``write(as:)`` leaves something out: control characters, which no XML document
    /// can hold. Nil for what comes from a document; only values that were set in code can have one.
    public func unwritableText(as root: StaticString) -> String? {
        var mapper = XMLMapper(mode: .writing)
        mapper.writeElement(root, self)
        return mapper.writer.cutText
    }
}

extension XMLMapper {
    fileprivate mutating func wrongRoot(expected: StaticString) -> Diagnostic? {
        let root = document.nodes[0]
        let found = document.text(root.content)
        var message: String
        if !document.matches(root.content, expected) {
            message = "the root element is <\(excerpt(document.qualifiedName(0)))>, expecting <\(expected)>"
            if let parent = parents(of: found).first { message += "; <\(excerpt(found))> stands in \(parent)" }
        } else if root.namespace != 0 {
            let uri = document.namespaces[Int(root.namespace)].uri
            message = "<\(expected)> must stand in no namespace, but is in '\(excerpt(uri))'"
        } else {
            return nil
        }
        let offset = source.tagStart(endingAt: Int(root.offset))
        return Diagnostic(
            .error, rule: "wrong-root", message, place: source.place(at: offset), path: found, found: found,
            accepted: ["\(expected)"], suggestion: NearMatch.best(for: found, among: ["\(expected)"]))
    }
}
