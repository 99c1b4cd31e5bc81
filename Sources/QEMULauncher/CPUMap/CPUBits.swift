/// A set of bits of CPUID leaves and model specific registers, numbered by the ``CPUMap`` that they come from.
struct CPUBits: Sendable, Hashable {
    private var words: [UInt64] = []

    var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    mutating func insert(_ bit: Int) {
        let word = bit / 64
        if word >= words.count { words += Array(repeating: 0, count: word + 1 - words.count) }
        words[word] |= 1 << UInt64(bit % 64)
    }

    mutating func formUnion(_ other: CPUBits) {
        if other.words.count > words.count { words += Array(repeating: 0, count: other.words.count - words.count) }
        for (index, word) in other.words.enumerated() { words[index] |= word }
    }

    mutating func subtract(_ other: CPUBits) {
        for (index, word) in other.words.prefix(words.count).enumerated() { words[index] &= ~word }
    }

    func subtracting(_ other: CPUBits) -> CPUBits {
        var result = self
        result.subtract(other)
        return result
    }

    func isSubset(of other: CPUBits) -> Bool {
        for (index, word) in words.enumerated() {
            let theirs = index < other.words.count ? other.words[index] : 0
            if word & ~theirs != 0 { return false }
        }
        return true
    }
}
