internal import QEMULauncher
internal import VMCore
internal import VMDomain

/// The parameters of block devices and network cards.
extension Domain {
    // MARK: Block devices of the host

    mutating func mapBlockIO(_ x: inout TuningMapper) {
        x.uint("weight", &blkiotune.weight)
        mapDevices("device_weight", &x, { $0.weight.map { UInt64($0) } }) { $0.weight = UInt32(exactly: $1) }
        mapDevices("device_read_iops_sec", &x, { $0.readIopsSec.map { UInt64($0) } }) {
            $0.readIopsSec = UInt32(exactly: $1)
        }
        mapDevices("device_write_iops_sec", &x, { $0.writeIopsSec.map { UInt64($0) } }) {
            $0.writeIopsSec = UInt32(exactly: $1)
        }
        mapDevices("device_read_bytes_sec", &x, { $0.readBytesSec }) { $0.readBytesSec = $1 }
        mapDevices("device_write_bytes_sec", &x, { $0.writeBytesSec }) { $0.writeBytesSec = $1 }
    }

    /// One setting of all devices, as libvirt writes it: `/dev/sda,500,/dev/sdb,200`. A 0 takes a device's away.
    private mutating func mapDevices(
        _ name: String, _ x: inout TuningMapper, _ get: (BlockIOTuning.Device) -> UInt64?,
        _ set: (inout BlockIOTuning.Device, UInt64) -> Void
    ) {
        let text = blkiotune.devices.compactMap { device in
            get(device).flatMap { $0 == 0 ? nil : "\(device.path ?? ""),\($0)" }
        }.joined(separator: ",")
        x.string(name, text) { new, x in
            if new.isEmpty { return }
            let words = new.split(separator: ",", omittingEmptySubsequences: false)
            guard words.count % 2 == 0 else { return x.fail("unable to parse blkio device '\(name)' '\(new)'") }
            for index in stride(from: 0, to: words.count, by: 2) {
                let path = String(words[index])
                guard path.hasPrefix("/"), let value = UInt64(words[index + 1]) else {
                    return x.fail("unable to parse blkio device '\(name)' '\(new)'")
                }
                let place = blkiotune.devices.firstIndex { $0.path == path }
                var device = place.map { blkiotune.devices[$0] } ?? BlockIOTuning.Device()
                device.path = path
                set(&device, value)
                device.dropZeros()
                if let place { blkiotune.devices[place] = device } else { blkiotune.devices.append(device) }
            }
        }
    }

    // MARK: Network cards

    /// The place of a card, in libvirt's words where there is none.
    private func card(_ name: String) throws(VMError) -> Int {
        do throws(VMError) { return try interface(name) } catch {
            throw VMError(
                .notFound, "invalid argument: '\(name)' is not a known interface", remedy: error.remedy)
        }
    }

    mutating func mapBandwidth(_ name: String, _ x: inout TuningMapper) throws(VMError) {
        let index = try card(name)
        let type = devices.interfaces[index].type
        if x.isWriting, ![.bridge, .direct, .network, .ethernet].contains(type) {
            throw VMError(
                .unsupported,
                "unsupported configuration: setting bandwidth on interfaces of type '\(type.rawValue)' is not "
                    + "implemented yet")
        }
        var bandwidth = devices.interfaces[index].bandwidth ?? Bandwidth()
        var (inbound, outbound) = (bandwidth.inbound ?? .init(), bandwidth.outbound ?? .init())
        x.uint("inbound.average", &inbound.average)
        x.uint("inbound.peak", &inbound.peak)
        x.uint("inbound.burst", &inbound.burst)
        x.uint("inbound.floor", &inbound.floor)
        x.uint("outbound.average", &outbound.average)
        x.uint("outbound.peak", &outbound.peak)
        x.uint("outbound.burst", &outbound.burst)
        guard x.isWriting else { return }
        bandwidth.inbound = inbound
        bandwidth.outbound = outbound
        devices.interfaces[index].bandwidth = bandwidth
    }

    /// A direction without a rate has no limit.
    mutating func settleBandwidth(_ name: String, _ x: TuningMapper) throws(VMError) {
        let index = try card(name)
        guard var bandwidth = devices.interfaces[index].bandwidth else { return }
        if bandwidth.inbound?.average == nil, bandwidth.inbound?.floor == nil { bandwidth.inbound = nil }
        if bandwidth.outbound?.average == nil { bandwidth.outbound = nil }
        let isEmpty = bandwidth.inbound == nil && bandwidth.outbound == nil
        devices.interfaces[index].bandwidth = isEmpty ? nil : bandwidth
    }

    // MARK: Disks

    mutating func mapBlockLimits(_ name: String, _ x: inout TuningMapper) throws(VMError) {
        let index = try disk(name)
        var limits = devices.disks[index].iotune ?? IOTune()
        for (position, parameter) in IOTune.parameters.enumerated() {
            // Where libvirt has it.
            if position == 13 {
                x.string("group_name", limits.groupName ?? "") { new, _ in limits.groupName = new.isEmpty ? nil : new }
            }
            x.ullong(parameter.name, &limits[keyPath: parameter.path])
        }
        if x.isWriting { devices.disks[index].iotune = limits }
    }

    /// Limits of one kind are set together: where one of them is named, those that aren't are none.
    mutating func settleBlockLimits(_ name: String, _ x: TuningMapper) throws(VMError) {
        let index = try disk(name)
        guard var limits = devices.disks[index].iotune else { return }
        for suffix in ["bytes_sec", "iops_sec", "bytes_sec_max", "iops_sec_max"] {
            let kind = IOTune.parameters.filter { parameter in
                ["total_", "read_", "write_"].contains { parameter.name == $0 + suffix }
            }
            guard kind.contains(where: { x.sets($0.name) }) else { continue }
            for parameter in kind where !x.sets(parameter.name) { limits[keyPath: parameter.path] = nil }
        }
        try limits.checkLimits()
        devices.disks[index].iotune = limits.isUnlimited && limits.groupName == nil ? nil : limits
    }
}
