import Testing

@testable import VMCore

/// Foreign text where it leaves to a terminal.
@Suite struct PrintableTextTests {
    @Test(
        "What moves a cursor, turns writing round or can't be seen is shown as its number",
        arguments: [
            ("plain äöü 日本 😀 ~", "plain äöü 日本 😀 ~"), ("\u{1b}[2J", "\\x1b[2J"), ("\u{0}\u{7}\u{8}", "\\x00\\x07\\x08"),
            ("\u{7f}", "\\x7f"), ("\u{80}\u{9b}1A\u{9f}", "\\x80\\x9b1A\\x9f"), ("\u{a0}", "\u{a0}"),
            ("\u{202e}evil", "\\u202eevil"), ("\u{200b}\u{feff}", "\\u200b\\ufeff"),
            ("\u{2028}\u{2029}", "\\u2028\\u2029"),
            ("\u{e0001}", "\\ue0001"),
        ])
    func cleaned(text: String, shown: String) {
        #expect(PrintableText.line(text) == shown)
        #expect(PrintableText.lines(text) == shown)
    }

    @Test("Line ends and tabs stay where there may be several lines, and nowhere else")
    func lines() {
        #expect(PrintableText.lines("a\nb\tc\r\nd\re") == "a\nb\tc\r\nd\\x0de")
        #expect(PrintableText.line("a\nb\tc") == "a\\x0ab\\x09c")
    }
}
