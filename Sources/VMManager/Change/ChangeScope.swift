internal import VMCore

/// Which of a domain's two descriptions a change is for.
public struct ChangeScope: Sendable, Hashable {
    /// The running machine.
    public var live: Bool
    /// The stored definition, for the next start.
    public var config: Bool
    /// The stored definition, and the running machine if it runs.
    public var persistent: Bool

    public init(live: Bool = false, config: Bool = false, persistent: Bool = false) {
        self.live = live
        self.config = config
        self.persistent = persistent
    }

    /// The running machine if it runs, else the stored definition.
    public static let current = ChangeScope()
    public static let live = ChangeScope(live: true)
    public static let config = ChangeScope(config: true)
}

extension VMManager {
    /// What a scope comes to for a domain in its state.
    ///
    /// - Throws: `wrong-state` when the running machine is meant and none runs, or the stored definition and none is.
    func resolve(_ scope: ChangeScope, _ machine: Machine) throws(VMError) -> (live: Bool, config: Bool) {
        let isRunning = observe(machine).state.isActive
        var live = scope.live
        var config = scope.config
        if scope.persistent {
            config = true
            if isRunning { live = true }
        }
        if !live, !config {
            live = isRunning
            config = !isRunning
        }
        if live, !isRunning {
            throw VMError(
                .wrongState, "Requested operation is not valid: domain is not running",
                remedy: "start it with \(command: "start", machine.name), or use \(option: "config")")
        }
        if config, !machine.isPersistent {
            throw VMError(
                .wrongState,
                "Requested operation is not valid: transient domains do not have any persistent config")
        }
        return (live, config)
    }
}
