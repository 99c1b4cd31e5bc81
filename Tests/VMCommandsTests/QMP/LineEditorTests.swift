import Testing

@testable import VMCommands

@Suite("Editing a line")
struct LineEditorTests {
    private func type(_ text: String, _ editor: inout LineEditor) -> [LineEditor.Effect] {
        var reader = KeyReader()
        var effects: [LineEditor.Effect] = []
        for byte in text.utf8 {
            reader.append([byte])
            while let key = reader.next() { effects.append(editor.handle(key)) }
        }
        return effects
    }

    @Test(
        "Keys that arrive in pieces",
        arguments: [
            ("abc\u{1b}[D\u{1b}[DX", "aXbc"), ("abc\u{01}X\u{05}Y", "XabcY"), ("grün 😀\u{7f}\u{7f}!", "grün!"),
            ("one two\u{17}three", "one three"), ("one two\u{1b}[1;5D\u{0b}", "one "), ("one two\u{15}x", "x"),
            ("ab\u{1b}[H\u{1b}[3~", "b"), ("ab\u{02}\u{04}", "a"), ("a\u{1b}[99zb", "ab"), ("a\u{1b}OHb", "ba"),
        ])
    func keys(typed: String, text: String) {
        var editor = LineEditor(history: [])
        _ = type(typed, &editor)
        #expect(String(editor.text) == text)
    }

    @Test("Enter accepts, Ctrl-C gives up, Ctrl-D on an empty line ends")
    func effects() {
        var editor = LineEditor(history: [])
        #expect(type("\u{04}", &editor) == [.endOfInput])
        #expect(type("a\r", &editor).last == .accept("a"))
        #expect(type("\u{03}", &editor) == [.abandon])
        #expect(type("\t", &editor) == [.complete])
        #expect(type("\u{0c}", &editor) == [.clearScreen])
    }

    @Test("The history is walked through, and what was begun comes back")
    func history() {
        var editor = LineEditor(history: ["one", "two"])
        _ = type("new\u{1b}[A", &editor)
        #expect(String(editor.text) == "two")
        _ = type("\u{10}\u{10}\u{10}", &editor)
        #expect(String(editor.text) == "one")
        _ = type("\u{0e}\u{0e}\u{0e}", &editor)
        #expect(String(editor.text) == "new")
    }

    @Test("Replacing the last word and showing a long line")
    func view() {
        var editor = LineEditor(history: [])
        _ = type("eject é fo", &editor)
        editor.replace(from: 9, by: "force=")
        #expect(editor.beforeCursor == "eject é force=")
        _ = type(String(repeating: "x", count: 100), &editor)
        let (text, column) = editor.view(width: 20)
        #expect(text.count == 19 && column == 19)
        editor.replace(from: 10_000, by: "!")
        #expect(editor.beforeCursor.hasSuffix("x!"))
    }
}
