internal import VMCore

/// The host, as `capabilities` shows it: read from `/proc` and `/sys`.
public struct HostDescription: Sendable, Hashable {
    /// The identity that the firmware, or else the installation, gives the host.
    public var uuid: String?
    public var processor: HostProcessor
    public var nodes: [HostNode]
    /// Sizes of pages in KiB.
    public var pageSizes: [UInt64]
    public var hasIOMMU: Bool
    public var canSuspendToMemory: Bool
    public var canSuspendToDisk: Bool

    /// Reads everything below `root`, which is empty for the real host.
    public init(root: String = "") {
        let system = SystemFolder(root: root)
        uuid = Self.uuid(system)
        processor = HostProcessor(system)
        nodes = HostNode.all(system)
        pageSizes = [4] + system.hugePageSizes
        hasIOMMU = !system.names("/sys/kernel/iommu_groups").isEmpty
        let sleep = system.words("/sys/power/state")
        canSuspendToMemory = sleep.contains("mem")
        canSuspendToDisk = sleep.contains("disk")
    }

    private static func uuid(_ system: SystemFolder) -> String? {
        for path in ["/sys/class/dmi/id/product_uuid", "/etc/machine-id"] {
            if let text = system.text(path), let uuid = UUID(text) { return uuid.description }
        }
        return nil
    }
}

/// Files of one line each, as the kernel shows them.
struct SystemFolder: Sendable {
    let root: String

    /// A file's text without the blanks around it; nil when it can't be read or is empty.
    func text(_ path: String) -> String? {
        guard let bytes = try? Files.read(root + path, limit: 4 << 20, regularOnly: false) else { return nil }
        let blanks: Set<UInt8> = [0x0a, 0x20, 0x09]
        var slice = bytes[...]
        while let last = slice.last, blanks.contains(last) { slice.removeLast() }
        slice = slice.drop { blanks.contains($0) }
        return slice.isEmpty ? nil : String(decoding: slice, as: UTF8.self)
    }

    func number(_ path: String) -> Int? { text(path).flatMap { Int($0) } }

    func words(_ path: String) -> [String] { (text(path) ?? "").split(separator: " ").map(String.init) }

    func names(_ path: String) -> [String] { (try? Folders.list(root + path)) ?? [] }

    /// Numbers of entries such as `node0`, in order.
    func numbers(in folder: String, after prefix: String) -> [Int] {
        names(folder).compactMap { $0.hasPrefix(prefix) ? Int($0.dropFirst(prefix.count)) : nil }.sorted()
    }

    /// `Key:   value` lines of a file; of a key that comes again the first counts.
    func fields(_ path: String) -> ProcFields {
        ProcFields((try? Files.read(root + path, limit: 4 << 20, regularOnly: false)) ?? [])
    }

    /// The sizes of huge pages in KiB, small ones first.
    var hugePageSizes: [UInt64] {
        names("/sys/kernel/mm/hugepages").compactMap { name in
            let digits = name.dropFirst("hugepages-".count).dropLast("kB".count)
            return name.hasPrefix("hugepages-") ? UInt64(digits) : nil
        }.sorted()
    }
}
