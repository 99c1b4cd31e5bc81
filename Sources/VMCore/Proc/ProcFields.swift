/// Files of lines `Key:   value`, such as `/proc/cpuinfo` and `/proc/meminfo`. Blanks count as one.
public struct ProcFields: Sendable {
    /// Of a key that comes again the first counts.
    private let values: [String: String]

    /// Reads a file's text.
    public init(_ text: some Collection<UInt8>) {
        var values: [String: String] = [:]
        for line in ProcText.lines(text) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let key = Self.plain(line[..<colon])
            if values[key] == nil { values[key] = Self.plain(line[(colon + 1)...]) }
        }
        self.values = values
    }

    /// A value as it stands there.
    public subscript(key: String) -> String? { values[key] }

    /// A size such as `16318480 kB`, in KiB.
    public func kibibytes(_ key: String) -> UInt64? {
        (values[key]?.split(separator: " ").first).flatMap { ProcText.number($0.utf8) }
    }

    /// `/proc/meminfo`: what memory the host has.
    public static func memory() -> ProcFields { ProcFields(ProcText.read("/proc/meminfo", limit: 1 << 20) ?? []) }

    /// `/proc/cpuinfo`: the first processor's own words, and what is said of all.
    public static func processors() -> ProcFields {
        ProcFields(ProcText.read("/proc/cpuinfo", limit: 4 << 20) ?? [])
    }

    /// The effective capabilities of this process, a bit each; nil when the kernel doesn't tell.
    public static var ownEffectiveCapabilities: UInt64? {
        ProcFields(ProcText.read("/proc/self/status") ?? [])["CapEff"].flatMap { UInt64($0, radix: 16) }
    }

    private static func plain(_ text: ArraySlice<UInt8>) -> String {
        ProcText.words(text).map { ProcText.string($0) }.joined(separator: " ")
    }
}
