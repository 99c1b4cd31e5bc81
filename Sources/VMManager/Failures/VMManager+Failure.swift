internal import QEMULauncher
public import VMCore

extension VMManager {
    /// The most recent failure of a domain; nil when none is known.
    public func lastFailure(_ key: String) throws(VMError) -> FailureReport? {
        let machine = try find(key)
        if let report = unseenEnd(machine) { return report }
        return FailureRecord.read(failurePath(machine)).map { report($0, machine) }
    }

    private func report(_ record: FailureRecord, _ machine: Machine) -> FailureReport {
        FailureReport(
            kind: record.kind == .start ? .start : .crash, time: record.time, causes: Self.causes(record.error),
            remedy: record.error.firstRemedy, commandLine: record.commandLine, output: record.output,
            exit: record.exit, log: logEnd(machine), logPath: logPath(machine.uuid))
    }

    /// A machine whose processes are gone and that nobody has mended yet.
    private func unseenEnd(_ machine: Machine) -> FailureReport? {
        guard let raw = (try? machine.runtime.readState()) ?? nil, raw.state.isActive else { return nil }
        let state = observe(machine)
        guard !state.state.isActive, state.reason == .crashed || state.reason == .failed else { return nil }
        let plan = (try? OwnFiles.read(machine.runtime.plan)).flatMap { try? SupervisorPlan.read($0) }
        let words = plan.map { [$0.executable] + $0.arguments }
        return FailureReport(
            kind: state.reason == .failed ? .start : .crash, time: MachineLog.timestamp(),
            causes: [state.detail ?? "QEMU and its supervisor ended, and nobody saw how"], remedy: nil,
            commandLine: words?.map(shellQuoted).joined(separator: " "), output: [], exit: nil,
            log: logEnd(machine), logPath: logPath(machine.uuid))
    }

    private func logEnd(_ machine: Machine) -> [String] {
        let log = OwnFiles.tail(logPath(machine.uuid), last: 64 << 10)
        return String(decoding: log, as: UTF8.self).split(separator: "\n").suffix(20).map(String.init)
    }

    private static func causes(_ error: VMError) -> [String] {
        var texts: [String] = []
        var next: VMError? = error
        while let link = next {
            if texts.last != link.message { texts.append(link.message) }
            next = link.cause
        }
        return texts
    }

    // MARK: The record

    func failurePath(_ machine: Machine) -> String { "\(paths.state)/failures/\(machine.uuid).json" }

    /// Keeps why a start failed. A machine that runs already, or is just being started, hasn't failed. What the
    /// supervisor of this attempt has kept of QEMU stays beside it.
    func recordFailure(_ machine: Machine, _ error: VMError, _ attempt: LaunchPlan?) {
        guard error.code != .wrongState else { return }
        let words = attempt.map {
            [$0.executable] + $0.commandLine(configuration: machine.runtime.configuration)
        }
        var record = FailureRecord(
            kind: .start, time: MachineLog.timestamp(), error: error,
            commandLine: words.map { $0.map(shellQuoted).joined(separator: " ") })
        let path = failurePath(machine)
        if let seen = FailureRecord.read(path), seen.kind == .start, seen.commandLine == record.commandLine,
            record.commandLine != nil, seen.error.message == error.message
        {
            record.output = seen.output
            record.exit = seen.exit
        }
        // The failure itself is what the caller hears of; that it can't be kept adds nothing.
        try? record.write(to: path)
    }

    func forgetFailure(_ machine: Machine) { try? Files.remove(failurePath(machine)) }
}
