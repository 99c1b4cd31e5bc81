internal import VMDomain

/// `<cputune>`: what is said of several threads is stored of each.
enum TuningDefaults {
    static func apply(to domain: inout Domain) {
        numberThreads(&domain)
        // A machine whose memory can grow gets a cell of that number.
        if domain.cpu?.numa.cells.isEmpty ?? true, domain.maxMemory == nil {
            // A machine without cells is one, 0.
            for index in domain.memoryBacking.hugepages?.pages.indices ?? 0..<0
            where domain.memoryBacking.hugepages?.pages[index].nodeset == CPUSet([0]) {
                domain.memoryBacking.hugepages?.pages[index].nodeset = nil
            }
        }
        dropZeros(&domain)
        let count = Int(domain.vcpu?.count ?? 1)
        domain.cputune.vcpupin.removeAll { Int($0.vcpu ?? 0) >= count }
        for index in domain.cputune.vcpusched.indices {
            dropPriority(&domain.cputune.vcpusched[index].scheduling)
        }
        for index in domain.cputune.iothreadsched.indices {
            dropPriority(&domain.cputune.iothreadsched[index].scheduling)
        }
        if var scheduling = domain.cputune.emulatorsched {
            dropPriority(&scheduling)
            domain.cputune.emulatorsched = scheduling
        }
        domain.cputune.vcpusched = domain.cputune.vcpusched
            .flatMap { entry in
                (entry.vcpus?.members ?? []).map { number in
                    var single = entry
                    single.vcpus = CPUSet([number])
                    return single
                }
            }
            .sorted { $0.vcpus?.members.first ?? 0 < $1.vcpus?.members.first ?? 0 }
        domain.cputune.iothreadsched = domain.cputune.iothreadsched
            .flatMap { entry in
                (entry.iothreads?.members ?? []).map { number in
                    var single = entry
                    single.iothreads = CPUSet([number])
                    return single
                }
            }
            .sorted { $0.iothreads?.members.first ?? 0 < $1.iothreads?.members.first ?? 0 }
    }

    /// Only the real-time classes have priorities.
    private static func dropPriority(_ scheduling: inout Scheduling) {
        if scheduling.scheduler == .batch || scheduling.scheduler == .idle { scheduling.priority = nil }
    }

    /// As many I/O threads as are listed or asked for, whichever is more; a list is made complete.
    private static func numberThreads(_ domain: inout Domain) {
        let threads = domain.numberedIOThreads
        if !domain.iothreadids.isEmpty { domain.iothreadids = threads }
        domain.iothreads = threads.isEmpty ? nil : max(domain.iothreads ?? 0, UInt32(clamping: threads.count))
    }

    /// A limit of 0 is none.
    private static func dropZeros(_ domain: inout Domain) {
        if domain.blkiotune.weight == 0 { domain.blkiotune.weight = nil }
        for index in domain.blkiotune.devices.indices { domain.blkiotune.devices[index].dropZeros() }
        domain.blkiotune.devices.removeAll { !$0.hasLimits }
        for index in domain.devices.disks.indices {
            guard var limits = domain.devices.disks[index].iotune else { continue }
            limits.dropZeros()
            domain.devices.disks[index].iotune = limits.isEmpty ? nil : limits
        }
    }
}

extension CPUTuning {
    /// Whether any thread is bound to CPUs of the host.
    var hasPins: Bool { !vcpupin.isEmpty || emulatorpin != nil || !iothreadpin.isEmpty }
}
