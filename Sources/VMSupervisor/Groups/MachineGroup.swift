internal import Glibc
internal import SupervisorProtocol
internal import VMCore

/// Makes and removes the control group of one machine. What it does may wait for systemd.
struct MachineGroup: Sendable {
    let folder: RuntimeFolder
    let name: String
    let id: Int
    let partition: String
    let place: ControlGroupPlace

    init(_ plan: SupervisorPlan, _ host: ControlGroupHost = .current()) {
        folder = plan.folder
        name = plan.name
        id = plan.id
        partition = plan.partition
        place = .find(host, parent: plan.controlGroupParent, partition: plan.partition)
    }

    /// The machine's group with as many of these controllers as there are, made if need be.
    ///
    /// - Parameters:
    ///   - existing: what there is of it.
    ///   - processes: those that belong in it: QEMU and the programs beside it, as far as they run.
    /// - Returns: nil where there can be none.
    func make(
        _ controllers: Set<ControlGroupController>, joining existing: ControlGroup?, _ processes: [Int32]
    ) throws(VMError) -> ControlGroup? {
        if let existing, controllers.isSubset(of: existing.folders.keys) { return existing }
        switch place {
        case .none: return existing
        case .below(let folders):
            let wanted = folders.filter { $0.value.isUnified || controllers.contains($0.key) }
            let found = ControlGroup(folders: wanted).inner(ControlGroup.name(of: folder.uuid))
            guard !found.folders.isEmpty else { return existing }
            let group = ControlGroup(folders: found.folders.merging(existing?.folders ?? [:]) { $1 })
            try group.record(in: folder)
            Failpoint.reached("group.recorded")
            try group.make()
            Failpoint.reached("group.made")
            for process in processes { try group.add(process: process) }
            return group
        case .scope(let ofUser, _):
            // A machine has one, with all that there is.
            if existing != nil { return existing }
            return try makeScope(ofUser: ofUser, processes)
        }
    }

    /// The machine's processes are in one group of the scope, and this one in another: a group that shares something out
    /// to others holds no processes itself.
    private func makeScope(ofUser: Bool, _ processes: [Int32]) throws(VMError) -> ControlGroup {
        guard let tree = ControlGroupMounts.current().unified else {
            throw VMError(.unsupported, "cannot get a control group for the machine: none are mounted")
        }
        let scope = SystemdScope(
            name: "\(ControlGroup.name(of: folder.uuid))-\(id).scope", description: "Virtual machine \(name)",
            slice: ofUser ? nil : SystemdScope.slice(of: partition), isOfUser: ofUser)
        let path = try scope.make(for: [getpid()] + processes)
        guard let whole = tree.folder(of: path) else {
            throw VMError(.unsupported, "cannot get a control group for the machine: '\(path)' is not mounted")
        }
        // What systemd has given in fact.
        let controllers = ControlGroupPlace.controllers(of: whole)
        let machine = ControlGroup(whole + "/machine", controllers)
        try machine.record(in: folder)
        let own = ControlGroup(whole + "/supervisor", controllers)
        try own.makeEmpty()
        try own.add(process: getpid())
        try machine.makeEmpty()
        for process in processes { try machine.add(process: process) }
        try machine.make()
        return machine
    }

    /// Removes the group that a machine's folder tells of. Its last processes may be about to go.
    ///
    /// - Returns: false when it is still there.
    @discardableResult
    static func remove(recordedIn folder: RuntimeFolder) -> Bool {
        guard let group = ControlGroup(recordedIn: folder) else { return true }
        let deadline = Deadline.after(.milliseconds(200))
        while !group.remove() {
            if deadline.hasPassed { return false }
            Poll.sleep(.milliseconds(5))
        }
        unlink(folder.controlGroup)
        return true
    }
}
