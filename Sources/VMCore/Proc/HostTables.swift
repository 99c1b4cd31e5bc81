internal import Glibc

/// How long the host's processors have worked at what, in ticks of the kernel's clock: `/proc/stat`.
public struct ProcessorTimes: Sendable, Hashable {
    public var user: UInt64
    public var nice: UInt64
    public var system: UInt64
    public var idle: UInt64
    public var ioWait: UInt64
    public var interrupts: UInt64
    public var softInterrupts: UInt64

    /// - Parameters:
    ///   - processor: nil is all together.
    ///   - given: what the file says.
    /// - Returns: nil when there is no such processor.
    public init?(of processor: Int?, text given: [UInt8]? = nil) {
        guard let text = given ?? ProcText.read("/proc/stat", limit: 4 << 20) else { return nil }
        let label = processor.map { "cpu\($0)" } ?? "cpu"
        let line = ProcText.lines(text).lazy.map(ProcText.words).first { words in
            words.first.map(ProcText.string) == label
        }
        guard let line, line.count > 7 else { return nil }
        let ticks = line[1...7].map { ProcText.number($0) ?? 0 }
        (user, nice, system, idle) = (ticks[0], ticks[1], ticks[2], ticks[3])
        (ioWait, interrupts, softInterrupts) = (ticks[4], ticks[5], ticks[6])
    }
}

/// What is mounted for this process: `/proc/self/mounts`.
public struct Mount: Sendable, Hashable {
    public var path: String
    /// The file system's type, such as `hugetlbfs`.
    public var type: String
    public var options: [String]

    /// The mounts, in the kernel's order.
    public static func all() -> [Mount] { all(in: ProcText.read("/proc/self/mounts", limit: 16 << 20) ?? []) }

    static func all(in text: [UInt8]) -> [Mount] {
        ProcText.lines(text).compactMap { line in
            let words = ProcText.words(line)
            guard words.count > 3 else { return nil }
            return Mount(
                path: ProcText.unescaped(words[1]), type: ProcText.string(words[2]),
                options: ProcText.string(words[3]).split(separator: ",").map(String.init))
        }
    }
}

/// The user namespace of this process: `/proc/self/uid_map`.
enum UserNamespace {
    /// The number that root, and everybody else who has none here, is shown under; nil outside of any namespace, where
    /// everybody has one.
    static let unmappedUser: uid_t? = {
        func words(_ path: String) -> [String] {
            ProcText.words((ProcText.read(path, limit: 4096) ?? [])[...]).map(ProcText.string)
        }
        // All users are mapped outside of any namespace.
        if words("/proc/self/uid_map") == ["0", "0", "4294967295"] { return nil }
        return words("/proc/sys/kernel/overflowuid").first.flatMap { UInt32($0) }
    }()
}
