import Foundation

/// libvirt's own test documents, where they are at hand: `VMCTL_CORPUS`, else `../shared/libvirt-corpus` beside the
/// checkout or beside a folder that holds checkouts.
enum Corpus {
    static let root: String? = {
        var candidates = ["../shared/libvirt-corpus", "../../shared/libvirt-corpus"]
        if let path = ProcessInfo.processInfo.environment["VMCTL_CORPUS"] { candidates.insert(path, at: 0) }
        return candidates.first { FileManager.default.fileExists(atPath: $0 + "/expected") }
    }()

    static var isThere: Bool { root != nil }

    /// Names of the files of a folder with that ending, sorted.
    static func files(_ folder: String, _ ending: String) throws -> [String] {
        guard let root else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)")
            .filter { $0.hasSuffix(ending) }.sorted()
    }

    static func path(_ folder: String, _ name: String) -> String { "\(root ?? "")/\(folder)/\(name)" }

    static func bytes(_ folder: String, _ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(fileURLWithPath: path(folder, name))))
    }

    /// One record of the manifest.
    struct Case: Decodable, Sendable {
        var name: String
        var kind: String
        var input: String
        var expected_err: String?
    }

    static func cases() throws -> [Case] {
        guard let root else { return [] }
        let data = try Data(contentsOf: URL(fileURLWithPath: root + "/manifest.json"))
        return try JSONDecoder().decode([Case].self, from: data)
    }
}
