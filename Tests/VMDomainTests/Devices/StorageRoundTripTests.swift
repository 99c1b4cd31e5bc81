import Foundation
import Testing
import VMCore

@testable import VMDomain

/// Reads devices out of libvirt's canonical documents and expects the same text back.
@Suite(.enabled(if: Corpus.isThere, "the corpus isn't there"))
struct StorageRoundTripTests {
    private func check<E: XMLElement>(_ name: StaticString, _ type: E.Type) throws {
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
        #expect(count > 0)
        #expect(
            failures.isEmpty, "\(failures.count) of \(count) differ:\n\(failures.prefix(8).joined(separator: "\n"))")
    }

    @Test("Disks come back byte for byte") func disks() throws { try check("disk", Disk.self) }
    @Test("Controllers come back byte for byte") func controllers() throws { try check("controller", Controller.self) }
}
