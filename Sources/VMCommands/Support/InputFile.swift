internal import Glibc
internal import VMCore

/// A file named on the command line; `-` is standard input, and what a shell hands over open (`/dev/stdin`, `<(…)`) is
/// read as it comes.
struct InputFile: Sendable {
    let name: String

    /// The file's bytes.
    ///
    /// - Throws: `io` in virsh's words when it can't be opened.
    func read() throws(VMError) -> [UInt8] {
        do throws(VMError) {
            guard let descriptor else { return try Files.read(name) }
            let copy = dup(descriptor)
            guard copy >= 0 else { throw .system("cannot read '\(name)'", errno: errno) }
            return try FileDescriptor(owning: copy).readToEnd(name)
        } catch {
            let prefix = "cannot read '\(name)': "
            let reason = error.message.hasPrefix(prefix) ? error.message.dropFirst(prefix.count) : error.message[...]
            throw VMError(error.code, "Failed to open file '\(name)': \(reason)")
        }
    }

    /// The open descriptor that the name stands for.
    private var descriptor: Int32? {
        if name == "-" || name == "/dev/stdin" { return 0 }
        for folder in ["/dev/fd/", "/proc/self/fd/"] where name.hasPrefix(folder) {
            return Int32(name.dropFirst(folder.count))
        }
        return nil
    }

    /// The folder that relative paths inside the file count from, absolute.
    var folder: String {
        descriptor != nil ? Self.workingFolder : Self.absolute(Files.folder(of: name), below: Self.workingFolder)
    }

    /// Whether a word on the command line is a file rather than a domain's name: it has a slash, or ends in `.xml` and
    /// such a file is there.
    static func looksLikeFile(_ word: String) -> Bool {
        word == "-" || word.utf8.contains(UInt8(ascii: "/")) || (word.hasSuffix(".xml") && Files.exists(word))
    }

    /// The path made absolute; `.` and `..` are resolved by name.
    static func absolute(_ path: String, below folder: String) -> String {
        var parts: [Substring] = []
        let whole = path.utf8.first == UInt8(ascii: "/") ? path : folder + "/" + path
        for part in whole.split(separator: "/") {
            switch part {
            case ".": continue
            case "..": _ = parts.popLast()
            default: parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }

    static var workingFolder: String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }
}
