public import VMXML

extension CPUTuning: Validated {
    public func validate(_ v: inout Validation) {
        // The kernel takes the nearest that it can.
        if let shares, !(2...262_144).contains(shares) {
            v.warning(
                "out-of-range", "<shares> takes numbers from 2 to 262144", at: .child("shares"), found: String(shares))
        }
        for (name, value) in [
            ("period", period), ("global_period", globalPeriod), ("emulator_period", emulatorPeriod),
            ("iothread_period", iothreadPeriod),
        ] { range(value, name, 1000...1_000_000, &v) }
        for (name, value) in [
            ("quota", quota), ("global_quota", globalQuota), ("emulator_quota", emulatorQuota),
            ("iothread_quota", iothreadQuota),
        ] {
            guard let value, value >= 0 else { continue }
            range(UInt64(value), name, 1000...17_592_186_044_415, &v)
        }
        validatePins(&v)
        validateScheduling(&v)
    }

    private func range(_ value: UInt64?, _ name: String, _ range: ClosedRange<UInt64>, _ v: inout Validation) {
        guard let value, !range.contains(value) else { return }
        v.error(
            "out-of-range", "<\(name)> takes numbers from \(range.lowerBound) to \(range.upperBound)",
            at: .child(name), found: String(value))
    }

    private func validatePins(_ v: inout Validation) {
        var vcpus: Set<UInt32> = []
        v.each("vcpupin", vcpupin) { v, pin in
            guard let vcpu = pin.vcpu, !vcpus.insert(vcpu).inserted else { return }
            v.error(
                "duplicate-pin", "virtual CPU \(vcpu) is pinned twice", at: .attribute("vcpu"), found: String(vcpu))
        }
        var threads: Set<UInt32> = []
        v.each("iothreadpin", iothreadpin) { v, pin in
            guard let thread = pin.iothread else { return }
            if thread == 0 {
                v.error("iothread-zero", "I/O threads count from 1", at: .attribute("iothread"), found: "0")
            } else if !threads.insert(thread).inserted {
                v.error(
                    "duplicate-pin", "I/O thread \(thread) is pinned twice", at: .attribute("iothread"),
                    found: String(thread))
            } else if !v.digest(DomainDigest.self).hasIOThread(thread) {
                v.error(
                    "unknown-iothread", "the I/O thread \(thread) isn't defined", at: .attribute("iothread"),
                    found: String(thread))
            }
        }
    }

    private func validateScheduling(_ v: inout Validation) {
        if let emulatorsched { v.enter("emulatorsched", emulatorsched.origin) { emulatorsched.validate(&$0) } }
        var vcpus = NumberOwners()
        v.each("vcpusched", vcpusched) { v, entry in
            entry.scheduling.validate(&v)
            overlap(entry.vcpus, &vcpus, entry.origin, "vcpus", &v)
            let count = Int(v.domain.vcpu?.count ?? 1)
            if let vcpu = entry.vcpus?.first(from: count) {
                v.error(
                    "unknown-vcpu", "the domain has no virtual CPU \(vcpu)", at: .attribute("vcpus"),
                    found: entry.vcpus?.xml)
            }
        }
        var threads = NumberOwners()
        let known = v.digest(DomainDigest.self)
        v.each("iothreadsched", iothreadsched) { v, entry in
            entry.scheduling.validate(&v)
            // What is there twice was looked for the first time.
            guard overlap(entry.iothreads, &threads, entry.origin, "iothreads", &v) else { return }
            if let thread = entry.iothreads?.ranges.lazy.joined().first(where: {
                !known.hasIOThread(UInt32(clamping: $0))
            }) {
                v.error(
                    "unknown-iothread", "the I/O thread \(thread) isn't defined", at: .attribute("iothreads"),
                    found: entry.iothreads?.xml)
            }
        }
    }

    /// Whether no other entry has one of the numbers.
    @discardableResult
    private func overlap(
        _ set: CPUSet?, _ taken: inout NumberOwners, _ origin: XMLOrigin, _ name: String, _ v: inout Validation
    ) -> Bool {
        guard let set, taken.claim(set, for: origin) != nil else { return true }
        v.error(
            "duplicate-scheduling", "one of '\(set)' has its scheduling set already", at: .attribute(name),
            found: set.xml)
        return false
    }
}

extension VCPUScheduling {
    public var origin: XMLOrigin { scheduling.origin }
}

extension IOThreadScheduling {
    public var origin: XMLOrigin { scheduling.origin }
}

extension Scheduling: Validated {
    public func validate(_ v: inout Validation) {
        if scheduler == .fifo || scheduler == .rr, priority == nil {
            v.error("missing-attribute", "a real-time scheduler needs the attribute 'priority'")
        }
    }
}

