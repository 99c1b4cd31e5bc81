/// The reference page of a format, made from the declarations that read and write it.
public enum XMLReference {
    /// A page in Markdown: a section for each child of the root, a line for each element and attribute below it, with
    /// what it takes.
    ///
    /// - Parameters:
    ///   - introduction: What stands above the first section.
    ///   - group: A child of the root that gets no section of its own, but one for each of its children, at the end.
    ///   - notes: What else is said of an element or an attribute, by its path: `pool/target/path`, `pool/@type`.
    public static func markdown(
        _ root: XMLDescription, introduction: String, group: String? = nil, notes: [String: String] = [:]
    ) -> String {
        var page = Page(notes: notes)
        page.text += introduction
        page.section(root.name, root, path: root.name, skippingChildren: true)
        for child in root.children where child.name != group {
            page.section(child.name, child, path: "\(root.name)/\(child.name)")
        }
        for child in root.children where child.name == group {
            for grandchild in child.children {
                let title = "\(child.name)/\(grandchild.name)"
                page.section(title, grandchild, path: "\(root.name)/\(title)")
            }
        }
        return page.text
    }

    private struct Page {
        let notes: [String: String]
        var text = ""

        init(notes: [String: String]) { self.notes = notes }

        mutating func section(_ title: String, _ element: XMLDescription, path: String, skippingChildren: Bool = false)
        {
            text += "\n## \(title)\n\n"
            var element = element
            if skippingChildren { element.children = [] }
            line(element, path: path, depth: 0)
        }

        private func note(_ path: String) -> String { notes[path].map { " → \($0)" } ?? "" }

        private mutating func line(_ element: XMLDescription, path: String, depth: Int) {
            let indent = String(repeating: "  ", count: depth)
            text += "\(indent)- `<\(element.name)>`"
            if element.repeats { text += " *repeats*" }
            if element.isOpaque { text += " kept as it is" }
            if element.isRecursive { text += " as above" }
            if let content = element.content { text += ": \(words(content))" }
            text += "\(note(path))\n"
            for attribute in element.attributes {
                text += "\(indent)  - `\(attribute.name)`\(attribute.required ? " *required*" : "")"
                text += ": \(words(attribute.accepted))\(note("\(path)/@\(attribute.name)"))\n"
            }
            for child in element.children { line(child, path: "\(path)/\(child.name)", depth: depth + 1) }
        }

        private func words(_ accepted: XMLAccepted) -> String {
            switch accepted {
            case .words(let words): words.map { "`\($0)`" }.joined(separator: ", ")
            case .phrase(let phrase): phrase
            }
        }
    }
}
