import Testing
import VMCore
import VMXML

@testable import VMDomain

@Suite struct BrokenDocumentTests {
    static let all =
        BrokenDocument.names + BrokenDocument.values + BrokenDocument.structure + BrokenDocument.machines
        + BrokenDocument.crossReferences + BrokenDocument.texts

    @Test("Each mistake is found where it is, and the line says what a user needs", arguments: all)
    func findings(document: BrokenDocument) {
        let findings = document.findings()
        #expect(findings.map { $0.place?.offset } == document.offsets)
        #expect(findings.map(\.rule) == document.expected.compactMap(\.first))
        for (finding, words) in zip(findings, document.expected) {
            for word in words.dropFirst() {
                #expect(finding.description.contains(word), "\(finding)")
            }
        }
    }

    @Test("There are enough of them, and each has its own title")
    func count() {
        #expect(Self.all.count >= 120)
        #expect(Set(Self.all.map(\.title)).count == Self.all.count)
    }

    @Test("Each finding can be shown with its source", arguments: all)
    func rendering(document: BrokenDocument) {
        let source = XMLSource(file: "t.xml", bytes: Array(document.text.utf8))
        let text = DiagnosticRenderer().render(document.findings(), source: source)
        #expect(!text.isEmpty)
        #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" })
    }
}
