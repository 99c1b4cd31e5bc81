public import VMCore

/// Figures that QEMU is asked for, for programs that embed the manager.
extension VirtualMachine {
    /// What its disks have read and written: one by its target or path, or all together; see
    /// ``VMManager/blockCounters(_:disk:)``.
    public func blockCounters(disk: String? = nil) async throws(VMError) -> BlockCounters {
        try await call("blockCounters") { (manager, machine) throws(VMError) in
            try await manager.blockCounters(machine, disk: disk).counters
        }
    }

    /// The sizes of all its disks, whether it runs or not.
    public func diskSizes() async throws(VMError) -> [DiskSize] {
        try await call("diskSizes") { (manager, machine) throws(VMError) in try await manager.diskSizes(machine) }
    }

    /// The sizes of one disk, by its target or its path.
    ///
    /// - Throws: `not-found` when it has no such disk.
    public func diskSize(_ disk: String) async throws(VMError) -> DiskSize {
        try await call("diskSize") { (manager, machine) throws(VMError) in
            try await manager.diskSize(machine, disk: disk)
        }
    }

    /// The disks that have failed; see ``VMManager/diskErrors(_:)``.
    public func diskErrors() async throws(VMError) -> [DiskError] {
        try await call("diskErrors") { (manager, machine) throws(VMError) in try await manager.diskErrors(machine) }
    }

    /// What has gone over one of its cards; see ``VMManager/interfaceCounters(_:interface:)``.
    public func interfaceCounters(interface: String) async throws(VMError) -> InterfaceCounters {
        try await call("interfaceCounters") { (manager, machine) throws(VMError) in
            try await manager.interfaceCounters(machine, interface: interface)
        }
    }

    /// Its virtual processors that the kernel knows the threads of.
    public func processorStates() async throws(VMError) -> [ProcessorState] {
        try await call("processorStates") { (manager, machine) throws(VMError) in
            try await manager.processorStates(machine)
        }
    }

    /// Where its threads may run: what the kernel says while it runs, else what is stored.
    public func pins(inactive: Bool = false) async throws(VMError) -> ProcessorPins {
        try await call("pins") { (manager, machine) throws(VMError) in
            try await manager.pins(machine, inactive: inactive)
        }
    }
}
