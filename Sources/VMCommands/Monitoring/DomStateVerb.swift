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
            return Report(.text(text), value: .object(state.summary), names: [state.name])
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
            let state = try manager.status(key)
            guard state.state.isActive else {
                throw VMError(.wrongState, "Requested operation is not valid: domain is not running")
            }
            var (word, since): (String, Int64?) = ("ok", nil)
            if state.notAnsweringSince != nil || state.qemu?.isStopped == true {
                (word, since) = ("occupied", state.notAnsweringSince)
            } else if let job = try manager.job(key), job.phase == .running {
                (word, since) = ("background job", job.started)
            }
            let text = word + (since.map { " (\(seconds($0)))" } ?? "")
            return Report(
                .text(text), value: ["state": .string(word)], names: [state.name])
        }
    }

    private static func seconds(_ since: Int64) -> String {
        Decimal.text(Double(max(0, WallClock.now &- since)) / 1e9, digits: 3) + "s"
    }
}
