internal import CLibXML2

/// Collects libxml2's SAX events into an ``XMLDocument``.
struct XMLDocumentBuilder {
    var document = XMLDocument()
    /// Something we refuse although it is well formed.
    var refusal: (rule: String, message: String, offset: Int)?
    /// libxml2's first complaint and where.
    var syntaxMessage: String?
    var syntaxOffset: Int?
    var context: xmlParserCtxtPtr?
    private let limits: XMLLimits
    private var current: Int32 = -1
    private var depth = 0

    init(limits: XMLLimits) { self.limits = limits }

    private var offset: Int {
        guard let context, let input = context.pointee.input else { return 0 }
        return Int(clamping: input.pointee.consumed) + (input.pointee.cur - input.pointee.base)
    }

    mutating func refuse(_ rule: String, _ message: String) {
        guard refusal == nil else { return }
        refusal = (rule, message, offset)
        if let context { xmlStopParser(context) }
    }

    mutating func startElement(
        name: UnsafePointer<UInt8>?, prefix: UnsafePointer<UInt8>?, uri: UnsafePointer<UInt8>?,
        declarations: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, declarationCount: Int,
        attributes: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, attributeCount: Int
    ) {
        depth += 1
        if depth > limits.depth { return refuse("too-deep", "elements are nested more than \(limits.depth) deep") }
        if document.nodes.count > 4 * limits.elements {
            return refuse("too-many-elements", "the document has more than \(limits.elements) elements")
        }
        if attributeCount > limits.attributesPerElement {
            return refuse("too-many-attributes", "an element has more than \(limits.attributesPerElement) attributes")
        }
        let node = append(.element, append(name), namespace: namespace(prefix, uri))
        for index in 0..<declarationCount {
            let entry = namespace(declarations?[2 * index], declarations?[2 * index + 1])
            document.declarations.append((node, entry))
        }
        document.nodes[Int(node)].firstAttribute = UInt32(document.attributes.count)
        document.nodes[Int(node)].attributeCount = UInt16(attributeCount)
        for index in 0..<attributeCount {
            // SAFETY: SAX2 hands five pointers an attribute: local name, prefix, URI, value's begin and end.
            guard let entry = attributes?.advanced(by: 5 * index), let begin = entry[3], let end = entry[4] else {
                continue
            }
            let key = append(entry[0])
            let value = append(begin, end - begin)
            document.attributes.append(
                XMLDocument.Attribute(namespace: namespace(entry[1], entry[2]), name: key, value: value))
        }
        current = node
    }

    mutating func endElement() {
        depth -= 1
        guard current >= 0 else { return }
        current = document.nodes[Int(current)].parent
    }

    mutating func characters(_ bytes: UnsafePointer<UInt8>?, _ count: Int) {
        guard current >= 0, let bytes, count > 0 else { return }
        let last = document.nodes[Int(current)].lastChild
        if last >= 0, document.nodes[Int(last)].kind == .text {
            let span = document.nodes[Int(last)].content
            if Int(span.start + span.count) == document.buffer.count {
                _ = append(bytes, count)
                document.nodes[Int(last)].content.count += UInt32(count)
                return
            }
        }
        _ = append(.text, append(bytes, count), namespace: 0)
    }

    mutating func comment(_ text: UnsafePointer<UInt8>?) {
        guard current >= 0 else { return }
        _ = append(.comment, append(text), namespace: 0)
    }

    /// The first mistake is all that is told, so the reading ends there: libxml2 would go on and tell of each, with a copy
    /// of what it stands in.
    mutating func syntaxError(_ error: UnsafeMutablePointer<xmlError>?) {
        guard syntaxMessage == nil, let error, error.pointee.level.rawValue >= XML_ERR_FATAL.rawValue else { return }
        var text = error.pointee.message.map { String(cString: $0) } ?? "unknown error"
        while let last = text.last, last.isWhitespace || last == "." { text.removeLast() }
        syntaxMessage = text
        syntaxOffset = offset
        // `xmlStopParser` would free the text under the function that has found the mistake.
        context?.pointee.instate = XML_PARSER_EOF
    }

    private mutating func append(_ kind: XMLDocument.Kind, _ content: XMLDocument.Span, namespace: UInt16) -> Int32 {
        let node = Int32(document.nodes.count)
        let offset = kind == .element ? UInt32(clamping: self.offset) : 0
        document.nodes.append(
            XMLDocument.Node(kind: kind, namespace: namespace, content: content, parent: current, offset: offset))
        guard current >= 0 else { return node }
        let last = document.nodes[Int(current)].lastChild
        if last >= 0 {
            document.nodes[Int(last)].next = node
        } else {
            document.nodes[Int(current)].firstChild = node
        }
        document.nodes[Int(current)].lastChild = node
        return node
    }

    private mutating func append(_ text: UnsafePointer<UInt8>?) -> XMLDocument.Span {
        var count = 0
        if let text { while text[count] != 0 { count += 1 } }
        return append(text, count)
    }

    private mutating func append(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> XMLDocument.Span {
        let start = UInt32(document.buffer.count)
        document.buffer.append(contentsOf: UnsafeBufferPointer(start: bytes, count: bytes == nil ? 0 : count))
        return XMLDocument.Span(start: start, count: UInt32(count))
    }

    private mutating func namespace(_ prefix: UnsafePointer<UInt8>?, _ uri: UnsafePointer<UInt8>?) -> UInt16 {
        // A prefix that was never declared makes a namespace without address, which nobody knows.
        if uri == nil, prefix == nil { return 0 }
        let address = uri.map { String(cString: $0) } ?? ""
        let label = prefix.map { String(cString: $0) } ?? ""
        if let known = document.namespaces.firstIndex(where: { $0.uri == address && $0.prefix == label }) {
            return UInt16(known)
        }
        guard document.namespaces.count < 1000 else {
            refuse("too-many-namespaces", "the document uses more than 1000 namespaces")
            return 0
        }
        document.namespaces.append(XMLDocument.Namespace(prefix: label, uri: address))
        return UInt16(document.namespaces.count - 1)
    }
}
