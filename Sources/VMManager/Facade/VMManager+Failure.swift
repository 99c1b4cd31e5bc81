internal import QEMULauncher
public import VMCore
internal import VMJSON

extension VMManager {
    /// The most recent failure of a domain; nil when there was none as far back as its log goes.
    public func lastFailure(_ key: String) throws(VMError) -> FailureReport? {
        let machine = try find(key)
        // Tells the truth about processes that are gone, in the published state and in the log.
        let state = try currentState(machine.runtime)
        let path = logPath(machine.name)
        let log = Files.tail(path, last: 512 << 10)
        let runs = LoggedRun.all(log)
        let lines = String(decoding: log, as: UTF8.self).split(separator: "\n").suffix(20).map(String.init)
        var found = runs.indices.reversed().lazy.compactMap { index in
            report(runs[index], isLast: index == runs.indices.last, state, lines, path)
        }.first
        if let record = failureRecord(machine.name) {
            // Equal times are the same failure: the one who asked for the start writes after the supervisor did.
            if let run = found, run.kind == .start, record.time >= run.time, sameRun(record, run) {
                found?.causes = causes(record.error)
                found?.remedy = record.error.firstRemedy
            } else if found.map({ record.time >= $0.time }) ?? true {
                found = FailureReport(
                    kind: .start, time: record.time, causes: causes(record.error), remedy: record.error.firstRemedy,
                    commandLine: record.commandLine, output: [], exit: nil, log: lines, logPath: path)
            }
        }
        return found
    }

    private func sameRun(_ record: FailureRecord, _ run: FailureReport) -> Bool {
        record.commandLine != nil && record.commandLine == run.commandLine
            && record.error.message != "" && record.error.code != .io && record.error.code != .busy
    }

    private func report(
        _ run: LoggedRun, isLast: Bool, _ state: PublishedState?, _ lines: [String], _ path: String
    ) -> FailureReport? {
        var report = FailureReport(
            kind: .crash, time: run.ended?.time ?? run.started, causes: [], remedy: nil,
            commandLine: run.commandLine, output: Array(run.output.suffix(20)), exit: run.exit, log: lines,
            logPath: path)
        if run.isFailedStart {
            report.kind = .start
            report.causes = ["QEMU ended while it started: \(run.exit ?? "unknown exit status")"]
            return report
        }
        if run.isCrash {
            report.causes = ["QEMU ended: \(run.exit ?? "unknown exit status")"]
            if isLast, let detail = state?.detail, state?.state.isActive == false { report.causes.append(detail) }
            return report
        }
        guard run.ended == nil, !(isLast && state?.state.isActive == true) else { return nil }
        let reason = isLast ? state?.detail : nil
        report.causes = [reason ?? "QEMU and its supervisor ended, and nobody saw how"]
        if isLast, state?.reason == .failed { report.kind = .start }
        return report
    }

    private func causes(_ error: VMError) -> [String] {
        var texts: [String] = []
        var next: VMError? = error
        while let link = next {
            if texts.last != link.message { texts.append(link.message) }
            next = link.cause
        }
        return texts
    }

    // MARK: The record of a failed start

    private func failurePath(_ name: String) -> String {
        "\(paths.state)/failures/\(DomainName.fileName(name)).json"
    }

    private func failureRecord(_ name: String) -> FailureRecord? {
        guard let bytes = try? Files.read(failurePath(name)), let json = try? JSONParser.parse(bytes) else {
            return nil
        }
        return FailureRecord(json)
    }

    /// Keeps why a start failed. A machine that runs already, or is just being started, hasn't failed.
    func recordFailure(_ machine: Machine, _ error: VMError, _ attempt: LaunchPlan?) {
        guard error.code != .wrongState else { return }
        let words = attempt.map {
            [$0.executable] + $0.commandLine(configuration: machine.runtime.configuration)
        }
        let record = FailureRecord(
            time: MachineLog.timestamp(), error: error,
            commandLine: words.map { $0.map(shellQuoted).joined(separator: " ") })
        let path = failurePath(machine.name)
        // The failure itself is what the caller hears of; that it can't be kept adds nothing.
        try? Folders.make(Files.folder(of: path))
        try? Files.write(Array(record.json.description.utf8), to: path, durable: false)
    }

    func forgetFailure(_ name: String) { try? Files.remove(failurePath(name)) }
}
