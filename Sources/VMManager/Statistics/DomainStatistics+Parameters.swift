internal import MonitorJSON
public import VMCore

/// The figures by the names, in the order and with the types of `virConnectGetAllDomainStats`.
extension DomainStatistics {
    /// The figures of some groups.
    ///
    /// Beside libvirt's there is `stale.age` where QEMU didn't answer: the age of its figures in milliseconds, -1 when it
    /// never gave any.
    public func parameters(_ groups: StatisticsGroups = .all) -> [TypedParameter] {
        var list: [TypedParameter] = []
        if groups.contains(.state) {
            list.add("state.state", .int(state.libvirtNumber))
            list.add("state.reason", .int(reason.libvirtNumber(in: state)))
        }
        if let cpu {
            list.add("cpu.time", .ullong(cpu.total))
            list.add("cpu.user", .ullong(cpu.user))
            list.add("cpu.system", .ullong(cpu.system))
        }
        if let memory { list += memory.parameters }
        if groups.contains(.vcpu), id != nil { list += processorParameters }
        if groups.contains(.interface), id != nil { list += interfaceParameters }
        if groups.contains(.block), id != nil { list += diskParameters }
        if groups.contains(.iothread), !iothreads.isEmpty { list += threadParameters }
        if let dirtyRate { list += dirtyRate.parameters }
        if problem != nil { list.add("stale.age", .llong(age?.inMilliseconds ?? -1)) }
        return list
    }

    private var processorParameters: [TypedParameter] {
        var list: [TypedParameter] = []
        list.add("vcpu.current", count: vcpus.count)
        list.add("vcpu.maximum", count: maximumVCPUs)
        for vcpu in vcpus {
            // `VIR_VCPU_RUNNING`.
            list.add("vcpu.\(vcpu.index).state", .int(1))
            guard let thread = vcpu.thread else { continue }
            list.add("vcpu.\(vcpu.index).time", .ullong(thread.time))
            list.add("vcpu.\(vcpu.index).delay", .ullong(thread.delay))
        }
        return list
    }

    private var interfaceParameters: [TypedParameter] {
        var list: [TypedParameter] = []
        list.add("net.count", count: interfaces.count)
        for (index, card) in interfaces.enumerated() {
            guard let target = card.target else { continue }
            list.add("net.\(index).name", .string(target))
            for (direction, counters) in [("rx", card.received), ("tx", card.sent)] {
                guard let counters else { continue }
                let name = "net.\(index).\(direction)"
                list.add("\(name).bytes", .ullong(counters.bytes))
                list.add("\(name).pkts", .ullong(counters.packets))
                list.add("\(name).errs", .ullong(counters.errors))
                list.add("\(name).drop", .ullong(counters.drops))
            }
        }
        return list
    }

    private var diskParameters: [TypedParameter] {
        var list: [TypedParameter] = []
        list.add("block.count", count: disks.count)
        for (index, disk) in disks.enumerated() { list += disk.parameters("block.\(index)") }
        return list
    }

    private var threadParameters: [TypedParameter] {
        var list: [TypedParameter] = []
        list.add("iothread.count", count: iothreads.count)
        for thread in iothreads {
            let name = "iothread.\(thread.id)"
            if let value = thread.pollMax { list.add("\(name).poll-max-ns", .ullong(UInt64(clamping: value))) }
            if let value = thread.pollGrow { list.add("\(name).poll-grow", .uint(UInt32(clamping: value))) }
            if let value = thread.pollShrink { list.add("\(name).poll-shrink", .uint(UInt32(clamping: value))) }
        }
        return list
    }
}

extension DomainStatistics.DirtyRate {
    fileprivate var parameters: [TypedParameter] {
        var list: [TypedParameter] = []
        list.add("dirtyrate.calc_status", .int(status.libvirtNumber))
        list.add("dirtyrate.calc_start_time", .llong(startTime))
        list.add("dirtyrate.calc_period", .int(Int32(clamping: period)))
        if let rate { list.add("dirtyrate.megabytes_per_second", .llong(rate)) }
        list.add("dirtyrate.calc_mode", .string(mode))
        return list
    }
}

extension DomainStatistics.Memory {
    fileprivate var parameters: [TypedParameter] {
        var list: [TypedParameter] = []
        list.add("balloon.current", .ullong(current))
        list.add("balloon.maximum", .ullong(maximum))
        for figure in guest { list.add("balloon.\(figure.name)", .ullong(figure.value)) }
        list.add("balloon.last-update", .ullong(UInt64(clamping: lastUpdate)))
        if let resident { list.add("balloon.rss", .ullong(resident)) }
        return list
    }

    /// What `virDomainMemoryStats` tells, in virsh's order: each with its tag.
    public var figures: [MemoryFigure] {
        var list = [MemoryFigure("actual", current)]
        list += guest.map { MemoryFigure($0.name, $0.value) }
        list.append(MemoryFigure("last_update", UInt64(clamping: lastUpdate)))
        if let resident { list.append(MemoryFigure("rss", resident)) }
        return list
    }
}

/// A figure of a machine's memory, `virDomainMemoryStat`: a size in KiB, a number of times, or a time in seconds since 1970.
public struct MemoryFigure: Sendable, Hashable {
    /// As virsh prints it: `actual`, `usable`.
    public var name: String
    public var value: UInt64

    init(_ name: String, _ value: UInt64) {
        self.name = name
        self.value = value
    }

    /// `virDomainMemoryStatTags`; nil for a name that libvirt doesn't know.
    public var libvirtTag: Int32? { Self.tags.firstIndex(of: name).map { Int32(clamping: $0) } }

    private static let tags = [
        "swap_in", "swap_out", "major_fault", "minor_fault", "unused", "available", "actual", "rss", "usable",
        "last_update", "disk_caches", "hugetlb_pgalloc", "hugetlb_pgfail",
    ]
}

extension DomainStatistics.Disk {
    fileprivate func parameters(_ name: String) -> [TypedParameter] {
        var list: [TypedParameter] = []
        list.add("\(name).name", .string(target))
        if let path { list.add("\(name).path", .string(path)) }
        if let index { list.add("\(name).backingIndex", .uint(index)) }
        if let counters {
            for (key, value) in [
                ("rd.reqs", counters.readOperations), ("rd.bytes", counters.readBytes), ("rd.times", counters.readTime),
                ("wr.reqs", counters.writeOperations), ("wr.bytes", counters.writtenBytes),
                ("wr.times", counters.writeTime), ("fl.reqs", counters.flushOperations),
                ("fl.times", counters.flushTime),
            ] { list.add("\(name).\(key)", .ullong(UInt64(clamping: value))) }
            if path != nil, let highest = counters.highestOffset {
                list.add("\(name).allocation", .ullong(UInt64(clamping: highest)))
            }
        }
        if let capacity { list.add("\(name).capacity", .ullong(capacity)) }
        if let physical { list.add("\(name).physical", .ullong(physical)) }
        return list
    }
}

extension DomainStatistics.CPUTime {
    /// What `virDomainGetCPUStats` tells of all processors together, in nanoseconds.
    public var parameters: [TypedParameter] {
        [
            TypedParameter("cpu_time", .ullong(total)), TypedParameter("user_time", .ullong(user)),
            TypedParameter("system_time", .ullong(system)),
        ]
    }
}

extension Duration {
    var inMilliseconds: Int64 { components.seconds &* 1000 &+ components.attoseconds / 1_000_000_000_000_000 }
}
