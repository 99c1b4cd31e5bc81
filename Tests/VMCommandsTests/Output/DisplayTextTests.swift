import Testing
import VMCore
import VMJSON

@testable import VMCommands

@Suite("Text for terminals")
struct DisplayTextTests {
    @Test("No control character reaches a terminal, those with one byte in Latin-1 neither")
    func controls() {
        for value in [0, 7, 8, 0x1b, 0x1f, 0x7f, 0x80, 0x85, 0x9b, 0x9f] as [UInt32] {
            let scalar = Unicode.Scalar(value) ?? " "
            let digits = String(value, radix: 16)
            let escape = "\\x" + (digits.count < 2 ? "0" : "") + digits
            #expect(DisplayText.printable("a\(Character(scalar))b") == "a\(escape)b")
        }
        for text in ["plain", "~ ", "\u{a0}", "ÿ", "über", "虚拟机", "🐧"] { #expect(DisplayText.printable(text) == text) }
    }

    @Test(
        "Columns: none for what combines, two for wide characters",
        arguments: [
            ("", 0), ("abc", 3), ("ü", 1), ("u\u{308}", 1), ("\u{200b}", 0), ("虚拟机", 6), ("ｱ", 1), ("Ａ", 2), ("한", 2),
            ("🐧", 2), ("€", 1),
        ])
    func width(text: String, columns: Int) {
        #expect(DisplayText.width(text) == columns)
    }

    @Test(
        "A text is cut before the character that doesn't fit",
        arguments: [
            ("abc", 2, "ab"), ("abc", 3, "abc"), ("虚拟机", 5, "虚拟"), ("虚", 1, ""), ("u\u{308}x", 1, "u\u{308}"),
            ("a", 0, ""),
        ])
    func cut(text: String, columns: Int, left: String) {
        #expect(DisplayText.cut(text, to: columns).unicodeScalars.elementsEqual(left.unicodeScalars))
    }

    @Test("Columns of a table line up whatever their characters' width")
    func table() {
        var table = TextTable(["Id", "Name", "State"])
        table.rows = [["1", "虚拟机器", "running"], ["-", "u\u{308}", "shut off"]]
        #expect(
            table.rendered() == """
                 Id   Name       State
                ---------------------------
                 1    虚拟机器   running
                 -    u\u{308}          shut off

                """)
        #expect(table.rendered(headings: false) == " 1   虚拟机器   running\n -   u\u{308}          shut off\n")
    }

    @Test(
        "an answer keeps its lines and tabs, and nothing in it does anything on a terminal",
        arguments: [
            ("a\n\tb\r\nc", "a\n\tb\r\nc"), ("\u{1b}[1;31mred\u{1b}[0m", "\\x1b[1;31mred\\x1b[0m"),
            ("a\rb", "a\\x0db"), ("\u{1b}[2J", "\\x1b[2J"), ("\u{1b}]0;title\u{7}", "\\x1b]0;title\\x07"),
            ("\u{9b}2J\u{7f}", "\\x9b2J\\x7f"), ("\u{1b}", "\\x1b"), ("\u{1b}[", "\\x1b["), ("\u{1b}[1", "\\x1b[1"),
            ("\u{1b}[1;2Hm", "\\x1b[1;2Hm"), ("\r\r\n", "\\x0d\r\n"), ("虚拟机 🐧", "虚拟机 🐧"),
        ])
    func terminal(text: String, shown: String) {
        #expect(PrintableText.lines(text) == shown)
    }

    @Test("what turns the direction of writing, is not seen, or separates lines is shown as its number")
    func formats() {
        let hostile = ["\u{202e}", "\u{2066}", "\u{200b}", "\u{feff}", "\u{2028}", "\u{2029}", "\u{ad}"]
        let shown = ["\\u202e", "\\u2066", "\\u200b", "\\ufeff", "\\u2028", "\\u2029", "\\xad"]
        #expect(hostile.map(DisplayText.printable) == shown)
        #expect(hostile.map(PrintableText.lines) == shown)
        #expect(DisplayText.printable("虚拟机 é ü 🐧") == "虚拟机 é ü 🐧")
    }

    @Test("JSON says the same with escapes, which a reader takes back")
    func json() throws {
        let text = "{\"a\":\"\u{9b}2J\u{202e}\u{e0001}é\"}"
        let escaped = DisplayText.escapedJSON(text)
        #expect(escaped == "{\"a\":\"\\u009b2J\\u202e\\udb40\\udc01é\"}")
        #expect(try JSONParser.parse(escaped) == JSONParser.parse(text))
        #expect(DisplayText.escapedJSON("{\"a\":[1]}") == "{\"a\":[1]}")
    }
}
