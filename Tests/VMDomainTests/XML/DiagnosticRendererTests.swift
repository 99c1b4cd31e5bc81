import Testing
import VMCore

@testable import VMDomain

@Suite struct DiagnosticRendererTests {
    private func render(_ text: String, colours: Bool = false, width: Int = 100) throws -> String {
        let reading = try Domain.read(Array(text.utf8), file: "vm.xml")
        return DiagnosticRenderer(colours: colours, width: width).render(reading.diagnostics, source: reading.source)
    }

    @Test("A finding shows its line with a mark under what is wrong")
    func excerpt() throws {
        let text = try render("<domain type='qemu'>\n  <name>a</name>\n\t<clock ofset='utc'/>\n</domain>")
        #expect(
            text == """
                vm.xml:3:9: error: <clock> has no attribute 'ofset'; did you mean 'offset'?
                    3 |     <clock ofset='utc'/>
                      |            ^~~~~
                      = domain/clock/@ofset
                1 error

                """)
    }

    @Test("The mark stands right behind wide characters")
    func wideCharacters() throws {
        let text = try render("<domain type='qemu'><name>漢字</name><foo/></domain>")
        let lines = text.split(separator: "\n")
        #expect(lines[1].hasSuffix("<domain type='qemu'><name>漢字</name><foo/></domain>"))
        #expect(lines[2] == "      | " + String(repeating: " ", count: 37) + "^~~~")
    }

    @Test("Long lines are cut around what is wrong")
    func longLine() throws {
        let blanks = String(repeating: " ", count: 3000)
        let text = try render("<domain type='qemu'>\(blanks)<name>a</name><foo/>\(blanks)</domain>", width: 60)
        let lines = text.split(separator: "\n")
        #expect(lines[1].unicodeScalars.count <= 72)
        let column = try #require(lines[2].firstIndex(of: "^")).utf16Offset(in: lines[2])
        #expect(lines[1].dropFirst(column).hasPrefix("<foo"))
    }

    @Test("Colours are terminal codes, and nothing of the document gets through as one")
    func colours() throws {
        let plain = try render("<domain type='qemu'><name>a</name><clock offset='\u{9b}31m'/></domain>")
        #expect(!plain.unicodeScalars.contains { $0.value == 0x1b || $0.value == 0x9b })
        let colourful = try render("<domain type='qemu'><name>a</name><foo/></domain>", colours: true)
        #expect(colourful.contains("\u{1b}[1;31merror:\u{1b}[0m"))
    }
}
