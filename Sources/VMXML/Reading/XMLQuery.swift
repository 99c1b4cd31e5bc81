internal import CLibXML2
public import VMCore

/// Parts of a document that an XPath expression selects.
public enum XMLQuery {
    /// The selected nodes as they stand in the document, in its order.
    ///
    /// - Throws: `usage` when the expression can't be evaluated or selects no nodes but makes a number or a text;
    ///   `invalid-xml` when the text is no document.
    public static func select(_ expression: String, in xml: String) throws(VMError) -> [String] {
        let bytes = Array(xml.utf8CString)
        // Nothing from outside of the document is ever read.
        let options = Int32(XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue)
        guard bytes.count <= Int(Int32.max),
            let document = xmlReadMemory(bytes, Int32(clamping: bytes.count - 1), nil, nil, options)
        else { throw VMError(.invalidXML, "the text is no XML document") }
        defer { xmlFreeDoc(document) }
        guard let context = xmlXPathNewContext(document) else { throw VMError(.io, "there is no memory left") }
        defer { xmlXPathFreeContext(context) }
        // What is wrong is said below, once, instead of on standard error.
        xmlSetStructuredErrorFunc(nil) { _, _ in }
        defer { xmlSetStructuredErrorFunc(nil, nil) }
        guard let result = xmlXPathEvalExpression(expression, context) else {
            throw VMError(.usage, "invalid xpath expression '\(expression)'")
        }
        defer { xmlXPathFreeObject(result) }
        guard result.pointee.type == XPATH_NODESET else {
            throw VMError(.usage, "the xpath expression '\(expression)' selects no nodes")
        }
        return texts(of: result.pointee.nodesetval, in: document)
    }

    private static func texts(of set: xmlNodeSetPtr?, in document: xmlDocPtr) -> [String] {
        guard let set, let nodes = set.pointee.nodeTab else { return [] }
        var texts: [String] = []
        for index in 0..<Int(set.pointee.nodeNr) {
            guard let node = nodes[index], let buffer = xmlBufferCreate() else { continue }
            defer { xmlBufferFree(buffer) }
            xmlNodeDump(buffer, document, node, 0, 0)
            if let content = xmlBufferContent(buffer) { texts.append(String(cString: content)) }
        }
        return texts
    }
}
