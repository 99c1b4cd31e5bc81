import Testing
import VMCore
import VMXML

@testable import VMDomain

/// A document with mistakes: `1️⃣`, `2️⃣` … mark where each finding has to point, in the order of the document.
struct BrokenDocument: Sendable, CustomTestStringConvertible {
    var title: String
    /// Without the markers.
    var text: String
    /// The byte offsets of the markers.
    var offsets: [Int]
    /// For each finding, words of the line that a user reads; the first one is the finding's rule.
    var expected: [[String]]

    var testDescription: String { title }

    private static let markers = ["1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣"]

    /// A whole document.
    init(_ title: String, document marked: String, _ expected: [String]...) {
        self.title = title
        self.expected = expected
        var offsets: [Int] = []
        var text = marked
        for marker in BrokenDocument.markers {
            guard let range = text.range(of: marker) else { break }
            offsets.append(text[..<range.lowerBound].utf8.count)
            text.removeSubrange(range)
        }
        self.text = text
        self.offsets = offsets
    }

    /// What stands in an otherwise complete `<domain>`.
    init(_ title: String, _ marked: String, machine: String = "q35", type: String = "qemu", _ expected: [String]...) {
        let document = """
            <domain type='\(type)'>
              <name>test</name>
              <memory unit='MiB'>512</memory>
              <vcpu>4</vcpu>
              <os><type arch='x86_64' machine='\(machine)'>hvm</type></os>
              \(marked)
            </domain>
            """
        self.init(title, document: document, [])
        self.expected = expected
    }

    /// What stands in `<devices>` of an otherwise complete `<domain>`.
    init(_ title: String, devices marked: String, machine: String = "q35", _ expected: [String]...) {
        self.init(title, "<devices>\n    \(marked)\n  </devices>", machine: machine, [])
        self.expected = expected
    }

    /// All findings of the strictest reading.
    func findings() -> [Diagnostic] {
        do throws(VMError) {
            return try Domain.read(Array(text.utf8), file: "t.xml").validated().diagnostics
        } catch {
            return error.diagnostics
        }
    }
}

extension String {
    /// The first place of `other`, by unicode scalars.
    fileprivate func range(of other: String) -> Range<String.Index>? {
        let wanted = Array(other.unicodeScalars)
        var start = unicodeScalars.startIndex
        while start < unicodeScalars.endIndex {
            if unicodeScalars[start...].starts(with: wanted) {
                let end = unicodeScalars.index(start, offsetBy: wanted.count)
                return start..<end
            }
            start = unicodeScalars.index(after: start)
        }
        return nil
    }
}
