extension XMLWriter {
    /// Prints a kept element as libxml2 does, which is how libvirt keeps `<metadata>`: double quotes, elements that
    /// hold only elements laid out, mixed content left alone.
    mutating func tree(_ tree: XMLTree) {
        var cutText: String?
        verbatim { bytes, depth in
            var printer = XMLTreePrinter(bytes: bytes)
            printer.print(tree, depth: depth)
            bytes = printer.bytes
            cutText = printer.cutText
        }
        noteCut(cutText)
    }
}

extension XMLTree {
    /// The element as a text of its own, laid out as in a document, without a line break at its end.
    public var markup: String {
        var printer = XMLTreePrinter(bytes: [])
        printer.print(self, depth: 0)
        if printer.bytes.last == UInt8(ascii: "\n") { printer.bytes.removeLast() }
        return String(decoding: printer.bytes, as: UTF8.self)
    }
}

private struct XMLTreePrinter {
    var bytes: [UInt8]
    /// The first text of which something was left out.
    var cutText: String?

    mutating func print(_ tree: XMLTree, depth: Int) {
        indent(depth)
        let children = XMLTreePrinter.worthKeeping(tree)
        let isMixed = children.contains { if case .text = $0 { true } else { false } }
        startTag(tree, isEmpty: children.isEmpty)
        if isMixed {
            for child in children { inline(child) }
        } else {
            if !children.isEmpty { append("\n") }
            for child in children {
                switch child {
                case .element(let element): print(element, depth: depth + 1)
                case .comment(let text):
                    indent(depth + 1)
                    comment(text)
                    append("\n")
                case .text: break
                }
            }
            if !children.isEmpty { indent(depth) }
        }
        append(children.isEmpty ? "\n" : "</\(tree.name)>\n")
    }

    /// The children without the blanks between elements.
    private static func worthKeeping(_ tree: XMLTree) -> [XMLTree.Child] {
        let hasText = tree.children.contains { child in
            if case .text(let text) = child { !text.utf8.allSatisfy(isBlank) } else { false }
        }
        if hasText || tree.children.count == 1 { return tree.children }
        return tree.children.filter { if case .text = $0 { false } else { true } }
    }

    private mutating func inline(_ child: XMLTree.Child) {
        switch child {
        case .text(let text): escape(text, quotes: false)
        case .comment(let text): comment(text)
        case .element(let tree):
            startTag(tree, isEmpty: tree.children.isEmpty)
            for child in tree.children { inline(child) }
            if !tree.children.isEmpty { append("</\(tree.name)>") }
        }
    }

    private mutating func startTag(_ tree: XMLTree, isEmpty: Bool) {
        append("<\(tree.name)")
        for attribute in tree.attributes {
            append(" \(attribute.name)=\"")
            escape(attribute.value, quotes: true)
            append("\"")
        }
        append(isEmpty ? "/>" : ">")
    }

    private mutating func indent(_ depth: Int) { append(String(repeating: "  ", count: depth)) }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// A comment can't hold two dashes in a row, end with one, or hold control characters, and nothing in it can be
    /// escaped: dashes are set apart, control characters left out.
    private mutating func comment(_ text: String) {
        append("<!--")
        var last: UInt8 = 0
        for byte in text.utf8 where byte >= 0x20 || byte == 0x09 || byte == 0x0a {
            if byte == UInt8(ascii: "-"), last == byte { append(" ") }
            bytes.append(byte)
            last = byte
        }
        append(last == UInt8(ascii: "-") ? " -->" : "-->")
    }

    private mutating func escape(_ text: String, quotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): append("&amp;")
            case UInt8(ascii: "<"): append("&lt;")
            case UInt8(ascii: ">"): append("&gt;")
            case UInt8(ascii: "\"") where quotes: append("&quot;")
            case 0x0a where quotes: append("&#10;")
            case 0x09 where quotes: append("&#9;")
            case 0x0d: append("&#13;")
            case 0x09, 0x0a, 0x20...: bytes.append(byte)
            default: cutText = cutText ?? text
            }
        }
    }
}
