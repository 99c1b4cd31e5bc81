/// Finds the word that was probably meant.
public enum NearMatch {
    /// The candidate nearest to `word`, or nil when none is near enough to be worth suggesting.
    ///
    /// Near means at most a third of the longer word's bytes (but at least one, at most three) inserted, removed,
    /// replaced or swapped with the neighbour; letter case alone counts as nothing.
    public static func best(for word: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(word.lowercased().utf8.prefix(64))
        var found: (word: String, distance: Int)?
        for candidate in candidates {
            let other = Array(candidate.lowercased().utf8.prefix(64))
            let limit = min(3, max(1, max(wanted.count, other.count) / 3))
            guard abs(wanted.count - other.count) <= limit else { continue }
            let distance = editDistance(wanted, other)
            guard distance <= limit, distance < (found?.distance ?? .max) else { continue }
            found = (candidate, distance)
        }
        return found?.word
    }

    /// The optimal string alignment distance: insertions, removals, replacements and swaps of neighbours.
    public static func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            row.reserveCapacity(b.count + 1)
            for j in b.indices {
                var cost = min(last[j] + (a[i] == b[j] ? 0 : 1), row[j] + 1, last[j + 1] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
                row.append(cost)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
