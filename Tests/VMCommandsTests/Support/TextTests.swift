import Testing

@testable import VMCommands

@Suite("Words, paths, times and numbers in text")
struct TextTests {
    @Test(
        "a shell reads a quoted word back",
        arguments: [("a", "a"), ("", "''"), ("a b", "'a b'"), ("it's", "'it'\\''s'"), ("{\"a\":1}", "'{\"a\":1}'")])
    func quoting(_ word: String, _ text: String) {
        #expect(ShellWords.quoted(word) == text)
    }

    @Test("a command has a line for each option")
    func command() {
        #expect(ShellWords.command(["qemu", "-name", "a b", "-S"]) == "qemu \\\n  -name 'a b' \\\n  -S")
    }

    @Test(
        "paths are made absolute by name",
        arguments: [
            ("a", "/b", "/b/a"), ("../a", "/b/c", "/b/a"), ("/x/./y", "/b", "/x/y"), ("../../..", "/b", "/"),
            ("a//b/", "/", "/a/b"),
        ])
    func absolute(_ path: String, _ folder: String, _ result: String) {
        #expect(InputFile.absolute(path, below: folder) == result)
    }

    @Test("a word with a slash is a file, a plain word a domain")
    func files() {
        #expect(InputFile.looksLikeFile("./a"))
        #expect(InputFile.looksLikeFile("-"))
        #expect(!InputFile.looksLikeFile("a"))
        #expect(!InputFile.looksLikeFile("nosuchfile.xml"))
    }

    @Test("times are printed in UTC")
    func times() {
        #expect(Timestamp.text(1_000_000_000_123_456_789) == "2001-09-09T01:46:40.123Z")
        #expect(Timestamp.text(-1) == "1969-12-31T23:59:59.999Z")
        #expect(Timestamp.readable(0) == "1970-01-01 00:00:00 UTC")
        #expect(Timestamp.readable(951_782_399_000_000_000) == "2000-02-28 23:59:59 UTC")
        #expect(Timestamp.readable(951_782_400_000_000_000) == "2000-02-29 00:00:00 UTC")
        #expect(Timestamp.readable(4_107_542_399_000_000_000) == "2100-02-28 23:59:59 UTC")
        #expect(Timestamp.readable(4_107_542_400_000_000_000) == "2100-03-01 00:00:00 UTC")
        #expect(Timestamp.text(.min) == "1677-09-21T00:12:43.145Z")
        #expect(Timestamp.age(Timestamp.now) == "0 s")
        #expect(Timestamp.age(Timestamp.now - 3_725_000_000_000) == "1 h 2 min")
        #expect(Timestamp.age(.min) != "")
        #expect(Timestamp.age(Timestamp.now - 30_000_000_000).hasSuffix(" s"))
        #expect(Timestamp.age(Timestamp.now - 150_000_000_000).hasPrefix("2 min "))
        #expect(Timestamp.age(Timestamp.now - (86_400 * 3 + 3600 * 4 + 1800) * 1_000_000_000) == "3 d 4 h")
        #expect(Timestamp.age(Timestamp.now - (3600 * 23 + 59 * 60 + 30) * 1_000_000_000) == "23 h 59 min")
        #expect(Timestamp.age(Timestamp.now + 60_000_000_000) == "0 s")
    }

    @Test("the first day of every month, in a leap year and in another")
    func months() {
        var days: Int64 = 11_323
        for (year, lengths) in [
            (2001, [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]),
            (2002, [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]),
            (2003, [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]),
            (2004, [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]),
        ] as [(Int, [Int64])] {
            for (month, length) in lengths.enumerated() {
                let number = (month < 9 ? "0" : "") + "\(month + 1)"
                #expect(Timestamp.text(days * 86_400_000_000_000) == "\(year)-\(number)-01T00:00:00.000Z")
                days += length
                #expect(
                    Timestamp.readable((days * 86_400 - 1) * 1_000_000_000)
                        == "\(year)-\(number)-\(length) 23:59:59 UTC")
            }
        }
    }

    @Test(
        "numbers keep their digits",
        arguments: [
            (0.005, 2, "0.01"), (12.0, 1, "12.0"), (-1.26, 1, "-1.3"), (3, 0, "3"), (0.96, 1, "1.0"), (2.5, 0, "3"),
            (-0.04, 1, "0.0"), (1.0005, 3, "1.001"), (99.96, 1, "100.0"), (0.05, 2, "0.05"),
            (1e13, 0, "10000000000000"), (1e300, 0, "\(Int64.max)"), (.nan, 1, "0.0"),
        ])
    func decimals(_ value: Double, _ digits: Int, _ text: String) {
        #expect(Decimal.text(value, digits: digits) == text)
    }
}
