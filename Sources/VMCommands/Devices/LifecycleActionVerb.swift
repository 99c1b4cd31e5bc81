internal import VMCore
internal import VMDomain
internal import VMManager
internal import VMXML

extension Verb {
    private static let lifecycleTypes = ["poweroff", "reboot", "crash"]

    /// `set-lifecycle-action NAME TYPE ACTION`.
    static var setLifecycleAction: Verb {
        Verb(
            "set-lifecycle-action", group: .devices, "set the lifecycle action",
            details: """
                Says what becomes of the machine when its guest powers off, reboots or crashes: destroy, restart,
                rename-restart (which is restart here) or preserve; for a crash also coredump-destroy and
                coredump-restart.
                """,
            parameters: [
                .domain(),
                .argument("type", "string", "lifecycle type to modify", completion: .words(lifecycleTypes)),
                .argument(
                    "action", "string", "lifecycle action to set",
                    completion: .words(CrashAction.allCases.map(\.rawValue))),
            ] + .scope + [.timeout],
            exclusive: .scope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let action = try invocation.required("action")
            let change: LifecycleActionChange
            switch try invocation.required("type") {
            case "poweroff": change = .poweroff(try parse(action))
            case "reboot": change = .reboot(try parse(action))
            case "crash": change = .crash(try parse(action))
            case let type:
                throw VMError(
                    .usage, "Invalid lifecycle type '\(type)'.",
                    remedy: Remedy("it is one of " + lifecycleTypes.joined(separator: ", ")))
            }
            try manager.setLifecycleAction(
                key, change, scope: invocation.scope(standard: .current), timeout: try invocation.patience())
            return .silent(key)
        }
    }

    private static func parse<Action: XMLEnum>(_ text: String) throws(VMError) -> Action {
        if let action = Action(rawValue: text) { return action }
        throw VMError(
            .usage, "Invalid lifecycle action '\(text)'.",
            remedy: Remedy("it is one of " + Action.allCases.map { "\($0.rawValue)" }.joined(separator: ", ")))
    }
}
