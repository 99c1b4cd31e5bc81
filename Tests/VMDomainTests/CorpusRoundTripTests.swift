import Foundation
import TestNeeds
import Testing
import VMCore
import VMXML

@testable import VMDomain

/// Documents as libvirt writes them must come out of reading and writing as they were, byte for byte.
@Suite(.needs(.corpus))
struct CorpusRoundTripTests {
    @Test("Canonical documents are written as they were read")
    func canonicalDocuments() throws {
        let documents = try Corpus.documents(in: "expected")
        #expect(!documents.isEmpty)
        var differing: [String] = []
        for (name, text) in documents {
            let reading = try Domain.read(Array(text.utf8), file: name)
            guard reading.value.xml != text else { continue }
            differing.append("\(name): \(Self.firstDifference(text, reading.value.xml))")
        }
        #expect(differing == [], "\(differing.count) of \(documents.count) differ")
    }

    @Test("No document of the corpus has an element or attribute that isn't known")
    func knownNames() throws {
        let invalid = Set(try Corpus.cases().filter { $0.kind == "parse-error" }.map(\.input))
        var findings: [String] = []
        for folder in ["expected", "input"] {
            for (name, text) in try Corpus.documents(in: folder) where !invalid.contains("\(folder)/\(name)") {
                let reading = try Domain.read(Array(text.utf8), file: "\(folder)/\(name)")
                findings += reading.diagnostics.filter { $0.rule.hasPrefix("unknown") }.map(\.description)
            }
        }
        #expect(findings == [])
    }

    /// The first line that differs, as it was and as it became.
    static func firstDifference(_ a: String, _ b: String) -> String {
        let old = a.split(separator: "\n", omittingEmptySubsequences: false)
        let new = b.split(separator: "\n", omittingEmptySubsequences: false)
        for (old, new) in zip(old, new) where old != new { return "\(old) → \(new)" }
        return "\(old.count) lines → \(new.count)"
    }
}
