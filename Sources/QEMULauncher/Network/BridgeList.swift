internal import Glibc
internal import VMCore

/// The bridges on which `qemu-bridge-helper` makes devices: lines `allow NAME`, `deny NAME` and `include FILE`, where `all`
/// is every bridge. What is denied anywhere is denied; what nobody allows is denied, too.
enum BridgeList {
    /// Whether the list permits a bridge; nil when it can't be read whole.
    static func permits(_ bridge: String, file: String) -> Bool? {
        var isAllowed = false
        var isDenied = false
        var files = [file]
        var seen: Set<String> = []
        while let path = files.popLast() {
            guard seen.insert(path).inserted, seen.count <= 64 else { continue }
            guard Files.exists(path) else { return path == file ? false : nil }
            guard let text = try? Files.read(path, limit: 1 << 20) else { return nil }
            for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
                let words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
                guard words.count >= 2, !words[0].hasPrefix("#") else { continue }
                let isMeant = words[1] == "all" || words[1] == bridge
                switch words[0] {
                case "allow": isAllowed = isAllowed || isMeant
                case "deny": isDenied = isDenied || isMeant
                case "include": files.append(words[1])
                default: break
                }
            }
        }
        return isAllowed && !isDenied
    }
}
