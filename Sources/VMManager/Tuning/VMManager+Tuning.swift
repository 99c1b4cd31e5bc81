internal import Glibc
public import VMCore
internal import VMDomain

/// libvirt's typed parameters: asked for and set, group by group.
extension VMManager {
    /// The parameters of a group.
    ///
    /// - Parameter scope: one description; neither is the running machine if it runs, else the stored definition.
    /// - Throws: `wrong-state` for what only a control group of a running machine could tell; `unsupported` for what libvirt
    ///   gives to root alone.
    public func tuning(
        _ key: String, _ group: TuningGroup, scope: ChangeScope = .current
    ) throws(VMError) -> [TypedParameter] {
        try VMManager.checkTuning(group)
        let machine = try find(key)
        let isLive = try resolve(scope, machine).live
        // Where memory comes from is what the machine was started with.
        if isLive, group != .numa, let refusal = group.liveRefusal { throw refusal }
        if isLive, let domain = try liveDomain(machine) { return try domain.tuning(group) }
        return try storedDomain(machine).tuning(group)
    }

    /// Changes the parameters of a group that are named.
    ///
    /// - Throws: what ``tuning(_:_:scope:)`` throws; `unsupported` for a name that isn't the group's, `invalid-argument` for
    ///   a value.
    public func tune(
        _ key: String, _ group: TuningGroup, _ parameters: [TypedParameter], scope: ChangeScope = .current,
        timeout: Duration = patience
    ) throws(VMError) {
        try VMManager.checkTuning(group)
        try apply(.tune(group, parameters), to: key, scope: scope, timeout: timeout)
    }

    /// The scheduler of a domain's processors, as libvirt calls it.
    ///
    /// - Throws: as for ``tuning(_:_:scope:)``.
    public func scheduler(_ key: String) throws(VMError) -> (type: String, parameterCount: Int) {
        try VMManager.checkTuning(.scheduler)
        if observe(try find(key)).state.isActive, let refusal = TuningGroup.scheduler.liveRefusal { throw refusal }
        return ("posix", TuningGroup.scheduler.count)
    }

    /// Control groups are root's: a user's machines have no such limits, not even stored ones.
    ///
    /// - Throws: `unsupported`, in libvirt's words.
    public static func checkTuning(_ group: TuningGroup, isRoot: Bool? = nil) throws(VMError) {
        if isRoot ?? (geteuid() == 0) { return }
        switch group {
        case .memory:
            throw VMError(
                .unsupported, "Operation not supported: Memory tuning is not available in session mode",
                libvirt: LibvirtError(.operationUnsupported))
        case .scheduler:
            throw VMError(
                .unsupported, "Operation not supported: CPU tuning is not available in session mode",
                libvirt: LibvirtError(.operationUnsupported))
        case .blockIO:
            throw VMError(
                .unsupported, "unsupported configuration: Block I/O tuning is not available in session mode")
        case .numa, .perfEvents, .bandwidth, .blockLimits: return
        }
    }
}

/// The same, for programs that embed the manager.
extension VirtualMachine {
    /// Changes the parameters of a group that are named; see ``VMManager/tune(_:_:_:scope:timeout:)``.
    public func tune(
        _ group: TuningGroup, _ parameters: [TypedParameter], scope: ChangeScope = .current,
        timeout: Duration = VMManager.patience
    ) async throws(VMError) {
        try VMManager.checkTuning(group)
        _ = try await apply(.tune(group, parameters), scope: scope, timeout: timeout)
    }
}
