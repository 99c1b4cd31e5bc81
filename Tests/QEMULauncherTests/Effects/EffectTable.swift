import Foundation
import VMCore
import VMDomain
import VMXML

@testable import QEMULauncher

/// What every setting of the domain format does, found by planning documents.
struct EffectTable {
    /// Worked out once for all tests of a run.
    static let current = Result { try EffectTable() }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path

    let paths: [String]
    let effects: [String: Effect]
    let words: [String: String]
    let silent: [String: String]
    let elsewhere: Elsewhere
    let outcomes: Int
    /// Documents that can't be read, and why.
    let unreadable: [String]
    /// Documents that are refused, and why.
    let refused: [String]

    private init() throws {
        let elsewhere = Elsewhere(try String(contentsOfFile: Self.folder + "/elsewhere.txt", encoding: .utf8))
        let maker = try OutcomeMaker()
        var search = EffectSearch(
            Domain.describe(name: "domain"), settled: { elsewhere.entry(for: $0) != nil }, make: maker.outcome)
        search.search(try Self.documents().map { ($0.name, try XMLTree.read(Array($0.text.utf8), file: $0.name)) })
        paths = search.paths
        words = search.words
        silent = search.silent
        outcomes = search.outcomes
        unreadable = search.documents.compactMap { name, outcome in
            if case .unreadable(let messages) = outcome { "\(name): \(messages)" } else { nil }
        }
        refused = search.documents.compactMap { name, outcome in
            if case .refused(let messages) = outcome { "\(name): \(messages)" } else { nil }
        }
        self.elsewhere = elsewhere
        effects = Dictionary(
            uniqueKeysWithValues: search.paths.compactMap { path in
                (elsewhere.entry(for: path).map { .elsewhere($0.words) } ?? search.found[path]).map { (path, $0) }
            })
    }

    /// Those made for this, and the golden ones. A first line `<!-- KIND: a b -->` makes a document of each word.
    static func documents() throws -> [(name: String, text: String)] {
        var documents: [(String, String)] = []
        for folder in [folder + "/Documents", GoldenTests.folder] {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".xml") }
            for name in names.sorted() {
                let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
                guard let line = text.split(separator: "\n").first, line.hasPrefix("<!-- KIND: ") else {
                    documents.append((name, text))
                    continue
                }
                for word in line.dropFirst(11).dropLast(4).split(separator: " ") {
                    documents.append(("\(name) (\(word))", text.replacingOccurrences(of: "KIND", with: word)))
                }
            }
        }
        return documents
    }

    /// What the reference page says of a setting.
    var notes: [String: String] {
        effects.mapValues { effect in
            switch effect {
            case .told(let names): Self.sentence(names)
            case .shape: "decides what else the element has"
            case .warned: "has no effect, which a warning says"
            case .refused: "is refused"
            case .checked: "must fit the rest, or is refused"
            case .elsewhere(let words): words
            }
        }
    }

    /// Options with their keys, `-device mac`; of many keys or options the names alone.
    private static func sentence(_ names: [String]) -> String {
        var names = names
        if names.count > 2 { names = Set(names.map { String($0.prefix { $0 != " " }) }).sorted() }
        if names.count > 3 { return names.prefix(3).map { "`\($0)`" }.joined(separator: ", ") + " …" }
        return names.map { "`\($0)`" }.joined(separator: ", ")
    }
}
