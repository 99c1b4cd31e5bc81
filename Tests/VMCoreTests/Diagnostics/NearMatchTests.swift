import Testing
import VMCore

@Suite("Near matches")
struct NearMatchTests {
    @Test(
        "A word is suggested up to a third of its length away, one mistake at least, three at most",
        arguments: [
            ("dsik", "disk", true), ("disc", "disk", true), ("DISK", "disk", true), ("dixx", "disk", false),
            ("abcde", "abcxy", false), ("abcdef", "abcdxy", true), ("abcdefghi", "abcdefxyz", true),
            ("abcdefghijkl", "abcdefghwxyz", false), ("abcdefghijkl", "abcdefghixyz", true), ("ab", "a", true),
            ("a", "b", true), ("ab", "cd", false), ("", "a", true), ("", "ab", false),
        ])
    func limits(word: String, candidate: String, isNear: Bool) {
        #expect(NearMatch.best(for: word, among: [candidate]) == (isNear ? candidate : nil))
    }

    @Test("Of several the nearest is suggested, of equally near ones the first")
    func best() {
        #expect(NearMatch.best(for: "interfcae", among: ["interlace", "interface"]) == "interface")
        #expect(NearMatch.best(for: "vdx", among: ["vda", "vdb"]) == "vda")
        #expect(NearMatch.best(for: "x", among: [String]()) == nil)
    }

    @Test(
        "The distance counts insertions, removals, replacements and swapped neighbours",
        arguments: [
            ("", "", 0), ("abc", "", 3), ("", "abc", 3), ("abc", "abc", 0), ("abc", "abd", 1), ("abc", "ac", 1),
            ("ac", "abc", 1), ("abcd", "abdc", 1), ("abcd", "badc", 2), ("ca", "abc", 3), ("aab", "aba", 1),
            ("kitten", "sitting", 3),
        ])
    func distance(a: String, b: String, distance: Int) {
        #expect(NearMatch.editDistance(Array(a.utf8), Array(b.utf8)) == distance)
    }
}
