public import QEMULauncher
public import VMCore
public import VMDomain
public import VMXML

/// Its definition and what it would start, for programs that embed the manager.
///
/// Reading documents, planning and probing QEMU keep a thread of the worker pool busy; the calling task's thread is free.
extension VirtualMachine {
    // MARK: Definition

    /// The document that it starts from.
    ///
    /// - Throws: `no-domain` for a machine that isn't defined.
    public func definition() async throws(VMError) -> Domain {
        try await perform("definition") { (manager, key) throws(VMError) in try manager.definition(key) }
    }

    /// Gives it another name, and the handle for it; see ``VMManager/rename(_:to:)``.
    @discardableResult
    public func rename(to name: String) async throws(VMError) -> VirtualMachine {
        let asked = manager
        return try await perform("rename") { (manager, key) throws(VMError) in
            let renamed = try manager.rename(key, to: name)
            return VirtualMachine(manager: asked, name: renamed.name, uuid: renamed.uuid)
        }
    }

    /// Whether it is started with the host.
    public func isAutostarted() async throws(VMError) -> Bool {
        try await call("isAutostarted") { (manager, machine) throws(VMError) in manager.isAutostarted(machine) }
    }

    /// Marks it to be started with the host, or takes the mark away; see ``VMManager/setAutostart(_:_:)``.
    public func setAutostart(_ isWanted: Bool) async throws(VMError) {
        try await perform("setAutostart") { (manager, key) throws(VMError) in
            _ = try manager.setAutostart(key, isWanted)
        }
    }

    /// What will be different when it starts the next time; see ``VMManager/pendingChanges(_:)``.
    public func pendingChanges() async throws(VMError) -> [XMLChange] {
        try await perform("pendingChanges") { (manager, key) throws(VMError) in try manager.pendingChanges(key) }
    }

    /// What defining a document would change in it; see ``VMManager/changes(_:to:)``.
    public func changes(to document: Domain) async throws(VMError) -> [XMLChange] {
        try await perform("changes") { (manager, key) throws(VMError) in try manager.changes(key, to: document) }
    }

    /// Why its last start, or last run, ended badly; nil when it didn't.
    public func lastFailure() async throws(VMError) -> FailureReport? {
        try await perform("lastFailure") { (manager, key) throws(VMError) in try manager.lastFailure(key) }
    }

    // MARK: What it would start

    /// All that would keep it from starting; see ``VMManager/check(_:)-(String)``.
    public func check() async throws(VMError) -> CheckResult {
        try await perform("check") { (manager, key) throws(VMError) in try manager.check(key) }
    }

    /// The command line that it would start, with the completed document behind it.
    public func plan() async throws(VMError) -> LaunchPlan {
        try await perform("plan") { (manager, key) throws(VMError) in try manager.plan(key) }
    }

    /// The options of its command line with what caused each.
    public func explainedOptions() async throws(VMError) -> [ExplainedOption] {
        try await perform("explain") { (manager, key) throws(VMError) in try manager.explain(key).options }
    }
}
