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
        for file in try Corpus.files("expected", ".xml") {
            let document = try String(decoding: Corpus.bytes("expected", file), as: UTF8.self)
            for text in devices("\(name)", in: document) {
                count += 1
                let reading = try E.read(Array(text.utf8), file: file, root: name)
                let written = reading.value.write(as: name)
                if reading.diagnostics.isEmpty, written == text { continue }
                failures.append("\(reading.diagnostics.map(\.description))\n\(text)---\n\(written)")
            }
        }
        #expect(count > 0)
        #expect(
            failures.isEmpty, "\(failures.count) of \(count) differ:\n\(failures.prefix(8).joined(separator: "\n"))")
    }

    /// The elements of that name directly in `<devices>` of a document in libvirt's layout, each moved to the left edge.
    private func devices(_ name: String, in text: String) -> [String] {
        var found: [String] = []
        var current: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let start = "    <\(name)"
            let opens = line.hasPrefix(start) && [" ", ">", "/"].contains(line.dropFirst(start.count).prefix(1))
            if current.isEmpty, !opens { continue }
            current.append(line.hasPrefix("    ") ? line.dropFirst(4) : line)
            let isWhole = current.count == 1 && (line.hasSuffix("/>") || line.hasSuffix("</\(name)>"))
            guard isWhole || line.hasPrefix("    </\(name)>") else { continue }
            found.append(current.joined(separator: "\n") + "\n")
            current = []
        }
        return found
    }

    @Test("Disks come back byte for byte") func disks() throws { try check("disk", Disk.self) }
    @Test("Controllers come back byte for byte") func controllers() throws { try check("controller", Controller.self) }
}
