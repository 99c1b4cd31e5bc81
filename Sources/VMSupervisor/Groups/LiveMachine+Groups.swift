internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain

/// What the control group of a running machine limits.
extension LiveMachine {
    /// Sets parameters of a group, all or none.
    func limit(_ group: TuningGroup, _ parameters: [TypedParameter], _ next: Domain) throws(VMError) {
        guard let controller = group.controller else { return }
        try checkNUMA(group, parameters)
        let before = try domain.tuning(group)
        let controlGroup = try ownGroup(controller, group)
        let threads = group == .scheduler && ControlGroup.limitsThreads(parameters) ? try machineThreads() : nil
        do throws(VMError) {
            try controlGroup.set(group, parameters)
            if let threads { try controlGroup.limit(threads, parameters) }
            try make(HotplugChange(steps: [], domain: next))
        } catch {
            let names = Set(parameters.map(\.name))
            let old = before.filter { names.contains($0.name) }.map { $0.undoing(parameters[$0.name]) }
            try? controlGroup.set(group, old)
            if let threads { try? controlGroup.limit(threads, old) }
            throw error
        }
    }

    /// The machine's group, made now where it hasn't one with this controller yet.
    private func ownGroup(_ controller: ControlGroupController, _ group: TuningGroup) throws(VMError) -> ControlGroup {
        let maker = MachineGroup(plan)
        let (existing, processes) = try port.ask(deadline) { supervisor, done in
            done(.success((supervisor.controlGroup, supervisor.machineProcesses)))
        }
        guard let made = try maker.make([controller], joining: existing, processes), made.folders[controller] != nil
        else { throw group.liveRefusal }
        _ = try port.ask(deadline) { supervisor, done in
            supervisor.controlGroup = made
            done(.success(true))
        }
        return made
    }

    /// The nodes that a running machine's memory comes from can be changed, and not how.
    private func checkNUMA(_ group: TuningGroup, _ parameters: [TypedParameter]) throws(VMError) {
        guard group == .numa else { return }
        let old = domain.numatune.memory?.mode ?? .strict
        if case .int(let number) = parameters["numa_mode"], NUMATuning.Mode.allCases.firstIndex(of: old) != Int(number)
        {
            throw VMError(
                .wrongState, "Requested operation is not valid: can't change numatune mode for running domain")
        }
        guard old == .strict || old == .restrictive || parameters["numa_nodeset"] == nil else {
            throw VMError(
                .wrongState,
                "Requested operation is not valid: change of nodeset for running domain requires strict numa mode")
        }
    }

    /// The machine's threads by what they do.
    private func machineThreads() throws(VMError) -> MachineThreads {
        let processes = try port.ask(deadline) { supervisor, done in done(.success(supervisor.machineProcesses)) }
        let (vcpus, iothreads) = try threads()
        return MachineThreads(vcpus: vcpus, iothreads: iothreads, of: processes)
    }

    /// Has threads that came since the start be limited as those of their kind.
    func limitNewThreads() throws(VMError) {
        let group = try port.ask(deadline) { supervisor, done in done(.success(supervisor.controlGroup)) }
        let parameters = ResourceLimits(domain)[.scheduler]
        guard let group, group.folders[.cpu] != nil, ControlGroup.limitsThreads(parameters) else { return }
        try group.limit(try machineThreads(), parameters)
    }
}

extension TypedParameter {
    /// The value of before, which says of devices that only the new one names that they have no limit.
    fileprivate func undoing(_ new: TypedParameter.Value?) -> TypedParameter {
        guard case .string(let old) = value, case .string(let text)? = new, name.hasPrefix("device_") else {
            return self
        }
        let words = text.split(separator: ",")
        let known = Set(old.split(separator: ",").map(String.init))
        let added = stride(from: 0, to: words.count, by: 2).map { String(words[$0]) }.filter { !known.contains($0) }
        let parts = (old.isEmpty ? [] : [old]) + added.map { "\($0),0" }
        return TypedParameter(name, .string(parts.joined(separator: ",")))
    }
}
