internal import QEMULauncher
public import VMCore
public import VMDomain
internal import VMImage

/// How large a disk is: for the guest, and on the host.
public struct DiskSize: Sendable, Hashable {
    public var target: String
    /// The source; nil for an empty drive.
    public var path: String?
    /// Bytes that the guest sees.
    public var capacity: UInt64?
    /// Bytes that the image takes.
    public var allocation: UInt64?
    /// How long the file or the device is.
    public var physical: UInt64?
}

extension VMManager {
    /// The sizes of all disks of a domain, whether it runs or not.
    public func diskSizes(_ key: String) throws(VMError) -> [DiskSize] {
        try blocking(key) { (manager, machine) async throws(VMError) in try await manager.diskSizes(machine) }
    }

    func diskSizes(_ machine: Machine) async throws(VMError) -> [DiskSize] {
        let domain = try domain(machine)
        // Of one that doesn't run there are none.
        let running = await statistics(of: machine, .block).disks
        return domain.devices.disks.compactMap { disk in
            guard let target = disk.target?.dev else { return nil }
            var size = DiskSize(target: target, path: disk.source.isEmpty ? nil : disk.source.place)
            size.capacity = running.first { $0.target == target }?.capacity
            guard let path = size.path, disk.source.type == .file || disk.source.type == .block else { return size }
            // What isn't open is as large as its header says.
            let format = size.capacity == nil ? (disk.driver?.type ?? .raw).onDisk : nil
            guard let onDisk = ImageSizes(path, format: format) else { return size }
            size.allocation = onDisk.allocation
            size.physical = onDisk.physical
            if format != nil { size.capacity = onDisk.capacity }
            return size
        }
    }

    /// The definition in use: that of the running machine, else (or when asked for) the stored one.
    public func domain(_ key: String, inactive: Bool = false) throws(VMError) -> Domain {
        try domain(try find(key), inactive: inactive)
    }

    func domain(_ machine: Machine, inactive: Bool = false) throws(VMError) -> Domain {
        if !inactive || !machine.isPersistent, let live = try liveDomain(machine) { return live }
        return try storedDomain(machine)
    }

    /// A domain's document of a scope: the live one when both are meant.
    public func document(_ key: String, _ scope: ChangeScope) throws(VMError) -> Domain {
        let machine = try find(key)
        let (live, _) = try resolve(scope, machine)
        if live, let domain = try liveDomain(machine) { return domain }
        return try storedDomain(machine)
    }

    /// The figures of a machine that runs.
    public func runningStatistics(
        of key: String, _ groups: StatisticsGroups, patience: Duration = .seconds(1)
    ) throws(VMError) -> DomainStatistics {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.runningStatistics(of: machine, groups, patience: patience)
        }
    }

    func runningStatistics(
        of machine: Machine, _ groups: StatisticsGroups, patience: Duration = .seconds(1)
    ) async throws(VMError) -> DomainStatistics {
        let statistics = await statistics(of: machine, groups, patience: patience)
        guard statistics.state.isActive else { throw VMManager.notRunning }
        return statistics
    }
}
