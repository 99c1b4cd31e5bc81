public import VMCore
internal import VMDomain
internal import VMXML

/// The main facts about a domain: what `virDomainGetInfo` and its neighbours tell.
public struct DomainInformation: Sendable {
    public var machine: Machine
    public var state: PublishedState
    /// What kind of guest it is, `hvm`.
    public var osType: String
    /// KiB that the guest may have.
    public var maximumMemory: UInt64
    /// KiB that it has.
    public var memory: UInt64
    /// How many processors it has.
    public var processors: Int
    /// Processor time that its QEMU has used, in nanoseconds; nil when it doesn't run.
    public var cpuTime: UInt64?
    public var isAutostarted: Bool
    public var hasManagedSave: Bool
}

extension VMManager {
    /// The main facts about a domain. Asks the published state, the definition and the kernel; QEMU isn't asked.
    public func information(_ key: String) throws(VMError) -> DomainInformation {
        let machine = try find(key)
        let state = observe(machine)
        let domain = try domain(key)
        let most = domain.memory?.size?.kibibytes ?? 0
        return DomainInformation(
            machine: machine, state: state, osType: domain.os.type?.kind ?? "hvm", maximumMemory: most,
            memory: domain.currentMemory?.size?.kibibytes ?? most, processors: domain.processorCounts.current,
            cpuTime: state.qemu.flatMap(Self.cpuTime), isAutostarted: isAutostarted(machine),
            hasManagedSave: hasManagedSave(machine))
    }

    private static func cpuTime(of process: ProcessIdentity) -> UInt64? {
        guard let stat = ProcessStat.of(process.pid), stat.startTime == process.startTime, !stat.isDead else {
            return nil
        }
        return stat.userTime &+ stat.systemTime
    }
}
