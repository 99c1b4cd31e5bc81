internal import Glibc
internal import VMCore
internal import VMJSON

/// What happened to a machine, in order and numbered: one JSON object a line. Two files, of which the older one goes when
/// the newer is full.
struct EventJournal: ~Copyable {
    /// The most bytes in one file.
    static let limit = 256 << 10

    private let path: String
    private var file: FileDescriptor?
    private var size = 0
    /// The number of the last event.
    private(set) var last: UInt64

    /// Goes on where an earlier supervisor stopped: `last` is the number of the last event it published, and the journal
    /// may know later ones.
    init(path: String, last: UInt64) {
        self.path = path
        let ending = Files.tail(path, last: 4096)
        let lines = ending.split(separator: 0x0a)
        let known = lines.reversed().lazy.compactMap { (try? JSONParser.parse(Array($0)))?["seq"]?.uint64 }.first
        self.last = max(last, known ?? 0)
        size = Int(clamping: Files.stamp(path)?.size ?? 0)
        file = try? FileDescriptor.open(path, flags: O_WRONLY | O_APPEND | O_CREAT, mode: 0o600)
    }

    /// Writes an event down and gives it its number. A full disk costs the record, not the machine.
    mutating func append(_ kind: String, _ members: JSONObject) -> JSONObject {
        last += 1
        var entry: JSONObject = ["seq": JSONValue(last), "time": .integer(WallClock.now), "event": .string(kind)]
        for member in members { entry[member.key] = member.value }
        if size > Self.limit {
            file = nil
            rename(path, path + ".1")
            file = try? FileDescriptor.open(path, flags: O_WRONLY | O_APPEND | O_CREAT, mode: 0o600)
            size = 0
        }
        var writer = JSONWriter()
        writer.append(entry)
        let line = writer.bytes + [0x0a]
        size += line.count
        try? file?.writeAll(line, path)
        return entry
    }

    /// The events after number `since`; with a gap when some of them are no longer in the journal.
    /// A number that has not been reached yet is from before the journal began anew.
    func entries(after since: UInt64) -> (entries: [JSONValue], hasGap: Bool) {
        if since == last { return ([], false) }
        if since > last { return (entries(after: 0).entries, true) }
        var found: [JSONValue] = []
        for file in [path + ".1", path] {
            for line in Files.tail(file, last: Self.limit * 2).split(separator: 0x0a) {
                guard let entry = try? JSONParser.parse(Array(line)), let number = entry["seq"]?.uint64, number > since
                else { continue }
                found.append(entry)
            }
        }
        return (found, found.first?["seq"]?.uint64 != since + 1)
    }
}
