/// How a file that holds an image is compressed.
public enum ImageCompression: String, CaseIterable, Sendable {
    case none, gzip, xz, zstd

    /// By the end of a file's name.
    init(suffixOf name: String) {
        self = Self.allCases.first { kind in kind.suffixes.contains { name.lowercased().hasSuffix($0) } } ?? .none
    }

    private var suffixes: [String] {
        switch self {
        case .none: []
        case .gzip: [".gz"]
        case .xz: [".xz"]
        case .zstd: [".zst", ".zstd"]
        }
    }

    /// The name without the ending that says so.
    func stripped(_ name: String) -> String {
        guard let suffix = suffixes.first(where: { name.lowercased().hasSuffix($0) }) else { return name }
        return String(name.dropLast(suffix.count))
    }

    /// With what such a file begins.
    var signature: [UInt8] {
        switch self {
        case .none: []
        case .gzip: [0x1f, 0x8b]
        case .xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]
        case .zstd: [0x28, 0xb5, 0x2f, 0xfd]
        }
    }

    /// The program that takes it back, and what makes it write to its output. Memory is limited where a file could ask for much.
    var program: (name: String, arguments: [String]) {
        switch self {
        case .none: ("cat", [])
        case .gzip: ("gzip", ["--decompress", "--stdout"])
        case .xz: ("xz", ["--decompress", "--stdout", "--memlimit-decompress=1GiB"])
        case .zstd: ("zstd", ["--decompress", "--stdout", "--quiet", "--memory=1024MB"])
        }
    }
}
