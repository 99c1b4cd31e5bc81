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

    public func isDisjoint(with other: CPUSet) -> Bool {
        !ranges.contains { range in other.ranges.contains { $0.overlaps(range) } }
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
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let word = item.drop { $0 == " " }
            if word.first == "^" {
                guard let number = CPUSet.number(word.dropFirst()) else { return nil }
                remove(number)
                continue
            }
            let bounds = word.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            guard let low = bounds.first.flatMap(CPUSet.number), let high = bounds.last.flatMap(CPUSet.number),
                low <= high
            else { return nil }
            insert(low...high)
        }
        if isEmpty { return nil }
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
