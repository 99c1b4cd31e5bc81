internal import Synchronization
internal import VMCore

/// What a wrong name was probably meant for, found in the descriptions of elements. Asked only when something is wrong.
extension XMLMapper {
    /// Where an attribute that isn't known here would be: in another variant, in a child, or as a child.
    func hint(forAttribute name: String) -> String? {
        guard let own = types.last else { return nil }
        let element = document.text(document.nodes[Int(node)].content)
        if let choice = XMLHints.choices(of: own, below: [], holding: name) { return "it belongs to \(choice)" }
        if types.count > 1, let choice = XMLHints.choices(of: types[types.count - 2], below: [element], holding: name) {
            return "it belongs to \(choice) of <\(document.qualifiedName(document.nodes[Int(node)].parent))>"
        }
        let shape = XMLHints.describe(own, depth: 1)
        if shape.children.contains(where: { $0.name == name }) { return "<\(name)> is an element of its own in it" }
        if let child = shape.children.first(where: { $0.attributes.contains { $0.name == name } }) {
            return "<\(child.name)> in it has one"
        }
        return nil
    }

    /// Where an element that isn't known here would be.
    func hint(forElement name: String, nearMatch: String?) -> String? {
        for namespace in vocabulary.namespaces where name.hasPrefix("\(namespace.prefix):") {
            guard !document.namespaces.contains(where: { $0.uri == namespace.uri }) else { continue }
            return "the \(vocabulary.name) must declare xmlns:\(namespace.prefix)='\(namespace.uri)'"
        }
        guard let own = types.last else { return nil }
        if let choice = XMLHints.choices(of: own, element: name) { return "it belongs to \(choice)" }
        if nearMatch?.lowercased() == name.lowercased() { return nil }
        if XMLHints.describe(own, depth: 0).attributes.contains(where: { $0.name == name }) {
            return "'\(name)' is an attribute of it"
        }
        // A name that the format has elsewhere is less likely a typing error than an element in the wrong place.
        let parents = parents(of: name)
        guard !parents.isEmpty else { return nil }
        return "<\(excerpt(name))> stands in " + parents.prefix(3).joined(separator: " or ")
    }

    /// `<disk>`: the elements of the format in which an element of that name may stand.
    func parents(of name: String) -> [String] {
        root.flatMap { XMLHints.parents(in: $0, vocabulary.name)[name] } ?? []
    }
}

enum XMLHints {
    /// What a hint depends on: a name, and the elements that it was found in.
    struct Question: Hashable, Sendable {
        private var types: [ObjectIdentifier]
        private var element: String
        private var name: String
        private var isAttribute: Bool

        init(_ types: [any XMLElement.Type], _ element: String, attribute name: String) {
            self.init(types, element, name, isAttribute: true)
        }

        init(_ types: [any XMLElement.Type], _ element: String, element name: String) {
            self.init(types, element, name, isAttribute: false)
        }

        private init(_ types: [any XMLElement.Type], _ element: String, _ name: String, isAttribute: Bool) {
            self.types = types.suffix(2).map { ObjectIdentifier($0) }
            self.element = element
            self.name = name
            self.isAttribute = isAttribute
        }
    }

    /// What elements of a type may hold, over all variants, with children down to a depth.
    static func describe(_ type: any XMLElement.Type, depth: Int) -> XMLDescription {
        var mapper = XMLMapper(mode: .describing)
        mapper.description.depthLimit = depth
        mapper.walkAllVariants(type)
        return mapper.description.root
    }

    /// `type='block' or type='network'`: the variants of a type in which an attribute is known, or nil.
    static func choices(of type: any XMLElement.Type, below path: [String], holding attribute: String) -> String? {
        choices(of: type, depth: path.count) { root in
            var element: XMLDescription? = root
            for name in path { element = element?.children.first { $0.name == name } }
            return element?.attributes.contains { $0.name == attribute } ?? false
        }
    }

    /// The variants of a type in which a child element is known.
    static func choices(of type: any XMLElement.Type, element name: String) -> String? {
        choices(of: type, depth: 0) { $0.children.contains { $0.name == name } }
    }

    private static func choices(
        of type: any XMLElement.Type, depth: Int, where holds: (XMLDescription) -> Bool
    ) -> String? {
        var words: [String] = []
        var all: Set<String> = []
        var attribute: String?
        var pass = 0
        var passes = 1
        while pass < passes {
            var mapper = XMLMapper(mode: .describing)
            mapper.description.depthLimit = depth
            mapper.description.pass = pass
            mapper.description.passes = passes
            mapper.walk(type)
            passes = mapper.description.passes
            pass += 1
            guard let choice = mapper.description.choice else { return nil }
            attribute = choice.attribute
            all.insert(choice.word)
            if holds(mapper.description.root), !words.contains(choice.word) { words.append(choice.word) }
        }
        guard let attribute, !words.isEmpty, words.count < all.count else { return nil }
        return words.prefix(4).map { "\(attribute)='\($0)'" }.joined(separator: " or ")
    }

    /// For each name of an element the elements in which it may stand. Worked out when the first misplaced element of
    /// a format is met.
    static func parents(in root: any XMLElement.Type, _ name: StaticString) -> [String: [String]] {
        knownParents.withLock { known in
            if let parents = known[ObjectIdentifier(root)] { return parents }
            var parents: [String: [String]] = [:]
            collect(from: root.describe(name: "\(name)"), into: &parents)
            known[ObjectIdentifier(root)] = parents
            return parents
        }
    }

    private static func collect(from element: XMLDescription, into parents: inout [String: [String]]) {
        let parent = "<\(element.name)>"
        for child in element.children {
            if parents[child.name]?.contains(parent) != true { parents[child.name, default: []].append(parent) }
            collect(from: child, into: &parents)
        }
    }

    /// By the type of the root element.
    private static let knownParents = Mutex<[ObjectIdentifier: [String: [String]]]>([:])
}

extension XMLMapper {
    fileprivate mutating func walkAllVariants(_ type: any XMLElement.Type) {
        func open<E: XMLElement>(_ type: E.Type) { describeVariants(type) }
        open(type)
    }

    /// Walks one variant of a type.
    fileprivate mutating func walk(_ type: any XMLElement.Type) {
        func open<E: XMLElement>(_ type: E.Type) {
            var value = E()
            value.map(&self)
        }
        open(type)
    }
}
