import Testing
import VMCore
import VMXML

@testable import VMDomain

/// Reads every element of that name in `<devices>` of libvirt's canonical documents and expects the same text back.
func expectRoundTrip<E: XMLElement>(
    of name: StaticString, as type: E.Type, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    var count = 0
    var failures: [String] = []
    for document in try Corpus.documents(in: "expected") {
        for text in Corpus.devices("\(name)", in: document.text) {
            count += 1
            let reading = try E.read(Array(text.utf8), file: document.name, root: name)
            let written = reading.value.write(as: name)
            if reading.diagnostics.isEmpty, written == text { continue }
            failures.append("\(reading.diagnostics.map(\.description))\n\(text)---\n\(written)")
        }
    }
    #expect(count > 0, "no <\(name)> in the corpus", sourceLocation: sourceLocation)
    let sample = failures.prefix(8).joined(separator: "\n")
    #expect(failures.isEmpty, "\(failures.count) of \(count) differ:\n\(sample)", sourceLocation: sourceLocation)
}
