internal import Glibc
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON
internal import VMNetwork

/// The program that a supervisor process runs: `vmctl __supervise …`, or an embedder's own executable that calls
/// ``run(_:)`` with its arguments.
public enum SupervisorProcess {
    /// The hidden verb by which an executable is asked to be a supervisor.
    public static let verb = SupervisorPlan.verb

    /// Whether these arguments (without `argv[0]`) ask for a supervisor.
    public static func isAsked(by arguments: some Collection<String>) -> Bool { arguments.first == verb }

    /// Supervises one machine to its end, or does what else the word behind the verb says.
    ///
    /// - Parameter arguments: the program's, without `argv[0]`.
    /// - Returns: the exit status.
    public static func run(_ arguments: [String] = Array(CommandLine.arguments.dropFirst())) -> Int32 {
        ignoreBrokenPipes()
        let words = arguments.dropFirst()
        let task = words.first.flatMap { SupervisorPlan.Task(rawValue: $0) }
        if task == .keep, let pid = words.dropFirst().first.flatMap({ Int32($0) }) { return Keeper.run(pid) }
        setProcessName(task == .network ? "vmctl-network" : "vmctl-super")
        let verdict = Verdict(FileDescriptor(owning: SupervisorPlan.verdictDescriptor))
        do throws(VMError) {
            let channel = SupervisorPlan.planDescriptor
            // The plan is still being made, while this process gets going. None comes when that fails. A program with an
            // older VMManager has it ready, as menders always have theirs.
            if Socket.isSocket(channel) {
                CommonRules.prepare()
                guard try DescriptorHandover.receive(from: channel, deadline: .after(planPatience)) else { return 0 }
            }
            let file = FileDescriptor(owning: channel)
            let bytes = try file.readToEnd("the supervisor's plan")
            if task == .network {
                let lock = FileLock(inherited: FileDescriptor(owning: SupervisorPlan.lockDescriptor))
                try NetworkHolder(bytes, lock: lock).run { verdict.give(found: nil) }
            } else if task == .mend {
                try mend(MendOrder(json: JSONParser.parse(bytes)), verdict)
            } else {
                let lock = FileLock(inherited: FileDescriptor(owning: SupervisorPlan.lockDescriptor))
                try Supervisor(SupervisorPlan.read(bytes), lock: lock, verdict: verdict).run()
            }
            return 0
        } catch {
            verdict.give(.failure(error))
            return 1
        }
    }

    /// How long a plan may take; before it an emulator may have to be asked what it can do. The process that plans is watched: when
    /// that process ends, this one does.
    private static let planPatience = Duration.seconds(600)

    /// Mends a machine; returns when there is nothing more to look after.
    private static func mend(_ order: MendOrder, _ verdict: Verdict) throws(VMError) {
        let mending = Mending(order)
        guard let lock = try mending.takeLock() else {
            // Another process is at it, and perhaps waits for a QEMU that doesn't answer.
            return verdict.give(found: try? order.folder.readState())
        }
        switch try mending.decide() {
        case .nothing(let state):
            _ = consume lock
            verdict.give(found: state)
        case .adopt(let plan, let state):
            try Supervisor(plan, lock: lock, verdict: verdict, before: state).run()
        }
    }
}

/// The one answer, for which the process that started the supervisor waits.
final class Verdict {
    private var channel: FileDescriptor?

    init(_ channel: consuming FileDescriptor) { self.channel = .some(channel) }

    /// Answers, once; later answers go nowhere.
    func give(_ result: Result<PublishedState, VMError>) {
        switch result {
        case .success(let state): write(["ok": .object(state.json)])
        case .failure(let error): write(["failure": .object(error.json)])
        }
    }

    /// Answers with what was found; nothing when there is no such machine.
    func give(found state: PublishedState?) { write(["ok": state.map { .object($0.json) } ?? .null]) }

    private func write(_ message: JSONObject) {
        guard channel != nil else { return }
        // One line: who waits for it doesn't wait for this process to get to closing the pipe besides, which on a busy
        // host is one turn of the processor later.
        try? channel?.writeAll(Array(message.description.utf8) + [UInt8(ascii: "\n")], "the verdict")
        channel = nil
    }
}
