internal import Glibc
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// One job under way: what is published of it, and the work of its kind.
final class JobRun {
    unowned let supervisor: Supervisor
    let work: any JobWork
    private(set) var info: MachineJob
    /// Whether somebody has asked for it to be stopped.
    var isCancelled = false
    /// Whether QEMU's part is done and the files are being made to last.
    private(set) var isCompleting = false
    private var timer: Reactor.Timer?
    private var diskWork: DiskWork?
    private var lastFigure: (bytes: UInt64, time: Deadline)?

    init(_ info: MachineJob, _ work: any JobWork, of supervisor: Supervisor) {
        self.info = info
        self.work = work
        self.supervisor = supervisor
    }

    /// Publishes it. The file is its persistent state: from it a job goes on after its supervisor was killed.
    func publish() throws(VMError) {
        let path = supervisor.folder.job(of: info.disk)
        try Files.write(Array(info.json.description.utf8), to: path, durable: false)
    }

    /// What is being done from now on.
    func step(_ word: String) {
        info.step = word
        try? publish()
    }

    /// How far it is, in bytes.
    func progress(total: UInt64, remaining: UInt64, processed: UInt64) {
        let now = Deadline.now
        if let last = lastFigure, processed >= last.bytes, now.nanoseconds > last.time.nanoseconds {
            let seconds = Double(now.nanoseconds - last.time.nanoseconds) / 1e9
            info.speed = UInt64(exactly: (Double(processed - last.bytes) / seconds).rounded()) ?? 0
        }
        lastFigure = (processed, now)
        (info.bytesTotal, info.bytesRemaining, info.bytesProcessed) = (total, remaining, processed)
        try? publish()
    }

    /// Has its work look after a while; sooner when an event says so.
    func look(after pause: Duration) {
        supervisor.reactor.cancel(timer)
        timer = supervisor.reactor.schedule(at: .after(pause)) { [weak self] in
            guard let self, !isCompleting else { return }
            timer = nil
            work.look(self)
        }
    }

    /// QEMU's part is done: `body` makes the result last, on a thread of its own.
    func complete(_ body: @escaping @Sendable () throws(VMError) -> Void) {
        guard !isCompleting else { return }
        isCompleting = true
        supervisor.reactor.cancel(timer)
        step("completing")
        Failpoint.reached("job.written")
        do throws(VMError) {
            diskWork = try DiskWork(supervisor.reactor, body) { [weak self] error in
                guard let self, info.phase == .running else { return }
                diskWork = nil
                if let error { return fail(error) }
                Failpoint.reached("job.renamed")
                succeed()
            }
        } catch {
            fail(error)
        }
    }

    func succeed() {
        info.bytesRemaining = 0
        end(.completed)
        work.conclude(self)
    }

    func fail(_ error: VMError) {
        guard info.phase == .running else { return }
        info.error = error
        supervisor.log.note("the \(info.kind.rawValue) to '\(info.path)' failed: \(error)")
        work.undo(self)
        end(isCancelled ? .cancelled : .failed)
    }

    private func end(_ phase: MachineJob.Phase) {
        supervisor.reactor.cancel(timer)
        info.phase = phase
        info.step = nil
        info.ended = WallClock.now
        publishEnd()
        if info.backup != nil { supervisor.recordBackup(info) }
        if info.block == nil { supervisor.record(.job(.init(info))) } else { supervisor.recordBlockJob(info) }
        supervisor.jobs[info.disk] = nil
        supervisor.releaseHeld()
    }

    /// Writes down how it ended; when that can't be written, as soon as it can be, unless another one has begun by then.
    private func publishEnd() {
        supervisor.unwrittenEnds[info.disk] = nil
        do throws(VMError) { try publish() } catch {
            supervisor.log.note("cannot write down the end of a job: \(error)")
            supervisor.unwrittenEnds[info.disk] = info
            supervisor.writeEndsLater()
        }
    }

    // MARK: Jobs of disks

    /// Changes what is written down of it.
    func amend(_ change: (inout MachineJob) -> Void) throws(VMError) {
        var next = info
        change(&next)
        let before = info
        info = next
        do throws(VMError) { try publish() } catch {
            info = before
            throw error
        }
    }

    /// A disk's job is over, and what follows from it is done.
    func finishBlock(_ phase: MachineJob.Phase, _ error: VMError?) {
        guard info.phase == .running else { return }
        if phase == .completed { info.bytesRemaining = 0 }
        info.error = error
        if let error { supervisor.log.note("the \(info.kind.rawValue) of disk '\(info.disk ?? "")' failed: \(error)") }
        end(phase)
    }

    /// It has never begun: nobody is told.
    func drop() {
        supervisor.reactor.cancel(timer)
        supervisor.jobs[info.disk] = nil
        unlink(supervisor.folder.job(of: info.disk))
    }

    /// Changes what is published, before it is published for the first time.
    func prepare() throws(VMError) { try work.prepare(&info) }
}
