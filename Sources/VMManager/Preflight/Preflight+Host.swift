internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMXML

/// What only a check on demand looks at, as QEMU itself says it well enough, or it may be so for a moment only.
extension Preflight {
    mutating func checkHost(_ domain: Domain) {
        checkFirmware(domain.os)
        checkFile(domain.os.dtb, "device tree", at: domain.os.origin)
        checkFilesystems(domain.devices.filesystems)
        checkNetworks(domain.devices.interfaces)
        checkHostDevices(domain.devices)
        checkMemory(domain)
        checkVSock(domain)
        checkRights(domain)
        checkLimitedDevices(domain)
        checkRuntimeFolder()
    }

    /// A set without a single processor of this host can't be had.
    mutating func checkPins(_ domain: Domain) {
        let count = HostProcessors.count
        for (element, set) in domain.namedProcessors where !(set.members.contains { $0 < count }) {
            add(
                VMError(
                    .unsupported, "\(element) names processors \(set.xml), which this host doesn't have",
                    remedy: "it has 0-\(count - 1)"))
        }
    }

    private mutating func checkMemory(_ domain: Domain) {
        guard let wanted = domain.memory?.size?.bytes else { return }
        if let limit = domain.memtune.hardLimit?.bytes, limit < Self.leastLimit {
            warnings.append(
                "<hard_limit> allows the machine \(limit >> 10) KiB, and QEMU itself takes more than "
                    + "\(Self.mebibytes(Self.leastLimit)) MiB: it can't run where that is enforced")
        }
        let memory = ProcFields.memory()
        if let pages = domain.memoryBacking.hugepages {
            let sizes = pages.pages.compactMap { $0.size?.bytes }
            return checkHugePages(wanted, sizes.first ?? memory.bytes("Hugepagesize"))
        }
        guard let total = memory.bytes("MemTotal") else { return }
        let swap = memory.bytes("SwapTotal") ?? 0
        if wanted > total &+ swap {
            return add(
                VMError(
                    .unsupported,
                    "the machine's memory of \(Self.mebibytes(wanted)) MiB is more than this host has: "
                        + "\(Self.mebibytes(total)) MiB and \(Self.mebibytes(swap)) MiB of swap",
                    remedy: "make <memory> smaller"))
        }
        if let free = memory.bytes("MemAvailable"), wanted > free {
            warnings.append(
                "the machine's memory of \(Self.mebibytes(wanted)) MiB is more than the "
                    + "\(Self.mebibytes(free)) MiB that are free now")
        }
    }

    /// Less than any QEMU starts with.
    private static let leastLimit: UInt64 = 16 << 20

    private mutating func checkHugePages(_ wanted: UInt64, _ size: UInt64?) {
        let root = "/sys/kernel/mm/hugepages"
        guard let size, size > 0 else {
            return add(VMError(.unsupported, "this host has no huge pages", remedy: "leave <hugepages> out"))
        }
        let folder = "\(root)/hugepages-\(size / 1024)kB"
        guard Files.exists(folder) else {
            let known = ((try? Folders.list(root)) ?? []).map { $0.dropFirst("hugepages-".count) }.sorted()
            return add(
                VMError(
                    .unsupported, "this host has no huge pages of \(size / 1024) KiB",
                    remedy: known.isEmpty ? nil : "it has those of \(known.joined(separator: ", "))"))
        }
        let free = Self.number(folder + "/free_hugepages") ?? 0
        let needed = wanted / size + (wanted % size == 0 ? 0 : 1)
        if needed > free {
            add(
                VMError(
                    .unsupported,
                    "the machine needs \(needed) huge pages of \(size / 1024) KiB, and \(free) are free",
                    remedy: "reserve more in '\(folder)/nr_hugepages'"))
        }
    }

    private static func number(_ path: String) -> UInt64? {
        guard let bytes = try? Files.read(path, limit: 64, regularOnly: false) else { return nil }
        return UInt64(String(decoding: bytes.prefix { $0 != 0x0a }, as: UTF8.self))
    }

    private static func mebibytes(_ bytes: UInt64) -> UInt64 { bytes >> 20 }
}

extension ProcFields {
    /// A size in bytes.
    fileprivate func bytes(_ key: String) -> UInt64? { kibibytes(key).map { $0 &* 1024 } }
}
