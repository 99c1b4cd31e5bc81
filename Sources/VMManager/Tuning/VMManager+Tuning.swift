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
        try checkTuning(group)
        let machine = try find(key)
        guard try resolve(scope, machine).live, let domain = try liveDomain(machine) else {
            return try storedDomain(machine).tuning(group)
        }
        return try figures(group, domain, machine)
    }

    /// Changes the parameters of a group that are named.
    ///
    /// - Throws: what ``tuning(_:_:scope:)`` throws; `unsupported` for a name that isn't the group's, `invalid-argument` for
    ///   a value.
    public func tune(
        _ key: String, _ group: TuningGroup, _ parameters: [TypedParameter], scope: ChangeScope = .current,
        timeout: Duration = patience
    ) throws(VMError) {
        try checkTuning(group)
        try apply(.tune(group, parameters), to: key, scope: scope, timeout: timeout)
    }

    /// The scheduler of a domain's processors, as libvirt calls it.
    ///
    /// - Throws: as for ``tuning(_:_:scope:)``.
    public func scheduler(_ key: String) throws(VMError) -> (type: String, parameterCount: Int) {
        try checkTuning(.scheduler)
        let machine = try find(key)
        if observe(machine).state.isActive, let domain = try liveDomain(machine) {
            _ = try figures(.scheduler, domain, machine)
        }
        return ("posix", TuningGroup.scheduler.count)
    }

    /// The parameters of a running machine: what the kernel says of its control group, or what holds without one.
    private func figures(
        _ group: TuningGroup, _ domain: Domain, _ machine: Machine
    ) throws(VMError) -> [TypedParameter] {
        let stored = try domain.tuning(group)
        guard let controller = group.controller else { return stored }
        if let own = ControlGroup(recordedIn: machine.runtime), own.folders[controller] != nil, own.exists {
            return own.figures(group, stored)
        }
        // Where memory comes from is what the machine was started with.
        if group == .numa { return stored }
        let place = controlGroupPlace(domain)
        guard place.controllers.contains(controller) else { throw group.liveRefusal }
        return ResourceLimits.none(group, stored, place)
    }

    /// Where the control group of a domain's machine would be.
    func controlGroupPlace(_ domain: Domain? = nil) -> ControlGroupPlace {
        .find(
            .current(), parent: controlGroupParent,
            partition: domain?.resource.partition ?? ControlGroupPlace.standardPartition)
    }

    /// Where a user has been given no control groups, the machines have no such limits, not even stored ones.
    ///
    /// - Throws: `unsupported`, in libvirt's words.
    public func checkTuning(_ group: TuningGroup) throws(VMError) {
        guard geteuid() != 0, let controller = group.controller else { return }
        if controlGroupPlace().controllers.contains(controller) { return }
        try VMManager.refuseForUsers(group)
    }

    /// What libvirt says to users of parameters that are for root alone.
    package static func refuseForUsers(_ group: TuningGroup) throws(VMError) {
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
        try manager.checkTuning(group)
        _ = try await apply(.tune(group, parameters), scope: scope, timeout: timeout)
    }
}
