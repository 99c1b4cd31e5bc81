internal import VMCore
internal import VMDomain

extension HostFacts {
    /// Where the host's huge pages are to be had: the mounts of `hugetlbfs` in /proc/self/mounts, the first of each size. The
    /// usual size of /proc/meminfo is there even without a mount, as QEMU can have such pages from the kernel.
    mutating func readHugePages(for domain: Domain) {
        guard hugePages.isEmpty, domain.usesHugePages else { return }
        let field = ProcFields.memory()["Hugepagesize"]?.split(separator: " ").first
        guard let usual = field.flatMap({ UInt64($0) }) else { return }
        for mount in Mount.all() where mount.type == "hugetlbfs" {
            let size = mount.options.first { $0.hasPrefix("pagesize=") }
                .flatMap { HostFacts.kibibytes($0.dropFirst("pagesize=".count)) }
            guard !hugePages.contains(where: { $0.sizeKiB == size ?? usual }) else { continue }
            hugePages.append(HugePages(mount: mount.path, sizeKiB: size ?? usual, isDefault: size ?? usual == usual))
        }
        if !hugePages.contains(where: \.isDefault) {
            hugePages.append(HugePages(mount: "/dev/hugepages", sizeKiB: usual, isDefault: true))
        }
    }

    /// `2M` or `1G`, as the kernel writes the size of a mount's pages.
    private static func kibibytes(_ text: Substring) -> UInt64? {
        guard let unit = text.last, let count = UInt64(text.dropLast()) else { return nil }
        let scale: UInt64? = ["K": 1, "M": 1 << 10, "G": 1 << 20][unit]
        return scale.flatMap { scale in
            let (size, overflow) = count.multipliedReportingOverflow(by: scale)
            return overflow ? nil : size
        }
    }
}

extension Domain {
    /// Whether any of the memory is to be of huge pages.
    fileprivate var usesHugePages: Bool {
        memoryBacking.hugepages != nil || devices.memories.contains { $0.source.pagesize != nil }
    }
}
