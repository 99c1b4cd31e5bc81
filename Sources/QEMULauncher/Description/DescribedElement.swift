internal import VMXML

/// An element of a document that describes what a host or an emulator offers: printed in libvirt's layout.
public struct DescribedElement: Sendable, Hashable {
    public var name: String
    /// In the order in which they are printed.
    public var attributes: [Attribute]
    public var text: String?
    public var children: [DescribedElement]

    public struct Attribute: Sendable, Hashable {
        public var name: String
        public var value: String
    }

    /// - Parameter attributes: those whose value is nil are left out.
    public init(
        _ name: String, _ attributes: KeyValuePairs<String, String?> = [:], text: String? = nil,
        children: [DescribedElement] = []
    ) {
        self.name = name
        self.attributes = attributes.compactMap { name, value in value.map { Attribute(name: name, value: $0) } }
        self.text = text
        self.children = children
    }

    /// The document that this element is the root of.
    public var xml: String {
        var text = ""
        write(to: &text, depth: 0)
        return text
    }

    private func write(to output: inout String, depth: Int) {
        output += String(repeating: " ", count: depth * 2) + "<" + name
        for attribute in attributes {
            output += " \(attribute.name)='\(attribute.value.escapedForXML(inAttribute: true))'"
        }
        if let text {
            output += ">\(text.escapedForXML())</\(name)>\n"
        } else if children.isEmpty {
            output += "/>\n"
        } else {
            output += ">\n"
            for child in children { child.write(to: &output, depth: depth + 1) }
            output += String(repeating: " ", count: depth * 2) + "</\(name)>\n"
        }
    }
}
