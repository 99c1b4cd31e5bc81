internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `domstate NAME [--reason]`.
    static var domstate: Verb {
        Verb(
            "domstate", group: .monitoring, "tell a domain's state",
            parameters: [.domain(), .flag("reason", "and how it came to that")]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let state = try manager.status(key)
            let text =
                invocation.flag("reason")
                ? "\(state.state.rawValue) (\(state.reason.rawValue))" : state.state.rawValue
            return Report(.text(text), value: .object(state.summary), names: [state.name])
        }
    }
}