extension BlockIOTuning: Validated {
    public func validate(_ v: inout Validation) {
        if let weight, weight != 0, !BlockIOTuning.weights.contains(weight) {
            v.error(
                "out-of-range", "a weight is a number from 10 to 1000", at: .child("weight"),
                found: String(weight))
        }
        var paths: Set<String> = []
        v.each("device", devices) { v, device in
            guard let path = device.path else {
                v.error("missing-element", "<device> needs a <path> element")
                return
            }
            if !paths.insert(path).inserted {
                v.error("duplicate-device", "'\(path)' is tuned twice", at: .child("path"), found: path)
            }
            if let weight = device.weight, weight != 0, !BlockIOTuning.weights.contains(weight) {
                v.error(
                    "out-of-range", "a weight is a number from 10 to 1000", at: .child("weight"), found: String(weight))
            }
        }
    }

    private static let weights: ClosedRange<UInt32> = 10...1000
}

extension NUMATuning: Validated {
    public func validate(_ v: inout Validation) {
        if let memory {
            v.enter("memory", memory.origin) { v in
                let isBound = memory.placement == .static || memory.placement == nil && memory.mode != nil
                if isBound, memory.nodeset == nil, v.domain.vcpu?.placement != .auto {
                    v.error(
                        "missing-attribute", "static placement needs the attribute 'nodeset'",
                        at: .attribute("placement"))
                }
            }
        }
        let isAutomatic = memory?.placement == .auto
        var cells: Set<UInt32> = []
        v.each("memnode", memnodes) { v, node in
            if isAutomatic {
                v.error(
                    "automatic-placement", "a cell can't be bound by itself while <memory> has automatic placement")
            }
            if let cell = node.cellid {
                if !cells.insert(cell).inserted {
                    v.error(
                        "duplicate-cell", "cell \(cell) is bound twice", at: .attribute("cellid"), found: String(cell))
                }
                if cell >= UInt32(clamping: v.cellCount) {
                    v.error(
                        "missing-cell", "there is no NUMA cell \(cell) in <cpu>", at: .attribute("cellid"),
                        found: String(cell))
                }
            }
            if let memory, (node.mode == .restrictive) != (memory.mode == .restrictive) {
                v.error(
                    "restrictive-mode",
                    "the mode restrictive must stand in <memory> and in all of <memnode>, or in none",
                    at: .attribute("mode"), found: node.mode?.xml)
            }
        }
    }
}

extension IOTune: Validated {
    /// The greatest limit that QEMU counts with.
    private static let most: UInt64 = 1_000_000_000_000_000

    /// Checks `<throttlegroups>`.
    static func validate(groups: [IOTune], _ v: inout Validation) {
        var names: Set<String> = []
        v.each("throttlegroup", groups) { v, group in
            group.validate(&v)
            guard let name = group.groupName else {
                v.error("missing-element", "<throttlegroup> needs a <group_name> element")
                return
            }
            if !names.insert(name).inserted {
                v.error(
                    "duplicate-group", "the throttle group '\(name)' is there twice", at: .child("group_name"),
                    found: name)
            }
        }
    }

    public func validate(_ v: inout Validation) {
        exclusive("bytes_sec", totalBytesSec, readBytesSec, writeBytesSec, &v)
        exclusive("iops_sec", totalIopsSec, readIopsSec, writeIopsSec, &v)
        exclusive("bytes_sec_max", totalBytesSecMax, readBytesSecMax, writeBytesSecMax, &v)
        exclusive("iops_sec_max", totalIopsSecMax, readIopsSecMax, writeIopsSecMax, &v)
        guard v.isQEMU else { return }
        for (name, value) in [
            ("total_bytes_sec", totalBytesSec), ("read_bytes_sec", readBytesSec), ("write_bytes_sec", writeBytesSec),
            ("total_iops_sec", totalIopsSec), ("read_iops_sec", readIopsSec), ("write_iops_sec", writeIopsSec),
            ("total_bytes_sec_max", totalBytesSecMax), ("read_bytes_sec_max", readBytesSecMax),
            ("write_bytes_sec_max", writeBytesSecMax), ("total_iops_sec_max", totalIopsSecMax),
            ("read_iops_sec_max", readIopsSecMax), ("write_iops_sec_max", writeIopsSecMax),
            ("size_iops_sec", sizeIopsSec),
        ] {
            guard let value, value > IOTune.most else { continue }
            v.error(
                "out-of-range", "QEMU's limits go up to \(IOTune.most)", at: .child(name), found: String(value))
        }
    }

    private func exclusive(_ name: String, _ total: UInt64?, _ read: UInt64?, _ write: UInt64?, _ v: inout Validation) {
        guard let total, total != 0, (read ?? 0) != 0 || (write ?? 0) != 0 else { return }
        v.error(
            "total-and-parts", "<total_\(name)> excludes <read_\(name)> and <write_\(name)>",
            at: .child("total_" + name),
            found: String(total))
    }
}

extension Resource: Validated {
    public func validate(_ v: inout Validation) {
        if let partition, partition.utf8.first != UInt8(ascii: "/") {
            v.error(
                "relative-path", "a resource partition is an absolute path, but this one is '\(partition)'",
                at: .child("partition"), found: partition)
        }
    }
}
