/// What an element may hold, as its mapping declares it.
public struct XMLDescription: Sendable, Hashable {
    public struct Attribute: Sendable, Hashable {
        public var name: String
        public var accepted: XMLAccepted
        public var required: Bool
    }

    public var name: String
    public var attributes: [Attribute] = []
    public var children: [XMLDescription] = []
    /// What the element's own text may be; nil when it has none.
    public var content: XMLAccepted?
    /// Whether the element may stand any number of times.
    public var repeats = false
    /// Whether anything may stand in the element.
    public var isOpaque = false
    /// Whether the element is described further up already (`<backingStore>` holds `<backingStore>`).
    public var isRecursive = false
}

/// Collects an ``XMLDescription`` from the calls of mappings.
struct XMLDescriber: Sendable {
    private var stack = [XMLDescription(name: "")]
    /// Which words of the variants this walk takes: a number whose digits count the words, each variant a digit.
    var pass = 0
    /// How many walks all combinations of words take, as far as variants were met.
    var passes = 1
    /// The value of the next variant's digit in this walk.
    var place = 1
    /// Whether to walk all variants, or just those which the element has.
    var followsVariants = true
    /// How many levels of children are walked.
    var depthLimit = Int.max
    /// The attribute that decides the shape of the outermost element, and the word of it that this walk takes.
    private(set) var choice: (attribute: String, word: String)?
    private var typesOnTheWay: [ObjectIdentifier] = []
    /// What was walked where already: another walk of the parent comes to the same result.
    private var walked: Set<Walk> = []

    private struct Walk: Hashable, Sendable {
        var path: [String]
        var type: ObjectIdentifier
        var hash: Int
    }

    /// Bounds the walks through an element with many variants.
    private static let mostPasses = 1000

    var root: XMLDescription { stack[0] }

    private mutating func edit(_ body: (inout XMLDescription) -> Void) {
        body(&stack[stack.count - 1])
    }

    @inline(never)
    mutating func attribute(_ name: StaticString, _ accepted: XMLAccepted, required: Bool) {
        let name = "\(name)"
        edit { element in
            if let known = element.attributes.firstIndex(where: { $0.name == name }) {
                element.attributes[known].accepted = element.attributes[known].accepted.merged(with: accepted)
            } else {
                element.attributes.append(.init(name: name, accepted: accepted, required: required))
            }
        }
    }

    @inline(never)
    mutating func variant<V>(of all: [V]) -> V? {
        guard followsVariants, !all.isEmpty else { return nil }
        let word = all[pass / place % all.count]
        place *= all.count
        passes = max(passes, min(place, XMLDescriber.mostPasses))
        return word
    }

    /// Whether children of the element being described are walked.
    var descends: Bool { followsVariants && stack.count - 1 <= depthLimit }

    mutating func chose(_ attribute: StaticString, _ word: String) {
        if stack.count == 1, choice == nil { choice = ("\(attribute)", word) }
    }

    @inline(never)
    mutating func content(_ accepted: XMLAccepted) { edit { $0.content = accepted } }

    @inline(never)
    mutating func leaf(_ name: String, _ accepted: XMLAccepted?) {
        enter(name, repeats: false)
        edit { $0.content = accepted ?? $0.content }
        leave()
    }

    @inline(never)
    mutating func opaque(_ name: String) {
        enter(name, repeats: false)
        edit { $0.isOpaque = true }
        leave()
    }

    @inline(never)
    mutating func enter(_ name: String, repeats: Bool) {
        var entry = XMLDescription(name: name)
        edit { element in
            if let known = element.children.firstIndex(where: { $0.name == name }) {
                entry = element.children.remove(at: known)
            }
        }
        entry.repeats = entry.repeats || repeats
        stack.append(entry)
    }

    @inline(never)
    mutating func leave() {
        guard stack.count > 1, let entry = stack.popLast() else { return }
        edit { $0.children.append(entry) }
    }

    /// Begins a type; false if it is being described already, which the entry then says.
    @inline(never)
    mutating func begin(_ type: ObjectIdentifier) -> Bool {
        if typesOnTheWay.contains(type) {
            edit { $0.isRecursive = true }
            return false
        }
        typesOnTheWay.append(type)
        return true
    }

    /// Whether an element like this one hasn't been walked at this place yet.
    @_semantics("optimize.sil.specialize.generic.never")
    @inline(never)
    mutating func isNew<E: XMLElement>(_ prototype: E) -> Bool {
        let walk = Walk(path: stack.map(\.name), type: ObjectIdentifier(E.self), hash: prototype.hashValue)
        return walked.insert(walk).inserted
    }

    @inline(never)
    mutating func finish() { _ = typesOnTheWay.popLast() }
}

extension XMLAccepted {
    func merged(with other: XMLAccepted) -> XMLAccepted {
        guard case .words(let a) = self, case .words(let b) = other else { return self }
        return .words(a + b.filter { !a.contains($0) })
    }
}

extension XMLMapper {
    /// Describes a child: once for each word of the variants it has.
    @_semantics("optimize.sil.specialize.generic.never")
    @inline(never)
    mutating func describe<E: XMLElement>(_ name: StaticString, _ type: E.Type, repeats: Bool) {
        description.enter(qualified(name), repeats: repeats)
        defer { description.leave() }
        guard description.descends else { return }
        describeVariants(type)
    }

    @_semantics("optimize.sil.specialize.generic.never")
    @inline(never)
    mutating func describeVariants<E: XMLElement>(_ type: E.Type) { describeVariants(from: E()) }

    /// Walks the variants of an element of which `prototype` fixes what the element around it decides.
    @_semantics("optimize.sil.specialize.generic.never")
    @inline(never)
    mutating func describeVariants<E: XMLElement>(from prototype: E) {
        guard description.isNew(prototype), description.begin(ObjectIdentifier(E.self)) else { return }
        let outer = (description.pass, description.passes, description.place)
        var pass = 0
        var passes = 1
        while pass < passes {
            description.pass = pass
            description.passes = passes
            description.place = 1
            var value = prototype
            value.map(&self)
            passes = description.passes
            pass += 1
        }
        (description.pass, description.passes, description.place) = outer
        description.finish()
    }
}

extension XMLElement {
    /// All that an element of this type may hold, over all of its variants.
    public static func describe(name: String) -> XMLDescription {
        var mapper = XMLMapper(mode: .describing)
        mapper.describeVariants(Self.self)
        var description = mapper.description.root
        description.name = name
        return description
    }
}
