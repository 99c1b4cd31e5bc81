internal import Glibc
internal import SupervisorProtocol
internal import Synchronization
internal import VMCore
internal import VMJSON

/// What a machine that runs does for a snapshot. The work is done on the thread of a change, so that no other change of the
/// machine comes in between; from the order, which is published with the job, the next supervisor finds out how far it got.
final class SnapshotJob: JobWork {
    private let order: SnapshotOrder?
    private let flag = CancelMark()

    init(_ order: SnapshotOrder) { self.order = order }

    init(goingOnWith info: MachineJob) { order = info.order.flatMap { try? SnapshotOrder(json: $0) } }

    func prepare(_ info: inout MachineJob) throws(VMError) {
        guard let path = order?.memory, Files.exists(path) else { return }
        throw VMError(.exists, "the file '\(path)' for the memory exists already", remedy: "name another file")
    }

    func begin(_ job: JobRun) {
        guard let order else { return job.fail(Self.interrupted) }
        let (flag, wasRunning) = (flag, job.info.wasRunning)
        run(job) { machine throws(VMError) in
            try SnapshotRun(machine, order, wasRunning: wasRunning, flag).carryOut()
        }
    }

    func goOn(_ job: JobRun) {
        let supervisor = job.supervisor
        guard let order else { return job.fail(Self.interrupted) }
        // A change of images that was interrupted is settled first.
        guard !supervisor.changes.isBusy, !supervisor.changes.isSettling, supervisor.changes.unsettled == nil else {
            supervisor.reactor.schedule(at: .after(.milliseconds(20))) { [weak job] in
                guard let job, job.info.phase == .running else { return }
                job.work.goOn(job)
            }
            return
        }
        let (flag, wasRunning, step) = (flag, job.info.wasRunning, job.info.step)
        run(job) { machine throws(VMError) in
            try SnapshotRun(machine, order, wasRunning: wasRunning, flag).recover(step)
        }
    }

    private func run(_ job: JobRun, _ body: @escaping @Sendable (LiveMachine) throws(VMError) -> Void) {
        job.supervisor.beginChange(until: .after(SnapshotRun.patience)) { machine throws(VMError) in
            try body(machine)
            return .edited(.done)
        } _: { [weak job] result in
            guard let job, job.info.phase == .running else { return }
            switch result {
            case .success: job.succeed()
            case .failure(let error): job.fail(error)
            }
        }
    }

    static var interrupted: VMError { VMError(.io, "the snapshot was interrupted before it was made") }

    func hear(_ event: String, _ data: JSONValue, _ job: JobRun) {}
    func look(_ job: JobRun) {}
    func undo(_ job: JobRun) {}

    func cancel(_ job: JobRun, _ reply: @escaping (Result<Void, VMError>) -> Void) {
        job.isCancelled = true
        flag.mark()
        reply(.success(()))
    }

    func conclude(_ job: JobRun) {
        guard order?.halts == true else { return }
        job.supervisor.happened(.destroyRequested)
        job.supervisor.endQEMU()
    }
}

/// Whether somebody wants a job to be stopped, for its thread.
final class CancelMark: Sendable {
    private let isSet = Atomic<Bool>(false)

    func mark() { isSet.store(true, ordering: .relaxed) }
    var isMarked: Bool { isSet.load(ordering: .relaxed) }
}

extension Supervisor {
    func snapshot(_ order: SnapshotOrder, for client: pid_t, _ reply: @escaping Reply) {
        guard hasMonitor(reply) else { return }
        var info = MachineJob(
            id: order.id, kind: .snapshot, path: order.memory ?? order.name, wasRunning: published.state == .running)
        info.order = order.json
        if order.halts { info.after = "crash" }
        begin(info, SnapshotJob(order), for: client, reply)
    }
}
