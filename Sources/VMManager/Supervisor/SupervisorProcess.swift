internal import Glibc
internal import VMCore
internal import VMJSON

/// The program that a supervisor process runs: `vmctl __supervise`, or an embedder's own executable that calls ``run()``.
public enum SupervisorProcess {
    /// The hidden verb by which an executable is asked to be a supervisor.
    public static let verb = "__supervise"

    /// Whether these arguments (without `argv[0]`) ask for a supervisor.
    public static func isAsked(by arguments: some Collection<String>) -> Bool { arguments.first == verb }

    /// Supervises one machine to its end. Returns the exit status.
    public static func run() -> Int32 {
        ignoreBrokenPipes()
        releaseProgramMemory()
        setProcessName("vmctl-super")
        let lock = FileLock(inherited: FileDescriptor(owning: SupervisorPlan.lockDescriptor))
        let verdict = Verdict(FileDescriptor(owning: SupervisorPlan.verdictDescriptor))
        do throws(VMError) {
            let file = FileDescriptor(owning: SupervisorPlan.planDescriptor)
            let plan = try SupervisorPlan.read(file.readToEnd("the supervisor's plan"))
            let supervisor = try Supervisor(plan, lock: lock, verdict: verdict)
            try supervisor.run()
            return 0
        } catch {
            verdict.give(.failure(error))
            return 1
        }
    }
}

/// The one answer that whoever started the supervisor waits for.
final class Verdict {
    private var channel: FileDescriptor?

    init(_ channel: consuming FileDescriptor) { self.channel = .some(channel) }

    /// Answers, once; later answers go nowhere.
    func give(_ result: Result<JSONObject, VMError>) {
        guard channel != nil else { return }
        let message: JSONObject =
            switch result {
            case .success(let object): ["ok": .object(object)]
            case .failure(let error): ["failure": .object(error.json)]
            }
        try? channel?.writeAll(Array(message.description.utf8), "the verdict")
        channel = nil
    }
}
