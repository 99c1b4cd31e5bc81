import Testing
import VMCore
import VMXML

@Suite struct DiagnosticRendererTests {
    private func render(_ text: String, colours: Bool = false, width: Int = 100) throws -> String {
        let reading = try readPool(text)
        return DiagnosticRenderer(colours: colours, width: width).render(reading.diagnostics, source: reading.source)
    }

    @Test("A finding shows its line with a mark under what is wrong")
    func excerpt() throws {
        let text = try render("<pool type='dir'>\n  <name>a</name>\n\t<source paht='/a'/>\n</pool>")
        #expect(
            text == """
                pool.xml:3:10: error: <source> has no attribute 'paht'; did you mean 'path'?
                    3 |     <source paht='/a'/>
                      |             ^~~~
                      = pool/source/@paht
                1 error

                """)
    }

    @Test("The mark stands right behind wide characters")
    func wideCharacters() throws {
        let text = try render("<pool type='dir'><name>漢字</name><foo/></pool>")
        let lines = text.split(separator: "\n")
        #expect(lines[1].hasSuffix("<pool type='dir'><name>漢字</name><foo/></pool>"))
        #expect(lines[2] == "      | " + String(repeating: " ", count: 34) + "^~~~")
    }

    @Test("Long lines are cut around what is wrong")
    func longLine() throws {
        let blanks = String(repeating: " ", count: 3000)
        let text = try render("<pool type='dir'>\(blanks)<name>a</name><foo/>\(blanks)</pool>", width: 60)
        let lines = text.split(separator: "\n")
        #expect(lines[1].unicodeScalars.count <= 72)
        let column = try #require(lines[2].firstIndex(of: "^")).utf16Offset(in: lines[2])
        #expect(lines[1].dropFirst(column).hasPrefix("<foo"))
    }

    @Test("Colours are terminal codes, and nothing of the document gets through as one")
    func colours() throws {
        let plain = try render("<pool type='dir'><name>a</name><capacity unit='\u{9b}31m'>1</capacity></pool>")
        #expect(!plain.unicodeScalars.contains { $0.value == 0x1b || $0.value == 0x9b })
        let colourful = try render("<pool type='dir'><name>a</name><foo/></pool>", colours: true)
        #expect(colourful.contains("\u{1b}[1;31merror:\u{1b}[0m"))
    }
}
