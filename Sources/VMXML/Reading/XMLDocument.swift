/// A document as read: elements, attributes and text in flat arrays, names and values as ranges of one byte buffer.
///
/// It is built in one pass from libxml2's SAX events and owns all of its memory, so nothing of libxml2 outlives the
/// reading. Nodes are numbers; 0 is the root element, and the node "none" is -1.
struct XMLDocument: Sendable {
    /// A range of `buffer`.
    struct Span: Sendable {
        var start: UInt32
        var count: UInt32
    }

    enum Kind: UInt8, Sendable { case element, text, comment }

    struct Node: Sendable {
        var kind: Kind
        /// Whether a mapping asked for this node; what stays unseen is unknown.
        var seen = false
        /// Index into `namespaces`.
        var namespace: UInt16 = 0
        var attributeCount: UInt16 = 0
        var firstAttribute: UInt32 = 0
        /// An element's local name, or a text's or comment's content.
        var content: Span
        var parent: Int32
        var firstChild: Int32 = -1
        var lastChild: Int32 = -1
        var next: Int32 = -1
        /// The byte offset in the source just before the `>` of the start tag.
        var offset: UInt32
    }

    struct Attribute: Sendable {
        var seen = false
        var namespace: UInt16
        var name: Span
        var value: Span
    }

    /// A namespace: its URI, and the prefix it had where it was first met.
    struct Namespace: Sendable {
        var prefix: String
        var uri: String
    }

    var buffer: [UInt8] = []
    var nodes: [Node] = []
    var attributes: [Attribute] = []
    /// Entry 0 is "no namespace".
    var namespaces: [Namespace] = [Namespace(prefix: "", uri: "")]
    /// `xmlns` declarations by the node they stand on.
    var declarations: [(node: Int32, namespace: UInt16)] = []

    @inline(__always)
    func text(_ span: Span) -> String {
        buffer.withUnsafeBufferPointer { bytes in
            String(
                decoding: UnsafeBufferPointer(rebasing: bytes[Int(span.start)..<Int(span.start + span.count)]),
                as: UTF8.self)
        }
    }

    @inline(__always)
    func matches(_ span: Span, _ name: StaticString) -> Bool {
        guard Int(span.count) == name.utf8CodeUnitCount else { return false }
        return buffer.withUnsafeBufferPointer { bytes in
            // SAFETY: a span lies within the buffer it was made from, and both sides have `count` bytes.
            var position = Int(span.start)
            var other = name.utf8Start
            for _ in 0..<Int(span.count) {
                if bytes[position] != other.pointee { return false }
                position += 1
                other += 1
            }
            return true
        }
    }

    /// The name as the document spells it, with the prefix of its namespace.
    func qualifiedName(_ node: Int32) -> String {
        let entry = nodes[Int(node)]
        let prefix = namespaces[Int(entry.namespace)].prefix
        return prefix.isEmpty ? text(entry.content) : prefix + ":" + text(entry.content)
    }

    /// The concatenated direct text of an element.
    func content(of node: Int32) -> String {
        var child = nodes[Int(node)].firstChild
        var result = ""
        while child >= 0 {
            let entry = nodes[Int(child)]
            if entry.kind == .text { result += text(entry.content) }
            child = entry.next
        }
        return result
    }

    /// Whether a text node holds nothing but blanks.
    func isBlankText(_ node: Int32) -> Bool {
        let span = nodes[Int(node)].content
        return buffer[Int(span.start)..<Int(span.start + span.count)].allSatisfy(isBlank)
    }

    /// `domain/devices/disk[2]`: names from the root, with a number where the parent has several of the name.
    func path(_ node: Int32) -> String {
        var parts: [String] = []
        var current = node
        while current >= 0 {
            let entry = nodes[Int(current)]
            var part = qualifiedName(current)
            if entry.parent >= 0 {
                let (position, total) = rank(current)
                if total > 1 { part += "[\(position)]" }
            }
            parts.append(part)
            current = entry.parent
        }
        return parts.reversed().joined(separator: "/")
    }

    /// Which of the siblings of its name a node is, and how many there are.
    private func rank(_ node: Int32) -> (position: Int, total: Int) {
        var position = 0
        var total = 0
        var sibling = nodes[Int(nodes[Int(node)].parent)].firstChild
        while sibling >= 0 {
            if hasSameName(sibling, node) {
                total += 1
                if sibling == node { position = total }
            }
            sibling = nodes[Int(sibling)].next
        }
        return (position, total)
    }

    private func hasSameName(_ a: Int32, _ b: Int32) -> Bool {
        let (a, b) = (nodes[Int(a)], nodes[Int(b)])
        guard a.kind == .element, a.namespace == b.namespace, a.content.count == b.content.count else { return false }
        for index in 0..<Int(a.content.count)
        where buffer[Int(a.content.start) + index] != buffer[Int(b.content.start) + index] { return false }
        return true
    }
}
