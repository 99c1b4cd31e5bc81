/// One difference between two documents.
public struct XMLChange: Sendable, Hashable, CustomStringConvertible {
    /// Where, for example `domain/devices/disk[2]/target/@bus`; numbers count in the document that has the thing.
    public var path: String
    /// The attribute's value, the text, or the element as XML before; nil when it is new.
    public var old: String?
    /// The same after; nil when it is gone.
    public var new: String?

    public init(path: String, old: String?, new: String?) {
        self.path = path
        self.old = old
        self.new = new
    }

    public var description: String {
        switch (old, new) {
        case (let old?, let new?): "\(path): '\(old)' → '\(new)'"
        case (nil, let new?): "\(path): + '\(new)'"
        case (let old?, nil): "\(path): - '\(old)'"
        case (nil, nil): path
        }
    }
}

extension XMLElement {
    /// What has to be changed in this element to make it `other`, in the order of the document.
    ///
    /// Elements of one name are told apart by what identifies them (``XMLVocabulary/identity``), so that one that was
    /// inserted doesn't make all behind it look changed.
    ///
    /// - Parameter name: The name that the element has in documents.
    public func changes(to other: Self, as name: StaticString) -> [XMLChange] {
        if self == other { return [] }
        var comparison = XMLComparison(identity: Self.documentRoot?.vocabulary.identity ?? { _ in nil })
        comparison.compare(tree(as: name), other.tree(as: name), path: "\(name)")
        return comparison.changes
    }

    /// The element as it would be written, as a tree.
    func tree(as name: StaticString) -> XMLTree {
        var limits = XMLLimits.standard
        (limits.bytes, limits.elements, limits.attributesPerElement) = (Int(Int32.max), Int(Int32.max) / 8, 65535)
        let source = XMLSource(file: "-", bytes: Array(write(as: name).utf8))
        guard var document = try? XMLParser.parse(source, limits: limits) else { return XMLTree(name: "\(name)") }
        return document.tree(0)
    }
}

/// Walks two trees at once.
private struct XMLComparison {
    let identity: (XMLTree) -> String?
    var changes: [XMLChange] = []

    init(identity: @escaping (XMLTree) -> String?) { self.identity = identity }

    mutating func compare(_ old: XMLTree, _ new: XMLTree, path: String) {
        if old == new { return }
        for attribute in old.attributes {
            let value = new.attributes.first { $0.name == attribute.name }?.value
            if value != attribute.value { note("\(path)/@\(attribute.name)", attribute.value, value) }
        }
        for attribute in new.attributes where !old.attributes.contains(where: { $0.name == attribute.name }) {
            note("\(path)/@\(attribute.name)", nil, attribute.value)
        }
        if old.text != new.text { note(path, old.text, new.text) }
        var names: [String] = []
        for child in new.elements + old.elements where !names.contains(child.name) { names.append(child.name) }
        for name in names {
            compare(
                old.elements.filter { $0.name == name }, new.elements.filter { $0.name == name },
                path: "\(path)/\(name)")
        }
    }

    private mutating func note(_ path: String, _ old: String?, _ new: String?) {
        changes.append(XMLChange(path: path, old: old, new: new))
    }

    /// Compares children of one name: first those that are the same thing, then the others in their order.
    private mutating func compare(_ old: [XMLTree], _ new: [XMLTree], path: String) {
        func numbered(_ index: Int, _ list: [XMLTree]) -> String { list.count > 1 ? "\(path)[\(index + 1)]" : path }
        var partners = [Int?](repeating: nil, count: new.count)
        var isTaken = [Bool](repeating: false, count: old.count)
        func pair(_ key: (XMLTree) -> XMLKey?) {
            var free: [XMLKey: [Int]] = [:]
            for index in old.indices.reversed() where !isTaken[index] {
                if let key = key(old[index]) { free[key, default: []].append(index) }
            }
            for index in new.indices where partners[index] == nil {
                guard let key = key(new[index]), let partner = free[key]?.popLast() else { continue }
                partners[index] = partner
                isTaken[partner] = true
            }
        }
        pair { .whole($0) }
        pair { tree in identity(tree).map { .name($0) } }
        pair { tree in identity(tree) == nil ? .position : nil }
        for index in old.indices where !isTaken[index] { note(numbered(index, old), old[index].xml, nil) }
        for index in new.indices {
            if let partner = partners[index] {
                compare(old[partner], new[index], path: numbered(index, new))
            } else {
                note(numbered(index, new), nil, new[index].xml)
            }
        }
    }
}

/// By what children of two documents are brought together.
private enum XMLKey: Hashable {
    case whole(XMLTree)
    case name(String)
    case position
}

extension XMLTree {
    /// The text directly in the element, without blanks around it; nil when there is none.
    fileprivate var text: String? {
        let text = children.map { if case .text(let text) = $0 { text } else { "" } }.joined()
        let trimmed = text.trimmingBlanks()
        return trimmed.isEmpty ? nil : trimmed
    }

    /// The element as XML on one line.
    fileprivate var xml: String {
        var text = "<" + name
        for attribute in attributes {
            text += " \(attribute.name)='\(attribute.value.escapedForXML(inAttribute: true))'"
        }
        let inside = children.compactMap { child -> String? in
            switch child {
            case .element(let tree): tree.xml
            case .text(let text): text.utf8.allSatisfy(isBlank) ? nil : text.escapedForXML()
            case .comment: nil
            }
        }.joined()
        return inside.isEmpty ? text + "/>" : "\(text)>\(inside)</\(name)>"
    }
}
