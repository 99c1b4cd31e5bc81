internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

extension [Parameter] {
    /// Which part of a document is printed, and whether with its secrets.
    static var printedXML: [Parameter] {
        [
            .flag("security-info", "include security sensitive information in XML dump"),
            .option("xpath", "string", "xpath expression to filter the XML document"),
            .flag("wrap", "wrap xpath results in an common root element"),
        ]
    }
}

extension Invocation {
    /// A domain's document as it is to be printed: whole, or the parts that an XPath expression selects.
    func printed(_ text: String) throws(VMError) -> Report {
        guard let expression = value("xpath") else {
            if flag("wrap") { throw VMError(.usage, "--wrap needs --xpath") }
            return Report(
                .document(text.hasSuffix("\n") ? text : text + "\n"), value: ["xml": .string(text)], names: [])
        }
        let nodes = try XMLQuery.select(expression, in: text)
        var lines = nodes.map { $0 + "\n" }.joined()
        if flag("wrap") { lines = "<nodes>\n" + lines + "</nodes>\n" }
        return Report(.document(lines), value: ["xml": .string(lines)], names: nodes)
    }
}
