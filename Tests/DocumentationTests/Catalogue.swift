import Foundation
import Testing

/// A module's documentation catalogue, whose examples are compiled and run here.
///
/// An example stands between two comments with its name in a test's source and is copied into an article; the tests see to
/// it that both are the same, and that what an article shows as the result is what comes out.
struct Catalogue {
    private let folder: URL

    init(_ module: String) {
        folder = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources/\(module)/\(module).docc")
    }

    /// A file of the catalogue.
    func text(_ file: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
    }

    /// What an article quotes as `kind`, such as `xml` or `text`.
    func blocks(_ kind: String, in article: String) throws -> [String] {
        let parts = try text(article + ".md").components(separatedBy: "```\(kind)\n").dropFirst()
        return parts.map { $0.components(separatedBy: "```").first ?? "" }
    }

    /// Checks that an article quotes an example as it stands in a source file.
    func check(_ example: String, of source: String, in article: String) throws {
        let code = try Self.example(example, of: source)
        #expect(try text(article + ".md").contains("```swift\n\(code)```\n"), "copy \(example) into \(article)")
    }

    /// The lines between `// NAME: begin` and `// NAME: end`.
    static func example(_ name: String, of source: String) throws -> String {
        let text = try String(contentsOfFile: source, encoding: .utf8)
        let begin = try #require(text.range(of: "// \(name): begin\n"))
        let end = try #require(text.range(of: "// \(name): end\n", range: begin.upperBound..<text.endIndex))
        return String(text[begin.upperBound..<end.lowerBound])
    }
}
