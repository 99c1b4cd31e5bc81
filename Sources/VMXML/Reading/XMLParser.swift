internal import CLibXML2
internal import VMCore

/// Reads bytes into an ``XMLDocument`` with libxml2's SAX interface.
///
/// Nothing is ever fetched: DTDs are refused at `<!DOCTYPE`, so there are no entities to expand beyond XML's own five.
enum XMLParser {
    /// Reads a whole document. Everything wrong with it is one `invalidXML` error with one diagnostic.
    static func parse(_ source: XMLSource, limits: XMLLimits) throws(VMError) -> XMLDocument {
        if let problem = refusal(of: source, limits: limits) { throw malformed(problem) }
        xmlInitParser()
        var builder = XMLDocumentBuilder(limits: limits)
        builder.document.buffer.reserveCapacity(source.bytes.count)
        builder.document.nodes.reserveCapacity(source.bytes.count / 24)
        builder.document.attributes.reserveCapacity(source.bytes.count / 24)
        let failure = withUnsafeMutablePointer(to: &builder) { run(source, $0) }
        if let failure { throw malformed(failure) }
        guard !builder.document.nodes.isEmpty else {
            throw malformed(finding("empty-document", "the document has no root element", source.place(at: 0)))
        }
        return builder.document
    }

    /// What can be seen to be unacceptable without parsing.
    private static func refusal(of source: XMLSource, limits: XMLLimits) -> Diagnostic? {
        let bytes = source.bytes
        if bytes.count > limits.bytes {
            return finding(
                "document-too-large", "the document has \(bytes.count) bytes, more than the \(limits.bytes) allowed",
                source.place(at: 0))
        }
        if bytes.allSatisfy(isBlank) { return finding("empty-document", "the document is empty", source.place(at: 0)) }
        if let nul = bytes.firstIndex(of: 0) {
            return finding("invalid-character", "the document contains a NUL byte", source.place(at: nul))
        }
        // libxml2 compares each attribute of a tag with all others: cap them before it sees them.
        if bytes.count > 1 << 16, let place = crowdedTag(bytes, limit: limits.attributesPerElement) {
            return finding(
                "too-many-attributes", "an element has more than \(limits.attributesPerElement) attributes",
                source.place(at: place))
        }
        return nil
    }

    /// The offset of a tag with more than `limit` attributes.
    private static func crowdedTag(_ bytes: [UInt8], limit: Int) -> Int? {
        var count = 0
        var tag = 0
        var quote: UInt8 = 0
        for (index, byte) in bytes.enumerated() {
            if quote != 0 {
                if byte == quote { quote = 0 }
                continue
            }
            switch byte {
            case UInt8(ascii: "<"):
                count = 0
                tag = index
            case UInt8(ascii: ">"): count = -1
            case UInt8(ascii: "\""), UInt8(ascii: "'"): if count >= 0 { quote = byte }
            case UInt8(ascii: "="):
                if count >= 0 { count += 1 }
                if count > limit { return tag }
            default: break
            }
        }
        return nil
    }

    /// Drives libxml2 over the bytes; returns the first problem.
    private static func run(_ source: XMLSource, _ builder: UnsafeMutablePointer<XMLDocumentBuilder>) -> Diagnostic? {
        source.bytes.withUnsafeBytes { bytes -> Diagnostic? in
            let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            guard let context = xmlCreateMemoryParserCtxt(start, Int32(clamping: bytes.count)) else {
                return finding("out-of-memory", "the XML parser could not be set up", nil)
            }
            defer { xmlFreeParserCtxt(context) }
            // Without NOENT an ampersand in an attribute comes as `&#38;`, for whoever builds a tree of entities. There
            // are no others to replace: what could declare them is refused.
            let options = [XML_PARSE_NONET, XML_PARSE_IGNORE_ENC, XML_PARSE_NOCDATA, XML_PARSE_NOENT]
            _ = xmlCtxtUseOptions(context, options.reduce(0) { $0 | Int32($1.rawValue) })
            var handler = saxHandler()
            // SAFETY: the builder outlives the parse, and the callbacks run only inside xmlParseDocument.
            builder.pointee.context = context
            context.pointee.userData = UnsafeMutableRawPointer(builder)
            return withUnsafeMutablePointer(to: &handler) { handlerPointer in
                let original = context.pointee.sax
                context.pointee.sax = handlerPointer
                defer { context.pointee.sax = original }
                xmlParseDocument(context)
                if let refused = builder.pointee.refusal {
                    return finding(refused.rule, refused.message, source.place(at: refused.offset))
                }
                return context.pointee.wellFormed == 1 ? nil : syntaxError(context, source, builder.pointee)
            }
        }
    }

    private static func syntaxError(
        _ context: xmlParserCtxtPtr, _ source: XMLSource, _ builder: XMLDocumentBuilder
    ) -> Diagnostic {
        let message = builder.syntaxMessage ?? "the document is not well-formed XML"
        let offset = builder.syntaxOffset ?? Int(clamping: xmlByteConsumed(context))
        return finding("not-well-formed", "not well-formed XML: " + message, source.place(at: offset))
    }

    private static func finding(_ rule: String, _ message: String, _ place: SourcePlace?) -> Diagnostic {
        Diagnostic(.error, rule: rule, message, place: place)
    }

    /// The error that a single fatal finding makes.
    static func malformed(_ finding: Diagnostic) -> VMError {
        let message = finding.place.map { "\($0): \(finding.message)" } ?? finding.message
        return VMError(.invalidXML, message, diagnostics: [finding], libvirt: .init(.xmlError, in: .xml))
    }

    private static func saxHandler() -> xmlSAXHandler {
        var handler = xmlSAXHandler()
        handler.initialized = 0xDEED_BEAF  // XML_SAX2_MAGIC: namespaces-aware callbacks
        handler.startElementNs = { data, name, prefix, uri, namespaceCount, namespaces, count, _, attributes in
            builder(data) {
                $0.startElement(
                    name: name, prefix: prefix, uri: uri, declarations: namespaces,
                    declarationCount: Int(namespaceCount),
                    attributes: attributes, attributeCount: Int(count))
            }
        }
        handler.endElementNs = { data, _, _, _ in builder(data) { $0.endElement() } }
        handler.characters = { data, bytes, count in builder(data) { $0.characters(bytes, Int(count)) } }
        handler.cdataBlock = { data, bytes, count in builder(data) { $0.characters(bytes, Int(count)) } }
        handler.comment = { data, text in builder(data) { $0.comment(text) } }
        handler.internalSubset = { data, _, _, _ in
            builder(data) { $0.refuse("doctype", "a DOCTYPE is not accepted") }
        }
        handler.serror = { data, error in builder(data) { $0.syntaxError(error) } }
        return handler
    }
}

private func builder(_ data: UnsafeMutableRawPointer?, _ body: (inout XMLDocumentBuilder) -> Void) {
    // SAFETY: `data` is the builder that `run` set as user data, alive during the parse and used by nobody else.
    guard let builder = data?.assumingMemoryBound(to: XMLDocumentBuilder.self) else { return }
    body(&builder.pointee)
}
