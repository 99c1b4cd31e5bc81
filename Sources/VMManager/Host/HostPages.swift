internal import QEMULauncher
public import VMCore

/// The host's pages of memory: how many are free, and how many are set aside for machines.
public struct HostPages: Sendable {
    /// The folder that stands for `/`; empty for the real host.
    private let root: String
    /// KiB of the pages that everything is made of.
    private static let small: UInt64 = 4

    public init(root: String = "") { self.root = root }

    /// The host's NUMA cells; one where the kernel knows of none.
    public var cellCount: Int { max(1, cells.count) }

    private var cells: [Int] {
        let names = (try? Folders.list(root + "/sys/devices/system/node")) ?? []
        return names.compactMap { $0.hasPrefix("node") ? Int($0.dropFirst(4)) : nil }.sorted()
    }

    /// How many pages of each size are free, cell by cell: `virNodeGetFreePages`.
    ///
    /// - Parameters:
    ///   - sizes: KiB.
    ///   - first: the first cell.
    ///   - count: of cells; fewer where the host hasn't so many.
    /// - Throws: `internal` when there is no such cell, `invalid-argument` for a size that the host hasn't.
    public func free(sizes: [UInt32], firstCell first: Int, count: Int) throws(VMError) -> [UInt64] {
        let last = cellCount - 1
        guard (0...last).contains(first) else {
            throw VMError(.internalError, "internal error: start cell \(first) out of range (0-\(last))")
        }
        var found: [UInt64] = []
        for cell in first...min(last, first + max(1, min(count, cellCount)) - 1) {
            for size in sizes { found.append(try free(UInt64(size), cell)) }
        }
        return found
    }

    private func free(_ size: UInt64, _ cell: Int) throws(VMError) -> UInt64 {
        guard size != Self.small else {
            let bytes = try NodeFigures.freeMemory(ofCell: cells.isEmpty ? nil : cell)
            return bytes / 1024 / Self.small
        }
        return try number(folder(size, cell) + "/free_hugepages", size)
    }

    /// Sets huge pages aside, or gives them back: `virNodeAllocPages`.
    ///
    /// - Parameters:
    ///   - requests: how many of each size, in KiB.
    ///   - first: the first cell; -1 is the host as a whole.
    ///   - isAddition: the pages come to those that are there; else they are all that are to be.
    /// - Returns: for how many sizes and cells it was done.
    /// - Throws: `unsupported` for the pages that everything is made of; `io` when the kernel or the user's rights don't allow
    ///   it.
    public func allocate(
        _ requests: [(size: UInt32, count: UInt64)], firstCell first: Int, count: Int, isAddition: Bool
    ) throws(VMError) -> Int {
        if requests.contains(where: { UInt64($0.size) == Self.small }) {
            throw VMError(
                .unsupported, "Operation not supported: system pages pool can't be modified",
                libvirt: LibvirtError(.operationUnsupported))
        }
        let last = cellCount - 1
        guard (-1...last).contains(first) else {
            throw VMError(.internalError, "internal error: start cell \(first) out of range (0-\(last))")
        }
        let end = first < 0 ? first : min(last, first + max(1, min(count, cellCount)) - 1)
        var done = 0
        for cell in first...end {
            for request in requests {
                let path = folder(UInt64(request.size), first < 0 ? nil : cell) + "/nr_hugepages"
                let former = try number(path, UInt64(request.size))
                let wanted = isAddition ? former &+ request.count : request.count
                try KernelSetting.write(path, "\(wanted)")
                guard try number(path, UInt64(request.size)) == wanted else {
                    throw VMError(
                        .busy,
                        "operation failed: Unable to allocate \(request.count) pages. Allocated only "
                            + "\(try number(path, UInt64(request.size)))", libvirt: LibvirtError(.operationFailed))
                }
                done += 1
            }
        }
        return done
    }

    private func folder(_ size: UInt64, _ cell: Int?) -> String {
        let place = cells.isEmpty || cell == nil ? "/sys/kernel/mm" : "/sys/devices/system/node/node\(cell ?? 0)"
        return "\(root)\(place)/hugepages/hugepages-\(size)kB"
    }

    private func number(_ path: String, _ size: UInt64) throws(VMError) -> UInt64 {
        let text = try? Files.read(path, limit: 64, regularOnly: false)
        let digits = text.map { String(decoding: $0.filter { $0 > 0x20 }, as: UTF8.self) }
        guard let number = digits.flatMap({ UInt64($0) }) else {
            throw VMError(
                .io, "operation failed: page size \(size) is not available on this host",
                libvirt: LibvirtError(.operationFailed))
        }
        return number
    }
}
