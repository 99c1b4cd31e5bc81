public import VMCore
internal import VMJSON

extension VMManager {
    /// The machine's job: the one that runs, or else the last one that it had in this run. Nil when there was none.
    public func job(_ key: String) throws(VMError) -> MachineJob? { try find(key).runtime.readJob() }

    /// Stops the job that runs; the machine then goes on as before.
    public func abortJob(_ key: String, timeout: Duration = patience) throws(VMError) {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.requestLive(machine, .abortJob, timeout)
        }
    }

    static func newJobID() -> String { String(UInt64.random(in: 0...(.max)), radix: 36) }
}
