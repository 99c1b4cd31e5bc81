internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore

/// A helper program of one machine under its supervisor's eyes.
final class Helper {
    let plan: HelperPlan
    /// Where its output goes.
    let log: MachineLog?
    /// What has still to be run before it can be started.
    var preparations: ArraySlice<HelperPlan.Preparation> = []
    /// The process that runs now: a preparation, or the helper itself.
    var identity: ProcessIdentity?
    var handle: FileDescriptor?
    /// Whether QEMU can reach it.
    var isReady = false
    /// Of a helper for a device that is being attached: what follows when it is ready, or has ended before.
    var whenReady: ((Result<Void, VMError>) -> Void)?
    /// Its device has left, or is about to: its end is nothing to tell.
    var isDismissed = false
    /// What follows when one that was dismissed has ended.
    var whenEnded: [() -> Void] = []

    init(_ plan: HelperPlan) {
        self.plan = plan
        log = try? MachineLog(path: plan.log)
    }

    /// How it is called in messages: `swtpm of 'tpm0'`.
    var description: String { "\(plan.program) of '\(plan.device)'" }

    var isRunning: Bool {
        switch handle {
        case .some: true
        case .none: false
        }
    }

    /// Signals the process and those it started: it leads a group of its own.
    func signal(_ number: Int32) {
        switch handle {
        case .some(let handle):
            // The group's number is taken as long as the process hasn't been reaped.
            if let pid = identity?.pid, pid > 1, !Poll.isReadable(handle.raw, by: .now) { kill(-pid, number) }
        case .none: break
        }
    }

    /// The process has ended: lets its handle go.
    func takeExit() -> ProcessExit {
        let exit: ProcessExit
        switch handle {
        case .some(let handle): exit = ProcessExit.ofEnded(handle) ?? .unknown
        case .none: exit = .unknown
        }
        handle = nil
        return exit
    }

    /// Its last words, without what it complains about whenever there is no system log.
    var lastWords: String {
        let lines = log?.lastLines(8).filter { !$0.hasPrefix("Failed to send ") } ?? []
        return lines.suffix(5).joined(separator: "\n")
    }
}
