internal import VMCore

/// Follows a qcow2 image down to the last image it builds on.
struct BackingChain {
    /// Deeper than any chain that is still of use.
    private static let limit = 200
    /// The type of the header extension that names the backing image's format.
    private static let formatExtension: UInt32 = 0xe279_2aca

    private(set) var problems: [VMError] = []
    /// The images below the first, from the top.
    private(set) var images: [String] = []

    init(_ path: String) {
        var current = path
        var seen = Set<FileIdentity>()
        if let identity = Files.identity(path) { seen.insert(identity) }
        while images.count < Self.limit, let header = Self.header(current) {
            guard let next = Self.resolve(header.backing, below: current) else { return }
            if header.format == nil {
                problems.append(
                    VMError(
                        .invalidArgument,
                        "the format of the backing image '\(next)' of image '\(current)' is not declared",
                        remedy:
                            "write it into the image: qemu-img rebase -u -b '\(header.backing)' -F FORMAT '\(current)'"
                    ))
            }
            if let problem = PathWalk.problem(next, writing: false, what: "backing file of '\(current)',") {
                problems.append(problem)
                return
            }
            images.append(next)
            guard let identity = Files.identity(next), seen.insert(identity).inserted else {
                problems.append(
                    VMError(
                        .invalidArgument, "the backing chain of image '\(path)' comes back to '\(next)'",
                        remedy: "give one of its images another backing file with 'qemu-img rebase -u'"))
                return
            }
            if header.format == "raw" { return }
            current = next
        }
    }

    private struct Header {
        var backing: String
        var format: String?
    }

    /// What a qcow2 image says of its backing image; nil when it has none or is something else.
    private static func header(_ path: String) -> Header? {
        let bytes = Files.head(path, first: 64 << 10)
        guard bytes.starts(with: [0x51, 0x46, 0x49, 0xfb]), let version = number(bytes, 4, 4),
            let offset = number(bytes, 8, 8), let length = number(bytes, 16, 4), offset > 0, length > 0,
            length <= 1023, offset <= UInt64(bytes.count), offset + length <= UInt64(bytes.count)
        else { return nil }
        let name = String(decoding: bytes[Int(offset)..<Int(offset + length)], as: UTF8.self)
        // Version 2 has a header of fixed length.
        let start = version >= 3 ? number(bytes, 100, 4) ?? 104 : 72
        return Header(backing: name, format: format(bytes, from: start))
    }

    /// Looks through the header's extensions: type, length, data padded to eight bytes.
    private static func format(_ bytes: [UInt8], from start: UInt64) -> String? {
        var position = Int(clamping: start)
        while let type = number(bytes, position, 4), type != 0, let length = number(bytes, position + 4, 4) {
            let begin = position + 8
            guard length <= 64 << 10, begin + Int(length) <= bytes.count else { return nil }
            if type == UInt64(formatExtension) {
                return String(decoding: bytes[begin..<begin + Int(length)], as: UTF8.self)
            }
            position = begin + (Int(length) + 7) / 8 * 8
        }
        return nil
    }

    private static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64? {
        guard offset >= 0, offset <= bytes.count - count else { return nil }
        return bytes[offset..<offset + count].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The path of a backing image; nil for one that is no local file.
    private static func resolve(_ name: String, below image: String) -> String? {
        if name.hasPrefix("json:") { return nil }
        let plain = name.hasPrefix("file:") ? String(name.dropFirst(5)) : name
        if plain.hasPrefix("/") { return plain }
        // A colon before the first slash makes it a protocol.
        if plain.prefix(while: { $0 != "/" }).contains(":") { return nil }
        return Files.folder(of: image) + "/" + plain
    }
}
