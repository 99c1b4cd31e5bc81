public import VMXML

/// A set of CPU or NUMA node numbers: `0-3,8,^2` in a document, `0-1,3,8` when written.
public struct CPUSet: Sendable, Hashable {
    /// The numbers as ranges in rising order, which neither overlap nor touch.
    public private(set) var ranges: [ClosedRange<Int>] = []

    /// One more than the largest number that may stand in a document.
    public static let limit = 16384

    public init() {}

    public init(_ numbers: some Sequence<Int>) {
        for number in numbers { insert(number...number) }
    }

    public init(_ range: ClosedRange<Int>) { ranges = [range] }

    public var isEmpty: Bool { ranges.isEmpty }
    public var count: Int { ranges.reduce(0) { $0 + $1.count } }
    public var first: Int? { ranges.first?.lowerBound }
    public var last: Int? { ranges.last?.upperBound }
    /// All numbers in rising order.
    public var members: [Int] { ranges.flatMap(Array.init) }

    public func contains(_ number: Int) -> Bool { ranges.contains { $0.contains(number) } }

    /// The lowest number that is at least as large as another.
    public func first(from number: Int) -> Int? {
        ranges.first { $0.upperBound >= number }.map { max($0.lowerBound, number) }
    }

    public func isDisjoint(with other: CPUSet) -> Bool {
        var (mine, others) = (ranges[...], other.ranges[...])
        while let a = mine.first, let b = others.first {
            if a.overlaps(b) { return false }
            if a.upperBound < b.upperBound { mine.removeFirst() } else { others.removeFirst() }
        }
        return true
    }

    public mutating func formUnion(_ other: CPUSet) {
        for range in other.ranges { insert(range) }
    }

    public mutating func insert(_ range: ClosedRange<Int>) {
        var (low, high) = (range.lowerBound, range.upperBound)
        var result: [ClosedRange<Int>] = []
        var position = 0
        while position < ranges.count, ranges[position].upperBound < low - 1 {
            result.append(ranges[position])
            position += 1
        }
        while position < ranges.count, ranges[position].lowerBound <= high + 1 {
            low = min(low, ranges[position].lowerBound)
            high = max(high, ranges[position].upperBound)
            position += 1
        }
        result.append(low...high)
        result += ranges[position...]
        ranges = result
    }

    public mutating func remove(_ number: Int) {
        ranges = ranges.flatMap { range -> [ClosedRange<Int>] in
            guard range.contains(number) else { return [range] }
            var parts: [ClosedRange<Int>] = []
            if range.lowerBound < number { parts.append(range.lowerBound...(number - 1)) }
            if number < range.upperBound { parts.append((number + 1)...range.upperBound) }
            return parts
        }
    }
}

extension CPUSet: XMLValue {
    public init?(xml text: String) {
        var bits = BitMap()
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let word = item.drop { $0 == " " }
            if word.first == "^" {
                guard let number = CPUSet.number(word.dropFirst()) else { return nil }
                bits.clear(number)
                continue
            }
            let bounds = word.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            guard let low = bounds.first.flatMap(CPUSet.number), let high = bounds.last.flatMap(CPUSet.number),
                low <= high
            else { return nil }
            bits.set(low...high)
        }
        ranges = bits.ranges
        if isEmpty { return nil }
    }

    /// The numbers below the limit as bits: what a text with thousands of items is collected in, as each of them costs the
    /// same wherever it falls.
    private struct BitMap {
        private var words = [UInt64](repeating: 0, count: CPUSet.limit / 64)

        mutating func set(_ range: ClosedRange<Int>) {
            for word in range.lowerBound / 64...range.upperBound / 64 {
                let low = max(range.lowerBound - word * 64, 0)
                let high = min(range.upperBound - word * 64, 63)
                words[word] |= (UInt64.max >> UInt64(63 - (high - low))) << UInt64(low)
            }
        }

        mutating func clear(_ number: Int) { words[number / 64] &= ~(1 << UInt64(number % 64)) }

        var ranges: [ClosedRange<Int>] {
            var found: [ClosedRange<Int>] = []
            for (index, word) in words.enumerated() where word != 0 {
                for bit in 0..<64 where word >> UInt64(bit) & 1 == 1 {
                    let number = index * 64 + bit
                    if let last = found.last, last.upperBound == number - 1 {
                        found[found.count - 1] = last.lowerBound...number
                    } else {
                        found.append(number...number)
                    }
                }
            }
            return found
        }
    }

    private static func number(_ text: Substring) -> Int? {
        let digits = text.filter { $0 != " " }
        guard let number = Int(digits), digits.utf8.first != UInt8(ascii: "+"), number >= 0, number < limit else {
            return nil
        }
        return number
    }

    public var xml: String {
        ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")
    }

    public static var accepted: XMLAccepted { .phrase("numbers and ranges below \(limit) such as 0-3,8,^2") }
}

extension CPUSet: CustomStringConvertible, ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: Int...) { self.init(elements) }
    public var description: String { xml }
}
