internal import Glibc
package import VMCore

/// A machine's log file: what QEMU prints goes there directly, with a line of the supervisor's now and then.
package final class MachineLog {
    /// Beyond that size only the newest part is kept.
    package static let limit = 4 << 20
    package static let kept = 256 << 10

    package let path: String
    package let descriptor: FileDescriptor
    /// Where this run's part begins.
    package private(set) var start: Int64

    package init(path: String) throws(VMError) {
        self.path = path
        try Folders.make(Files.folder(of: path))
        descriptor = try OwnFiles.open(path, flags: O_RDWR | O_APPEND | O_CREAT)
        start = Int64(lseek(descriptor.raw, 0, SEEK_END))
        shorten()
    }

    /// Cuts the file down to its newest part when it has grown too long. QEMU appends, so it goes on behind.
    package func shorten() {
        let size = Int64(lseek(descriptor.raw, 0, SEEK_END))
        guard size > Int64(Self.limit) else { return }
        let ending = OwnFiles.tail(path, last: Self.kept)
        guard ftruncate(descriptor.raw, 0) == 0 else { return }
        try? descriptor.writeAll(Array("… the log was cut here\n".utf8) + ending, path)
        start = 0
    }

    /// A line of the supervisor's own.
    package func note(_ text: String) {
        try? descriptor.writeAll(Array("\(MachineLog.timestamp()) vmctl: \(text)\n".utf8), path)
    }

    /// The time now, `2026-05-17T09:30:00Z`.
    package static func timestamp() -> String {
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T"
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
    }

    /// The last lines that QEMU printed in this run: at most `count`, each cut to 400 characters.
    package func lastLines(_ count: Int = 5) -> [String] {
        OwnFiles.tail(path, last: 64 << 10, from: start).split(separator: 0x0a).reversed().lazy
            .filter { !String(decoding: $0.prefix(40), as: UTF8.self).contains("Z vmctl: ") }
            .map { String(decoding: $0.suffix(1600), as: UTF8.self) }
            // Where a pseudo terminal is, which QEMU tells on this channel too, explains no failure.
            .filter { !$0.hasPrefix("char device redirected to ") && !$0.allSatisfy(\.isWhitespace) }
            .prefix(count).reversed()
            .map { $0.count > 400 ? "…" + $0.suffix(400) : $0 }
    }
}
