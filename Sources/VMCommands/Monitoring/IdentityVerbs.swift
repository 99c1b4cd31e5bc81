internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `domid NAME`.
    static var domid: Verb {
        identity("domid", "tell a domain's id, - when it doesn't run") { state in state.id.map { "\($0)" } ?? "-" }
    }

    /// `domname UUID`.
    static var domname: Verb {
        identity("domname", "tell the name of a domain known by UUID or id") { state in state.name }
    }

    /// `domuuid NAME`.
    static var domuuid: Verb {
        identity("domuuid", "tell a domain's UUID") { state in state.uuid.description }
    }

    private static func identity(
        _ name: String, _ summary: String, _ text: @escaping @Sendable (PublishedState) -> String
    ) -> Verb {
        Verb(name, group: .monitoring, summary, parameters: [.domain()]) {
            (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let state = try manager.status(key)
            return Report(
                .text(DisplayText.printable(text(state))), value: .object(state.identity), names: [state.name])
        }
    }
}
