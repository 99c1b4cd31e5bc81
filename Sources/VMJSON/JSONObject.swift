/// The members of a JSON object: unique keys in the order in which they were written.
///
/// Equality ignores the order. Looking a key up is a walk over the members, which for the small objects of QMP is
/// quicker than hashing.
public struct JSONObject: Sendable {
    /// A key with its value.
    public struct Member: Sendable, Hashable {
        public let key: String
        public var value: JSONValue

        @inlinable
        public init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    public private(set) var members: [Member]

    public init() { members = [] }

    /// Takes the members in their order; of equal keys the last value counts, at the first one's place.
    public init(_ pairs: [(String, JSONValue)]) {
        members = []
        for (key, value) in pairs { self[key] = value }
    }

    /// For the parser, which has seen to it that the keys are unique.
    init(uniqueMembers members: [Member]) { self.members = members }

    /// The value of a key. Assigning appends a new key at the end, replaces an old one's value where it stands;
    /// assigning nil removes the key.
    public subscript(key: String) -> JSONValue? {
        get {
            for member in members where member.key == key { return member.value }
            return nil
        }
        set {
            let place = members.firstIndex { $0.key == key }
            switch (place, newValue) {
            case (let place?, let value?): members[place].value = value
            case (let place?, nil): members.remove(at: place)
            case (nil, let value?): members.append(Member(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    public var keys: [String] { members.map(\.key) }
    public var count: Int { members.count }
    public var isEmpty: Bool { members.isEmpty }

    /// These members with those of `other`, whose values win.
    public func merging(_ other: JSONObject) -> JSONObject {
        var result = self
        for member in other.members { result[member.key] = member.value }
        return result
    }
}

extension JSONObject: Sequence {
    /// The members as pairs, in order.
    public func makeIterator() -> some IteratorProtocol<(key: String, value: JSONValue)> {
        members.lazy.map { (key: $0.key, value: $0.value) }.makeIterator()
    }

    public var underestimatedCount: Int { members.count }
}

extension JSONObject: Hashable {
    public static func == (a: JSONObject, b: JSONObject) -> Bool {
        guard a.members.count == b.members.count else { return false }
        if a.members == b.members { return true }
        if a.members.count <= 16 { return a.members.allSatisfy { b[$0.key] == $0.value } }
        let table = Dictionary(b.members.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        return a.members.allSatisfy { table[$0.key] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        // Sums don't depend on the order.
        var sum = 0
        for member in members { sum &+= member.hashValue }
        hasher.combine(members.count)
        hasher.combine(sum)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Of equal keys the last one counts.
    public init(dictionaryLiteral members: (String, JSONValue)...) { self.init(members) }
}

extension JSONObject: CustomStringConvertible {
    /// Compact JSON text.
    public var description: String { JSONValue.object(self).description }
}
