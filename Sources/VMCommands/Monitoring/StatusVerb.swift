internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager
internal import VMXML

extension Verb {
    /// `status NAME`.
    static var status: Verb {
        Verb(
            "status", group: .monitoring, "tell all about a domain's state, and whether QEMU answers",
            details: "The state is the published one; QEMU is asked only for how long it takes to answer.",
            parameters: [.domain(), .option("timeout", "seconds", "how long QEMU may take to answer, 1 by default")]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let state = try manager.status(key)
            let limit = try invocation.seconds("timeout") ?? .seconds(1)
            let answer = state.state.isActive ? ask(manager, state, limit) : nil
            let isPending = manager.isPending(state)
            var body = text(state, answer)
            if isPending { body += "Pending:       other at the next start; 'vmctl diff \(state.name)' tells how\n" }
            var object = value(state, answer)
            object["pending_restart"] = .bool(isPending)
            return Report(.text(body), value: .object(object), names: [state.name])
        }
    }

    /// What a question to QEMU came to.
    private enum Answer {
        case after(milliseconds: Double)
        case failed(VMError)
    }

    private static func ask(_ manager: VMManager, _ state: PublishedState, _ limit: Duration) -> Answer {
        do throws(VMError) {
            let time = try manager.answerTime("\(state.uuid)", deadline: .after(limit))
            return .after(milliseconds: time.inSeconds * 1000)
        } catch {
            return .failed(error)
        }
    }

    private static func text(_ state: PublishedState, _ answer: Answer?) -> String {
        var lines = [("Name", state.name), ("UUID", state.uuid.description)]
        if let id = state.id { lines.append(("Id", "\(id)")) }
        lines.append(("State", state.sentence))
        lines.append(("Since", "\(Timestamp.readable(state.since)), \(Timestamp.age(state.since)) ago"))
        for failure in state.diskFailures { lines.append(("Disk error", failure.sentence)) }
        if let bytes = state.spaceWaitedFor {
            lines.append(("Resumes", "when \(ScaledSize(bytes: bytes)) are free"))
        }
        if let qemu = state.qemu {
            lines.append(("QEMU", (state.qemuVersion ?? "unknown version") + ", pid \(qemu.pid)"))
        }
        if let supervisor = state.supervisor { lines.append(("Supervisor", "pid \(supervisor.pid)")) }
        for helper in state.helpers {
            lines.append(("Helper", "\(helper.program) of \(helper.device), pid \(helper.process.pid)"))
        }
        if let monitor = state.monitor { lines.append(("Monitor", monitor)) }
        switch answer {
        case .after(let time): lines.append(("Answered in", "\(Decimal.text(time, digits: 2)) ms"))
        case .failed(let error):
            let since = state.notAnsweringSince.map { ", not answering for \(Timestamp.age($0))" } ?? ""
            lines.append(("Answered", "no: \(error.message)\(since)"))
        case nil: break
        }
        return lines.map { label, value in
            label + ":" + String(repeating: " ", count: 14 - label.utf8.count) + DisplayText.printable(value) + "\n"
        }.joined()
    }

    private static func value(_ state: PublishedState, _ answer: Answer?) -> JSONObject {
        var object = state.summary
        object["published"] = .string(Timestamp.text(state.published))
        object["qemu_pid"] = state.qemu.map { .integer(Int64($0.pid)) }
        object["qemu_version"] = state.qemuVersion.map { .string($0) }
        object["supervisor_pid"] = state.supervisor.map { .integer(Int64($0.pid)) }
        if !state.helpers.isEmpty {
            object["helpers"] = .array(
                state.helpers.map {
                    [
                        "program": .string($0.program), "device": .string($0.device),
                        "pid": .integer(Int64($0.process.pid)),
                    ]
                })
        }
        object["monitor"] = state.monitor.map { .string($0) }
        object["not_answering_since"] = state.notAnsweringSince.map { .string(Timestamp.text($0)) }
        switch answer {
        case .after(let time): object["answer_ms"] = .double(time)
        case .failed(let error): object["answer_error"] = .string(error.message)
        case nil: break
        }
        return object
    }
}
