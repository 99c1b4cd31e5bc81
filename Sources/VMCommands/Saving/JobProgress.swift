internal import Glibc
internal import VMCore
internal import VMManager

/// How far a job is, on one line of standard error; Ctrl-C stops the job.
final class JobProgress {
    private let label: String
    private let isShown: Bool
    private let signals: SignalDescriptor?
    private var hasWritten = false
    private var isStopped = false
    private var first: (time: Int64, done: UInt64, written: UInt64)?

    init(_ label: String, isShown: Bool) {
        self.label = label
        self.isShown = isShown
        signals = try? SignalDescriptor([SIGINT])
    }

    /// Takes a job's figures; true when the user wants it stopped.
    func update(_ job: MachineJob) -> Bool {
        if isShown { show(job) }
        switch signals {
        case .some(let signals):
            guard !isStopped, Poll.isReadable(signals.raw, by: .now) else { return isStopped }
            // Taken, so that it doesn't end the program when it is let through again.
            var room = [UInt8](repeating: 0, count: 128)
            isStopped = read(signals.raw, &room, room.count) > 0
            return isStopped
        case .none: return false
        }
    }

    private func show(_ job: MachineJob) {
        let total = max(job.bytesTotal, 1)
        let done = job.bytesTotal - min(job.bytesRemaining, job.bytesTotal)
        // As virsh, never 100 before the end.
        let percent = job.bytesTotal == 0 ? 0 : min(99, done * 100 / total)
        var text = "\r\(label): [\(String(percent).leftPadded(to: 3)) %]"
        let now = job.elapsed
        if first == nil { first = (now, done, job.bytesProcessed) }
        if let first, now > first.time, done > first.done {
            // What is written is less than what is done: pages of zeros take hardly any room.
            let time = UInt64(now - first.time)
            let written = job.bytesProcessed - min(first.written, job.bytesProcessed)
            let left = job.bytesRemaining / max((done - first.done) * 1000 / time, 1)
            text += "  \((written * 1000 / time) >> 20) MiB/s  \(left) s left"
        }
        hasWritten = true
        StandardStream.error.write(text.padded(to: 60))
    }

    /// Ends the line.
    func finish(success: Bool) {
        guard isShown else { return }
        if success { StandardStream.error.write("\r\(label): [100 %]".padded(to: 60)) }
        if success || hasWritten { StandardStream.error.write("\n") }
    }
}

extension String {
    fileprivate func leftPadded(to width: Int) -> String {
        String(repeating: " ", count: Swift.max(0, width - count)) + self
    }
}
