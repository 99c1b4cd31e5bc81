/// Texts that have broken command lines before, and pseudo-random ones made of their parts; the same in every run.
enum NastyText {
    static let fixed = [
        "plain", "", " ", "a,b", ",", ",,", ",,,", "a=b", "=", "a=b,c=d", "\"", "\"quoted\"", "\\", "\\,", "a\\\"b",
        "line\nbreak", "tab\there", "--help", "-S", "%s%n", "$(id)", "`id`", "'", "grüße", "日本語", "🐧", "a/../b",
        "on", "off", "null", "{}", "{\"a\":1}", "[0]", "id=x", "a.b", "a.0", "#c", ";c", "[name]", "trailing ",
        " leading",
        "\u{7f}", "\u{1}", "\r", "\u{2028}", "e\u{301}",
    ]

    static let random: [String] = {
        var generator = Generator(state: 42)
        return (0..<60).map { _ in
            let parts = Int.random(in: 1...8, using: &generator)
            return (0..<parts).map { _ in fixed[Int.random(in: 0..<fixed.count, using: &generator)] }.joined()
        }
    }()

    static let all = fixed + random

    /// SplitMix64.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }
    }
}
