internal import Glibc
internal import VMCore

/// What the headers of a pool's volumes were found to say, kept in a file: a volume whose place, size and times are what
/// they were needn't be looked at again. It can be removed at any time.
struct ProbeCache {
    fileprivate struct Key: Hashable {
        var identity: FileIdentity
        var size: UInt64
        var modified: Int64
        var changed: Int64

        init(_ facts: FileFacts) {
            identity = facts.identity
            size = facts.size
            modified = facts.modified
            changed = facts.changed
        }
    }

    private static let head = "vmctl probes 1"
    /// A file that changed so shortly before it was looked at may have changed again in the same moment of the clock.
    private static let settling = Int64(1_000_000_000)

    private let path: String
    private var known: [Key: ImageProbe] = [:]
    private var used: [Key: ImageProbe] = [:]
    /// How many volumes were looked at.
    private(set) var probes = 0

    init(_ path: String) {
        self.path = path
        guard let bytes = try? OwnFiles.read(path, limit: 256 << 20) else { return }
        var lines = bytes.split(separator: 0x0a)[...]
        guard let first = lines.popFirst(), first.elementsEqual(Self.head.utf8) else { return }
        known.reserveCapacity(lines.count)
        for line in lines { if let (key, probe) = Self.entry(line) { known[key] = probe } }
    }

    mutating func probe(_ path: String, _ facts: FileFacts) -> ImageProbe {
        // Of folders, devices and empty files nothing is read.
        guard facts.kind == .file, facts.size > 0 else { return ImageProbe(path, facts) }
        let key = Key(facts)
        if let probe = known[key] {
            used[key] = probe
            return probe
        }
        let now = WallClock.now
        let probe = ImageProbe(path, facts)
        probes += 1
        if facts.changed < now - Self.settling { used[key] = probe }
        return probe
    }

    /// Keeps what was asked for since it was read, when that is something new. What isn't there any more goes.
    func save() {
        guard probes > 0 || used.count < known.count else { return }
        var bytes = Array((Self.head + "\n").utf8)
        bytes.reserveCapacity(used.count * 96)
        for (key, probe) in used { Self.append(key, probe, to: &bytes) }
        try? Folders.make(Files.folder(of: path))
        try? Files.write(bytes, to: path, durable: false)
    }

    // MARK: The file

    private static func append(_ key: Key, _ probe: ImageProbe, to bytes: inout [UInt8]) {
        func number(_ value: some FixedWidthInteger) {
            bytes += String(value).utf8
            bytes.append(0x20)
        }
        number(key.identity.device)
        number(key.identity.inode)
        number(key.size)
        number(key.modified)
        number(key.changed)
        bytes += probe.format.rawValue.utf8
        bytes.append(0x20)
        number(probe.capacity)
        number(probe.isEncrypted ? 1 : 0)
        let special = probe.qcow2
        number(special?.clusterSize ?? 0)
        number(
            (special?.isNew == true ? 1 : 0) | (special?.lazyRefcounts == true ? 2 : 0)
                | (special?.extendedL2 == true ? 4 : 0))
        escape(probe.backing?.format ?? "", &bytes)
        bytes.append(0x20)
        escape(probe.backing?.name ?? "", &bytes)
        bytes.append(0x0a)
    }

    /// What would end a word or a line is written as `%` and two digits; a dash stands for nothing.
    private static func escape(_ text: String, _ bytes: inout [UInt8]) {
        if text.isEmpty { return bytes.append(UInt8(ascii: "-")) }
        for byte in text.utf8 {
            guard byte <= 0x20 || byte == UInt8(ascii: "%") || byte == UInt8(ascii: "-") else {
                bytes.append(byte)
                continue
            }
            let digits = String(byte, radix: 16)
            bytes += "%\(digits.utf8.count == 1 ? "0" : "")\(digits)".utf8
        }
    }

    private static func text(_ word: ArraySlice<UInt8>) -> String? {
        if word.elementsEqual([UInt8(ascii: "-")]) { return nil }
        return String(decoding: PercentEncoding.bytes(of: word) ?? Array(word), as: UTF8.self)
    }

    private static func entry(_ line: ArraySlice<UInt8>) -> (Key, ImageProbe)? {
        let words = line.split(separator: 0x20)
        guard words.count == 12, let device = number(words[0]), let inode = number(words[1]),
            let size = number(words[2]), let modified = signed(words[3]), let changed = signed(words[4]),
            let format = VolumeFormat(rawValue: String(decoding: words[5], as: UTF8.self)),
            let capacity = number(words[6]), let encrypted = number(words[7]), let cluster = number(words[8]),
            let flags = number(words[9])
        else { return nil }
        var probe = ImageProbe()
        probe.format = format
        probe.capacity = capacity
        probe.isEncrypted = encrypted == 1
        if cluster > 0 {
            probe.qcow2 = .init(
                isNew: flags & 1 != 0, clusterSize: cluster, lazyRefcounts: flags & 2 != 0,
                extendedL2: flags & 4 != 0)
        }
        if let name = text(words[11]) { probe.backing = .init(name: name, format: text(words[10])) }
        return (Key(FileIdentity(device: device, inode: inode), size, modified, changed), probe)
    }

    private static func number(_ word: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for byte in word {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = scaled.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            if overflow || carried { return nil }
            value = sum
        }
        return value
    }

    private static func signed(_ word: ArraySlice<UInt8>) -> Int64? {
        guard word.first == UInt8(ascii: "-") else { return number(word).flatMap { Int64(exactly: $0) } }
        return number(word.dropFirst()).flatMap { Int64(exactly: $0) }.map { -$0 }
    }
}

extension ProbeCache.Key {
    fileprivate init(_ identity: FileIdentity, _ size: UInt64, _ modified: Int64, _ changed: Int64) {
        self.identity = identity
        self.size = size
        self.modified = modified
        self.changed = changed
    }
}
