/// The reference page of a format, made from the declarations that read and write it.
public enum XMLReference {
    /// A page in Markdown: a section for each child of the root, a line for each element and attribute below it, with
    /// what it takes.
    ///
    /// - Parameters:
    ///   - introduction: What stands above the first section.
    ///   - group: A child of the root that gets no section of its own, but one for each of its children, at the end.
    public static func markdown(_ root: XMLDescription, introduction: String, group: String? = nil) -> String {
        var page = Page()
        page.text += introduction
        page.section(root.name, root, skippingChildren: true)
        for child in root.children where child.name != group { page.section(child.name, child) }
        for child in root.children where child.name == group {
            for grandchild in child.children { page.section("\(child.name)/\(grandchild.name)", grandchild) }
        }
        return page.text
    }

    private struct Page {
        var text = ""

        mutating func section(_ title: String, _ element: XMLDescription, skippingChildren: Bool = false) {
            text += "\n## \(title)\n\n"
            var element = element
            if skippingChildren { element.children = [] }
            line(element, depth: 0)
        }

        private mutating func line(_ element: XMLDescription, depth: Int) {
            let indent = String(repeating: "  ", count: depth)
            text += "\(indent)- `<\(element.name)>`"
            if element.repeats { text += " *repeats*" }
            if element.isOpaque { text += " kept as it is" }
            if element.isRecursive { text += " as above" }
            if let content = element.content { text += ": \(words(content))" }
            text += "\n"
            for attribute in element.attributes {
                text += "\(indent)  - `\(attribute.name)`\(attribute.required ? " *required*" : "")"
                text += ": \(words(attribute.accepted))\n"
            }
            for child in element.children { line(child, depth: depth + 1) }
        }

        private func words(_ accepted: XMLAccepted) -> String {
            switch accepted {
            case .words(let words): words.map { "`\($0)`" }.joined(separator: ", ")
            case .phrase(let phrase): phrase
            }
        }
    }
}
