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
            let text = invocation.flag("reason") ? reasoned(state, invocation.global.isVirsh) : state.state.rawValue
            return Report(.text(DisplayText.printable(text)), value: .object(state.summary), names: [state.name])
        }
    }

    /// `paused (user)`; of a machine that a disk has paused, `paused (I/O error: vda: no space left) since …`, which virsh
    /// doesn't tell.
    private static func reasoned(_ state: PublishedState, _ isVirsh: Bool) -> String {
        guard state.reason == .ioError, !isVirsh else { return "\(state.state.rawValue) (\(state.reason.rawValue))" }
        return state.sentence + state.sinceWhen
    }

    /// `domcontrol NAME`.
    static var domcontrol: Verb {
        Verb(
            "domcontrol", group: .monitoring, "whether a domain's QEMU takes commands",
            details: "ok; background job, while one runs; occupied, while QEMU owes an answer; with for how long.",
            parameters: [.domain(.active)]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let control = try manager.controlState(key)
            let text = control.word + (control.since.map { " (\(seconds($0)))" } ?? "")
            return Report(.text(text), value: ["state": .string(control.word)], names: [try manager.find(key).name])
        }
    }

    private static func seconds(_ since: Int64) -> String {
        Decimal.text(Double(max(0, WallClock.now &- since)) / 1e9, digits: 3) + "s"
    }
}
