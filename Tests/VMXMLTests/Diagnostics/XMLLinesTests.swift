import Testing
import VMCore

@testable import VMXML

@Suite struct XMLLinesTests {
    /// Lines of all lengths, among them one far longer than a block, in letters of one to four bytes.
    private let text =
        "<a>\n\n" + String(repeating: "aé漢😀", count: 2000) + "\r\n" + String(repeating: "b\n", count: 3000) + "é"

    @Test("Places are those that counting from the start gives")
    func places() {
        let source = XMLSource(file: "l.xml", bytes: Array(text.utf8), firstLine: 4)
        var line = 4
        var column = 1
        for (offset, byte) in source.bytes.enumerated() {
            if byte & 0xc0 == 0x80 { continue }
            if offset % 7 < 2 || byte == 0x0a {
                #expect(
                    source.place(at: offset) == SourcePlace(file: "l.xml", line: line, column: column, offset: offset))
            }
            column += 1
            if byte == 0x0a { (line, column) = (line + 1, 1) }
        }
        #expect(source.place(at: .max).line == line)
        #expect(source.place(at: .min) == SourcePlace(file: "l.xml", line: 4, column: 1))
    }

    @Test("Lines are found by their number")
    func lines() {
        let source = XMLSource(file: "l.xml", bytes: Array(text.utf8), firstLine: 4)
        for (index, line) in source.bytes.split(separator: 0x0a, omittingEmptySubsequences: false).enumerated() {
            #expect(Array(source.line(index + 4).utf8) == Array(line), "line \(index)")
        }
        #expect(source.line(3) == "")
        #expect(source.line(100_000) == "")
        #expect(source.line(.min) == "")
        #expect(XMLSource(file: "e", bytes: []).line(1) == "")
    }

    @Test("However many places are asked for, the text is scanned once, and never for none")
    func once() throws {
        let mistakes = (0..<8000).map { "<volume name='x' nam='\($0)'/>\n" }.joined()
        let reading = try readPool("<pool type='disk'><name>a</name><volumes>\(mistakes)</volumes></pool>")
        _ = DiagnosticRenderer().render(reading.diagnostics, source: reading.source)
        #expect(reading.source.lines.bytesScanned == reading.source.bytes.count)
        let fine = try readPool("<pool type='dir'><name>a</name></pool>")
        #expect(fine.source.lines.bytesScanned == 0)
    }
}
