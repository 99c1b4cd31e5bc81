internal import VMCore
internal import VMJSON
internal import VMManager

/// A job of a disk from the side of a verb: begun, and waited for where that was asked.
struct BlockJobRun {
    /// What has become of it.
    enum Outcome {
        /// It runs on by itself.
        case begun(MachineJob)
        /// It keeps two images alike until it is told to end.
        case ready
        case completed
        case cancelled
    }

    let manager: VMManager
    let key: String
    let disk: String
    let invocation: Invocation
    /// What the progress begins with.
    let label: String

    init(_ invocation: Invocation, label: String) throws(VMError) {
        (manager, key) = try invocation.managerAndDomain()
        disk = try invocation.required("path")
        self.invocation = invocation
        self.label = label
    }

    /// Begins it, and waits until it has ended or is ready.
    ///
    /// - Parameter waits: else it is only begun.
    func run(_ order: BlockJobOrder, waits: Bool) throws(VMError) -> Outcome {
        // Before: a wrong time is no reason to leave a job behind.
        let limit = try invocation.seconds("timeout")
        let job = try manager.startBlockJob(key, order)
        guard waits else { return .begun(job) }
        let progress = JobProgress(label, isShown: invocation.flag("verbose"))
        do throws(VMError) {
            let outcome = try wait(for: job, progress, limit.map { .after($0) })
            if case .cancelled = outcome { progress.finish(success: false) } else { progress.finish(success: true) }
            return outcome
        } catch {
            progress.finish(success: false)
            throw error
        }
    }

    private func wait(
        for job: MachineJob, _ progress: JobProgress, _ deadline: Deadline?
    ) throws(VMError) -> Outcome {
        var isStopped = false
        while true {
            guard let now = try manager.blockJob(key, disk: disk), now.id == job.id else { break }
            if now.block?.isReady == true, !isStopped { return .ready }
            if !isStopped, progress.update(now) || deadline?.hasPassed == true {
                isStopped = true
                do throws(VMError) {
                    try manager.endBlockJob(key, disk: disk, pivot: false, asynchronously: invocation.flag("async"))
                } catch {
                    // It may be over already.
                    if error.code != .notFound { throw error }
                }
                if invocation.flag("async") { return .cancelled }
            }
            Poll.sleep(.milliseconds(50))
        }
        guard let last = try manager.lastBlockJob(key, disk: disk), last.id == job.id else {
            throw VMError(.connection, "it isn't known what has become of the job: the machine has ended")
        }
        switch last.phase {
        case .cancelled: return .cancelled
        case .failed: throw last.error ?? VMError(.io, "the job of disk '\(disk)' has failed")
        case .running, .completed: return .completed
        }
    }

    func end(pivot: Bool) throws(VMError) {
        try manager.endBlockJob(
            key, disk: disk, pivot: pivot, asynchronously: !pivot && invocation.flag("async"))
    }

    func report(_ text: String, _ state: String, exitStatus: Int32 = 0) -> Report {
        Report(
            .message(text), value: ["name": .string(key), "path": .string(disk), "state": .string(state)],
            names: [key], exitStatus: exitStatus)
    }
}

extension BlockJobOrder {
    /// With what the options say that all jobs have.
    init(_ invocation: Invocation, _ work: Work) throws(VMError) {
        self.init(try invocation.required("path"), work)
        if invocation.has("bandwidth") {
            bandwidth = try invocation.size("bandwidth", unit: invocation.flag("bytes") ? 1 : 1 << 20)
        }
        keepsRelative = invocation.flag("keep-relative")
    }
}

extension Parameter {
    static var diskPath: Parameter {
        .argument("path", "string", "fully-qualified path of disk, or its target", completion: .disk)
    }

}

extension [Parameter] {
    /// What verbs have that begin a job and can wait for it.
    static var blockJobOptions: [Parameter] {
        [
            .flag("wait", "wait for job to complete"),
            .flag("verbose", "with --wait, display the progress"),
            .option("timeout", "seconds", "implies --wait, abort if the job exceeds the time"),
            .flag("async", "with --wait, don't wait for cancel to finish"),
            .flag("bytes", "the bandwidth limit is in bytes/s rather than MiB/s"),
        ]
    }
}

extension Invocation {
    /// Whether the verb waits for the job that it begins.
    var waitsForJob: Bool { flag("wait") || has("timeout") }
}
