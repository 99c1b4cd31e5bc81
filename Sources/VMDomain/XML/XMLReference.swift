/// The reference page of the format, made from the declarations that read and write it.
public enum XMLReference {
    /// A page in Markdown: a section for each child of `<domain>` and for each device, a line for each element and
    /// attribute below it, with what it takes.
    public static var markdown: String {
        var page = Page()
        let domain = Domain.describe(name: "domain")
        page.text += """
            # Domain XML

            Every element and attribute that vmctl reads and writes, in the order in which they are written. This page is
            made from the `map` functions in `Sources/VMDomain`; `make reference` writes it anew.

            *required* marks what must be there, *repeats* what may stand any number of times. An attribute of an element
            with several shapes is listed once, whichever shape has it.

            """
        page.section("domain", domain, skippingChildren: true)
        for child in domain.children where child.name != "devices" { page.section(child.name, child) }
        for device in domain.children.first(where: { $0.name == "devices" })?.children ?? [] {
            page.section("devices/\(device.name)", device)
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
