internal import Glibc
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// The control group in which QEMU and the programs beside it are limited.
extension Supervisor {
    /// What is to be done for the machine's group before QEMU is started; nil where its document asks for none, or this
    /// host has none to give.
    func groupOrder() -> GroupOrder? {
        let limits = plan.limits
        guard !limits.isEmpty else { return nil }
        let maker = MachineGroup(plan)
        let controllers = limits.controllers.intersection(maker.place.controllers)
        for entry in limits.entries {
            guard let controller = entry.group.controller, !controllers.contains(controller) else { continue }
            log.note("nothing is limited by the controller '\(controller.rawValue)' of control groups: there is none")
        }
        return controllers.isEmpty ? nil : GroupOrder(maker: maker, controllers: controllers, limits: limits)
    }

    /// Starts a process that belongs to the machine.
    func spawnInGroup(_ request: SpawnRequest) throws(VMError) -> SpawnedProcess {
        guard let controlGroup else { return try SpawnedProcess.spawn(request) }
        let entrances = try controlGroup.entrances()
        var request = request
        request.controlGroups = entrances.raw
        let process = try SpawnedProcess.spawn(request)
        _ = consume entrances
        return process
    }

    /// The processes that belong to the machine.
    var machineProcesses: [Int32] { (published.qemu.map { [$0.pid] } ?? []) + published.helpers.map(\.process.pid) }

    /// Limits single threads of a QEMU whose guest doesn't run yet, and goes on.
    func limitThreads(_ deadline: Deadline, _ next: @escaping () -> Void) {
        let parameters = plan.limits[.scheduler]
        guard let controlGroup, controlGroup.folders[.cpu] != nil, ControlGroup.limitsThreads(parameters) else {
            return next()
        }
        link?.execute("query-cpus-fast", deadline: deadline) { [unowned self] processors in
            guard case .success(let vcpus) = processors else { return fail(processors) }
            link?.execute("query-iothreads", deadline: deadline) { [unowned self] result in
                guard case .success(let iothreads) = result else { return fail(result) }
                let pid = published.qemu?.pid ?? 0
                let threads = MachineThreads(
                    vcpus: QEMUThreads.vcpus(vcpus, of: pid), iothreads: QEMUThreads.iothreads(iothreads, of: pid),
                    of: machineProcesses)
                do throws(VMError) { try controlGroup.limit(threads, parameters) } catch { return giveUp(error) }
                next()
            }
        }
    }
}

/// Makes a machine's group, and limits what will be in it.
struct GroupOrder: Sendable {
    let maker: MachineGroup
    let controllers: Set<ControlGroupController>
    let limits: ResourceLimits

    func carryOut() throws(VMError) {
        guard let group = try maker.make(controllers, joining: nil, []) else { return }
        for entry in limits.entries {
            guard let controller = entry.group.controller, group.folders[controller] != nil else { continue }
            try group.set(entry.group, entry.parameters)
        }
    }
}

/// The threads that QEMU tells of, by their numbers. Only its own count: what it says otherwise could be anybody's.
enum QEMUThreads {
    /// Of an answer to `query-cpus-fast`.
    static func vcpus(_ answer: JSONValue, of pid: Int32) -> [Int: Int32] {
        let own = Set(ProcessTable.threads(of: pid))
        var found: [Int: Int32] = [:]
        for entry in answer.array ?? [] {
            if let index = entry["cpu-index"]?.int, let thread = number(entry, own) { found[index] = thread }
        }
        return found
    }

    /// Of an answer to `query-iothreads`.
    static func iothreads(_ answer: JSONValue, of pid: Int32) -> [Int: Int32] {
        let own = Set(ProcessTable.threads(of: pid))
        var found: [Int: Int32] = [:]
        for entry in answer.array ?? [] {
            guard let id = entry["id"]?.string, id.hasPrefix("iothread"), let index = Int(id.dropFirst(8)),
                let thread = number(entry, own)
            else { continue }
            found[index] = thread
        }
        return found
    }

    private static func number(_ entry: JSONValue, _ own: Set<Int32>) -> Int32? {
        entry["thread-id"]?.int.flatMap { Int32(exactly: $0) }.flatMap { own.contains($0) ? $0 : nil }
    }
}
