internal import VMXML

/// The names and numbers that elements of a domain refer to.
struct DomainDigest: XMLDigest {
    let audios: Set<UInt32>
    let throttleGroups: Set<String>
    let hasSPICE: Bool
    /// The listed I/O threads, in rising order.
    private let ioThreads: [UInt64]
    /// How many there are in all, where that is said.
    private let ioThreadCount: UInt64?

    init(of domain: Domain) {
        audios = Set(domain.devices.audios.compactMap(\.id))
        throttleGroups = Set(domain.throttlegroups.compactMap(\.groupName))
        hasSPICE = domain.devices.graphics.contains { $0.type == .spice }
        ioThreads = Set(domain.iothreadids.compactMap { $0.id.map { UInt64($0) } }).sorted()
        ioThreadCount = domain.iothreads.map { UInt64($0) }
    }

    /// Whether the domain has the I/O thread of that number.
    func hasIOThread(_ id: UInt32) -> Bool {
        let below = countOfThreads(below: UInt64(id))
        if below < ioThreads.count, ioThreads[below] == UInt64(id) { return true }
        // Threads beyond the listed ones get the lowest free numbers from 1.
        guard id >= 1, let count = ioThreadCount, count > UInt64(ioThreads.count) else { return false }
        let rank = UInt64(id) - UInt64(below - (ioThreads.first == 0 ? 1 : 0))
        return rank <= count - UInt64(ioThreads.count)
    }

    private func countOfThreads(below id: UInt64) -> Int {
        var low = 0
        var high = ioThreads.count
        while low < high {
            let middle = (low + high) / 2
            if ioThreads[middle] < id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Numbers of which each belongs to one element only: virtual CPUs, NUMA nodes, I/O threads.
struct NumberOwners {
    private var owners: [Int: XMLOrigin] = [:]

    /// Gives the numbers of a set to an element, up to one that is another's.
    ///
    /// - Returns: the element that has one of them already; nil when all were free.
    mutating func claim(_ set: CPUSet, for origin: XMLOrigin) -> XMLOrigin? {
        for number in set.ranges.lazy.joined() {
            if let other = owners[number] { return other }
            owners[number] = origin
        }
        return nil
    }
}
