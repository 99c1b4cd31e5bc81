internal import Glibc
internal import VMCore

/// Finds out who listens on a TCP port.
enum PortUse {
    /// `process 123 (name)`; nil when it can't be told.
    static func holder(of port: UInt16) -> String? {
        let sockets = Set(inodes(listeningOn: port).map { "socket:[\($0)]" })
        guard !sockets.isEmpty, let entries = try? Folders.list("/proc") else { return nil }
        for pid in entries.lazy.compactMap({ Int32($0) }) {
            let folder = "/proc/\(pid)/fd"
            for name in (try? Folders.list(folder)) ?? [] where link("\(folder)/\(name)").map(sockets.contains) == true
            {
                return "process \(pid)\(ImageUse.command(pid))"
            }
        }
        return nil
    }

    private static func inodes(listeningOn port: UInt16) -> [String] {
        var found: [String] = []
        for file in ["/proc/net/tcp", "/proc/net/tcp6"] {
            let text = (try? Files.read(file, limit: 16 << 20, regularOnly: false)) ?? []
            for line in String(decoding: text, as: UTF8.self).split(separator: "\n").dropFirst() {
                // Number, local address, remote address, state (0A is listening), … inode.
                let fields = line.split(separator: " ")
                guard fields.count > 9, fields[3] == "0A",
                    let local = fields[1].split(separator: ":").last.flatMap({ UInt16($0, radix: 16) }), local == port
                else { continue }
                found.append(String(fields[9]))
            }
        }
        return found
    }

    private static func link(_ path: String) -> String? {
        var room = [CChar](repeating: 0, count: 64)
        let count = readlink(path, &room, room.count)
        guard count > 0 else { return nil }
        return String(decoding: room[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
