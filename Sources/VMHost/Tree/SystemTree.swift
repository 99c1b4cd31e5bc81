internal import Glibc
internal import VMCore

/// The kernel's tree of devices, `/sys`, and what udev says of them, below a folder that stands for `/`.
///
/// A made-up tree may hold anything: files are read to a limit, text becomes one line without control characters, and what
/// leads out of the tree is nothing.
package struct SystemTree: Sendable {
    /// The most entries of one folder that are looked at.
    static let mostEntries = 16_384
    private static let textLimit = 4096

    /// The folder that stands for `/`; empty for the host's own.
    package let root: String

    package init(root: String = "") { self.root = root }

    /// The entries of a folder in the order of their names; none where there is no such folder.
    func list(_ folder: String) -> [String] {
        guard Files.kind(root + folder) == .folder || Files.kind(Files.resolved(root + folder) ?? "") == .folder else {
            return []
        }
        let names = (try? Folders.list(root + folder)) ?? []
        return Array(names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.prefix(Self.mostEntries))
    }

    func exists(_ path: String) -> Bool { Files.exists(root + path) }

    /// The device at a path, whatever links lead there: its path below `/sys/devices`.
    func device(_ path: String) -> String? {
        guard let whole = Files.resolved(root + path) else { return nil }
        let base = root.isEmpty ? "" : Files.resolved(root) ?? root
        guard whole.hasPrefix(base + "/sys/devices/") else { return nil }
        let inner = String(whole.dropFirst(base.count))
        return PrintableText.isPlain(inner) ? inner : nil
    }

    /// The last part of what a link leads to.
    func link(_ path: String) -> String? {
        Files.linkTarget(root + path)?.split(separator: "/").last.map { String($0) }
    }

    /// A file's first line; nil where it says nothing, or not to this user.
    func text(_ path: String) -> String? {
        guard let bytes = try? Files.read(root + path, limit: Self.textLimit, regularOnly: false) else { return nil }
        let line = bytes.split(omittingEmptySubsequences: false) { $0 == 0x0a || $0 == 0x0d }.first ?? []
        let text = String(decoding: line, as: UTF8.self)
        let clean = String(
            String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }))
        let trimmed = clean.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        return trimmed.isEmpty ? nil : trimmed
    }

    func number(_ path: String) -> UInt64? { text(path).flatMap { UInt64($0) } }

    /// A number as `0x1af4`.
    func hex(_ path: String) -> UInt64? {
        guard let text = text(path) else { return nil }
        return UInt64(text.hasPrefix("0x") ? text.dropFirst(2) : text[...], radix: 16)
    }

    /// The first bytes of a file.
    func bytes(_ path: String, first count: Int) -> [UInt8] { Files.head(root + path, first: count) }

    /// A property of a device's `uevent`, such as `DEVNAME`.
    func property(_ name: String, of device: String) -> String? {
        guard let bytes = try? Files.read(root + device + "/uevent", limit: Self.textLimit, regularOnly: false) else {
            return nil
        }
        return Self.property(name + "=", in: bytes)
    }

    static func property(_ start: String, in bytes: [UInt8]) -> String? {
        for line in bytes.split(separator: 0x0a) where line.starts(with: start.utf8) {
            let text = String(decoding: line.dropFirst(start.utf8.count), as: UTF8.self)
            return text.isEmpty || !PrintableText.isPlain(text) ? nil : text
        }
        return nil
    }

    /// What udev has noted of a device: lines `E:NAME=VALUE` and `S:LINK`.
    func udev(_ key: String) -> [UInt8] {
        (try? Files.read(root + "/run/udev/data/" + key, limit: 1 << 16, regularOnly: false)) ?? []
    }
}

extension PrintableText {
    /// Whether a text has no control characters.
    static func isPlain(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
    }
}
