import Testing
import VMXML

@Suite struct XMLChangeRendererTests {
    private let changes = [
        XMLChange(path: "domain/memory", old: "1", new: "2"),
        XMLChange(path: "domain/title", old: nil, new: "a\u{1b}[2J"),
        XMLChange(path: "domain/name", old: "x", new: nil),
    ]

    @Test("Without colours a change is printed as it describes itself, with nothing in it that a terminal would obey")
    func plain() {
        let text = XMLChangeRenderer().render(changes)
        #expect(
            text == """
                domain/memory: '1' → '2'
                domain/title: + 'a\\x1b[2J'
                domain/name: - 'x'

                """)
    }

    @Test("In colours what goes is red and what comes green")
    func coloured() {
        let text = XMLChangeRenderer(colours: true).render(changes)
        #expect(text.contains("\u{1b}[1;31m'1'\u{1b}[0m → \u{1b}[1;32m'2'\u{1b}[0m\n"))
        #expect(text.contains("\u{1b}[1;32m+\u{1b}[0m"))
        #expect(text.contains("\u{1b}[1;31m-\u{1b}[0m"))
    }
}
