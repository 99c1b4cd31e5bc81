internal import Glibc
internal import MonitorJSON
internal import VMCore

/// The shell's lines across runs, without secrets, in a file that only its owner reads.
struct ShellHistory {
    /// The oldest lines go when there are more.
    static let limit = 1000

    /// Nil keeps nothing.
    private let path: String?
    private(set) var lines: [String]

    init(path: String?) {
        self.path = path
        let bytes = path.flatMap { try? OwnFiles.read($0, limit: 4 << 20) } ?? []
        lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").suffix(Self.limit).map(String.init)
    }

    /// Adds a line, unless it says the same as the one before. A history that can't be written is no reason to stop.
    mutating func add(_ line: String) {
        let line = Redaction.line(line)
        guard !line.isEmpty, line != lines.last else { return }
        lines.append(line)
        if lines.count > Self.limit { lines.removeFirst(lines.count - Self.limit) }
        guard let path else { return }
        try? Folders.make(Files.folder(of: path))
        if lines.count == Self.limit {
            try? Files.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: path)
        } else if let file = try? OwnFiles.open(path, flags: O_WRONLY | O_CREAT | O_APPEND) {
            let bytes = Array((line + "\n").utf8)
            _ = Glibc.write(file.raw, bytes, bytes.count)
        }
    }
}
