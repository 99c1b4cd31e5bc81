/// A read-only table from text to text inside a block of bytes, searched where it lies: loading it costs nothing but
/// the check of its header, which is why a cached set of capabilities is there at once.
///
/// Layout, numbers as 32-bit little endian: the count n, n pairs of (end of key, end of value) counted from the start
/// of the text, then the text, key and value alternating, keys ascending by bytes.
struct PackedTable: Sendable {
    /// Where in the block the table lies.
    let range: Range<Int>

    /// Checks that the table's own numbers stay within its range and ascend.
    init?(_ bytes: [UInt8], range: Range<Int>) {
        guard range.count >= 4 else { return nil }
        self.range = range
        let count = Int(Self.number(bytes, range.lowerBound))
        guard count <= (range.count - 4) / 8 else { return nil }
        let last = count == 0 ? 0 : Int(Self.number(bytes, range.lowerBound + 4 + 8 * (count - 1) + 4))
        guard 4 + 8 * count + last == range.count else { return nil }
    }

    func count(_ bytes: [UInt8]) -> Int { Int(Self.number(bytes, range.lowerBound)) }

    private func textStart(_ bytes: [UInt8]) -> Int { range.lowerBound + 4 + 8 * count(bytes) }

    /// The places of the key and the value of entry `index`; empty for a damaged entry.
    private func entry(_ bytes: [UInt8], _ index: Int) -> (key: Range<Int>, value: Range<Int>) {
        let base = textStart(bytes)
        let place = range.lowerBound + 4 + 8 * index
        let from = index == 0 ? 0 : Int(Self.number(bytes, place - 4))
        let keyEnd = Int(Self.number(bytes, place))
        let end = Int(Self.number(bytes, place + 4))
        guard from <= keyEnd, keyEnd <= end, base + end <= range.upperBound else { return (base..<base, base..<base) }
        return (base + from..<base + keyEnd, base + keyEnd..<base + end)
    }

    /// The value of a key.
    func value(_ bytes: [UInt8], _ key: String) -> ArraySlice<UInt8>? {
        find(bytes, key).map { bytes[entry(bytes, $0).value] }
    }

    func contains(_ bytes: [UInt8], _ key: String) -> Bool { find(bytes, key) != nil }

    /// Whether a key has that beginning.
    func contains(_ bytes: [UInt8], prefix: String) -> Bool {
        let index = lowerBound(bytes, prefix)
        return index < count(bytes) && bytes[entry(bytes, index).key].starts(with: prefix.utf8)
    }

    /// All keys with that beginning, and their values, ascending.
    func entries(_ bytes: [UInt8], prefix: String = "") -> [(key: String, value: ArraySlice<UInt8>)] {
        var result: [(key: String, value: ArraySlice<UInt8>)] = []
        var index = lowerBound(bytes, prefix)
        let total = count(bytes)
        while index < total {
            let (key, value) = entry(bytes, index)
            guard bytes[key].starts(with: prefix.utf8) else { break }
            result.append((String(decoding: bytes[key], as: UTF8.self), bytes[value]))
            index += 1
        }
        return result
    }

    private func find(_ bytes: [UInt8], _ key: String) -> Int? {
        let index = lowerBound(bytes, key)
        guard index < count(bytes), bytes[entry(bytes, index).key].elementsEqual(key.utf8) else { return nil }
        return index
    }

    /// The first entry whose key is not less than `key`.
    private func lowerBound(_ bytes: [UInt8], _ key: String) -> Int {
        var key = key
        return key.withUTF8 { wanted in
            var low = 0
            var high = count(bytes)
            while low < high {
                let middle = (low + high) / 2
                if Self.isLess(bytes, entry(bytes, middle).key, wanted) { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    private static func isLess(_ bytes: [UInt8], _ range: Range<Int>, _ key: UnsafeBufferPointer<UInt8>) -> Bool {
        let common = min(range.count, key.count)
        for offset in 0..<common {
            let (a, b) = (bytes[range.lowerBound + offset], key[offset])
            if a != b { return a < b }
        }
        return range.count < key.count
    }

    static func number(_ bytes: [UInt8], _ at: Int) -> UInt32 {
        guard at >= 0, at + 4 <= bytes.count else { return 0 }
        return UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16
            | UInt32(bytes[at + 3]) << 24
    }

    static func append(_ number: Int, to bytes: inout [UInt8]) {
        let value = UInt32(clamping: number)
        for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    /// Writes a table at the end of `bytes`.
    static func append(_ entries: [String: [UInt8]], to bytes: inout [UInt8]) {
        let sorted = entries.map { (Array($0.key.utf8), $0.value) }.sorted { $0.0.lexicographicallyPrecedes($1.0) }
        append(sorted.count, to: &bytes)
        var end = 0
        for (key, value) in sorted {
            append(end + key.count, to: &bytes)
            end += key.count + value.count
            append(end, to: &bytes)
        }
        for (key, value) in sorted {
            bytes += key
            bytes += value
        }
    }
}
