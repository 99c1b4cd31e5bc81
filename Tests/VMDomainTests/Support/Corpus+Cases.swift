import Foundation

extension Corpus {
    /// One record of the manifest.
    struct Case: Decodable, Sendable, CustomStringConvertible {
        var name: String
        /// `ok`, `parse-error` or `start-failure`.
        var kind: String
        /// `plain`, or `tweaked` when the test takes more than the document and the capabilities.
        var contract: String
        var input: String
        var expected_err: String?

        var description: String { name }
    }

    private struct Manifest: Decodable {
        var cases: [Case]
    }

    static func cases() throws -> [Case] {
        guard let folder else { return [] }
        let data = try Data(contentsOf: folder.appendingPathComponent("manifest.json"))
        return try JSONDecoder().decode(Manifest.self, from: data).cases
    }

    /// The bytes of a file named relative to the corpus.
    static func bytes(_ path: String) throws -> [UInt8] {
        guard let folder else { return [] }
        return try Array(Data(contentsOf: folder.appendingPathComponent(path)))
    }
}
