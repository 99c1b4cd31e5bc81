internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager

extension Verb {
    /// `completion bash|zsh|fish`.
    static var completion: Verb {
        Verb(
            "completion", group: .host, "print a shell's completion script",
            details: """
                For bash: vmctl completion bash > ~/.local/share/bash-completion/completions/vmctl
                """,
            parameters: [
                .argument("shell", "string", "bash, zsh or fish", completion: .words(CompletionScript.shells))
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let shell = try invocation.word("shell", among: CompletionScript.shells) ?? "bash"
            let script = CompletionScript.text(shell)
            return Report(.raw(script), value: ["shell": .string(shell), "script": .string(script)], names: [])
        }
    }

    /// `__complete WORD…`: what the completion scripts ask. Reads files only, so it can't hang.
    static var complete: Verb {
        Verb(
            "__complete", group: .host, "tell a shell what can follow (run by completion scripts)",
            parameters: [.rest("words", "string", "the words behind the program's name", required: false)], hidden: true
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let manager = try invocation.manager()
            let completer = Completer(
                domains: { filter in domains(manager, filter) }, drives: { name in drives(manager, name) })
            let answer = completer.answer(invocation.all("words"))
            // A tab divides a word from its help; a line with a tab alone asks for files.
            let text = answer.candidates.map { "\($0.word)\t\($0.help)\n" }.joined() + (answer.wantsFiles ? "\t\n" : "")
            return Report(.raw(text), value: .array(answer.candidates.map { .string($0.word) }), names: [])
        }
    }

    private static func domains(_ manager: VMManager, _ filter: Parameter.DomainFilter) -> [String] {
        switch filter {
        case .any: (try? manager.list(.all))?.map(\.name) ?? []
        case .inactive: (try? manager.list(.inactive))?.map(\.name) ?? []
        case .active: (try? manager.list(.active))?.map(\.name) ?? []
        case .running: (try? manager.list(.active))?.filter { $0.state == .running }.map(\.name) ?? []
        case .paused: (try? manager.list(.active))?.filter { $0.state == .paused }.map(\.name) ?? []
        }
    }

    private static func drives(_ manager: VMManager, _ name: String) -> [String] {
        let disks = (try? manager.definition(name))?.devices.disks ?? []
        return disks.filter { $0.device == .cdrom || $0.device == .floppy }.compactMap { $0.target?.dev }
    }
}
