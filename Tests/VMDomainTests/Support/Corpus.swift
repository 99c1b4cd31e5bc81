import Foundation
import TestNeeds

/// libvirt's own test data, where it is at hand: `$VMCTL_CORPUS`, or `../shared/libvirt-corpus` beside the checkout.
enum Corpus {
    static let folder: URL? = Need.corpusFolder.map { URL(fileURLWithPath: $0) }

    /// The documents of one folder of the corpus, by name.
    static func documents(in name: String) throws -> [(name: String, text: String)] {
        guard let folder = folder?.appendingPathComponent(name) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            .filter { $0.hasSuffix(".xml") }
            .map { ($0, try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8)) }
    }

    /// The elements of that name directly in `<devices>` of a document in libvirt's layout, each moved to the left edge.
    static func devices(_ name: String, in text: String) -> [String] {
        var found: [String] = []
        var current: [Substring] = []
        guard let devices = text.range(of: "  <devices>\n") else { return [] }
        let text = text[devices.upperBound...]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let opens =
                line.hasPrefix("    <\(name)") && !line.dropFirst(5 + name.count).hasPrefix("-")
                && [" ", ">", "/"].contains(line.dropFirst(5 + name.count).prefix(1))
            if current.isEmpty, !opens { continue }
            current.append(line.hasPrefix("    ") ? line.dropFirst(4) : line)
            if line.hasPrefix("    </\(name)>") || (current.count == 1 && isWhole(line, name)) {
                found.append(current.joined(separator: "\n") + "\n")
                current = []
            }
        }
        return found
    }

    private static func isWhole(_ line: Substring, _ name: String) -> Bool {
        line.hasSuffix("/>") || line.hasSuffix("</\(name)>")
    }
}
