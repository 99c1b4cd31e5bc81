public import VMCore

/// What the bytes of a file have to come to: `sha256:` and 64 digits.
public struct ContentChecksum: Sendable, Hashable {
    /// Those that a program of every Debian computes, and that nobody can make two files for.
    public enum Algorithm: String, CaseIterable, Sendable {
        case sha256, sha384, sha512

        /// How many hexadecimal digits it has.
        var digits: Int {
            switch self {
            case .sha256: 64
            case .sha384: 96
            case .sha512: 128
            }
        }

        /// The program's name.
        var program: String { rawValue + "sum" }
    }

    public let algorithm: Algorithm
    /// In small letters.
    public let value: String

    /// - Throws: `invalidArgument` for what is no checksum.
    public init(_ text: String) throws(VMError) {
        let words = Algorithm.allCases.map(\.rawValue).joined(separator: ", ")
        guard let colon = text.firstIndex(of: ":"), let algorithm = Algorithm(rawValue: text[..<colon].lowercased())
        else {
            throw .invalidVolume("'\(text)' is no checksum", remedy: "write one of \(words), a colon and the digits")
        }
        let digits = text[text.index(after: colon)...].lowercased()
        guard digits.utf8.count == algorithm.digits, digits.utf8.allSatisfy({ hexDigit($0) != nil }) else {
            throw .invalidVolume("a checksum of \(algorithm.rawValue) has \(algorithm.digits) hexadecimal digits")
        }
        self.algorithm = algorithm
        value = digits
    }

    /// Whether a file has it.
    ///
    /// - Throws: `io` when it has another one.
    func verify(_ file: borrowing FileDescriptor, _ shown: String, _ work: Work) throws(VMError) {
        var line: [UInt8] = []
        let tool = try ImageTool(algorithm.program)
        try tool.stream([], input: file.raw, work) { bytes throws(VMError) in
            if line.count < 1024 { line += bytes }
        }
        let found = String(decoding: line.prefix { $0 != 0x20 }, as: UTF8.self)
        guard found == value else {
            throw .storageFailure(
                "'\(shown)' does not have the checksum that was given: its \(algorithm.rawValue) is \(found)",
                remedy: "get the checksum from whoever made the image, and the image once more")
        }
    }
}
