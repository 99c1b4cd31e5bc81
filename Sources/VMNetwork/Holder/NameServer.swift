internal import Glibc
internal import VMCore

/// dnsmasq, which gives guests addresses and names.
struct NameServer: ~Copyable {
    private let process: SpawnedProcess

    var identity: ProcessIdentity { process.identity }
    /// Readable when it has ended.
    var descriptor: Int32 { process.handle.raw }

    /// Starts it by a configuration that has been written, and waits until it serves.
    init(_ plan: HolderPlan, _ program: NetworkProgram, _ configuration: String, log: Int32) throws(VMError) {
        let begin = Int64(lseek(log, 0, SEEK_END))
        // Inside of a namespace it stays as whom it is started, since there is nobody else to be.
        var request = SpawnRequest(
            executable: program.path,
            arguments: [
                "--conf-file=\(plan.folder.configuration)", plan.isApart ? "--no-daemon" : "--keep-in-foreground",
            ] + (plan.isApart ? [] : ["--log-facility=-"]),
            environment: [("LC_ALL", "C"), ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), ("HOME", "/")],
            descriptors: [.init(log, as: 1), .init(log, as: 2)], workingDirectory: "/", diesWithParent: true)
        let process: SpawnedProcess
        switch try Self.rules(plan.folder, configuration) {
        case .some(let rules):
            request.ruleset = rules.raw
            process = try SpawnedProcess.spawn(request)
        case .none: process = try SpawnedProcess.spawn(request)
        }
        Failpoint.reached("network.naming")
        let deadline = Deadline.after(.seconds(15))
        while true {
            let ended = Poll.isReadable(process.handle.raw, by: .after(.milliseconds(5)))
            let said = String(decoding: OwnFiles.tail(plan.log, last: 1 << 16, from: begin), as: UTF8.self)
            if said.contains("started, version") { break }
            if ended || deadline.hasPassed {
                let lines = said.split(whereSeparator: \.isNewline).filter { $0.contains("dnsmasq") }
                throw .networkFailure(
                    "dnsmasq does not serve network '\(plan.name)': " + (lines.last.map { String($0) } ?? "no answer"))
            }
        }
        self.process = process
    }

    /// Ends it.
    consuming func stop() {
        sendSignal(SIGTERM, to: process.handle)
        if ProcessExit.wait(for: process.handle, until: .after(.seconds(2))) != nil { return }
        sendSignal(SIGKILL, to: process.handle)
        _ = ProcessExit.wait(for: process.handle, until: .after(.seconds(2)))
    }
}
