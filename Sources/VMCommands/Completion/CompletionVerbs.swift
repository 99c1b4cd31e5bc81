internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager
internal import VMXML

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
            return Report(.document(script), value: ["shell": .string(shell), "script": .string(script)], names: [])
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
                domains: { filter in domains(manager, filter) },
                devices: { name, kind in devices(manager, name, kind) },
                storage: { kind in storage(manager, kind) })
            let answer = completer.answer(invocation.all("words"))
            // A tab divides a word from its help; a line with a tab alone asks for files.
            let text = answer.candidates.map { "\($0.word)\t\($0.help)\n" }.joined() + (answer.wantsFiles ? "\t\n" : "")
            return Report(.raw(text), value: .array(answer.candidates.map { .string($0.word) }), names: [])
        }
    }

    private static func domains(_ manager: VMManager, _ filter: Parameter.DomainFilter) -> [String] {
        let active = (try? manager.list(.active)) ?? []
        // Names of files are enough, for thousands of definitions too: none is read.
        if filter == .any {
            return ((try? manager.store.names()) ?? []) + active.filter { !$0.isPersistent }.map(\.name)
        }
        if filter == .inactive {
            let running = Set(active.map(\.name))
            return ((try? manager.store.names()) ?? []).filter { !running.contains($0) }
        }
        return active.filter { domain in
            switch filter {
            case .running: domain.state == .running
            case .paused: domain.state == .paused
            default: true
            }
        }.map(\.name)
    }

    private static func storage(_ manager: VMManager, _ kind: Parameter.Completion) -> [String] {
        if kind == .secret { return ((try? manager.secrets.secrets()) ?? []).map(\.uuid.description) }
        if kind == .nodeDevice { return manager.nodeDevices().devices.map(\.name) }
        if kind == .hostInterface { return manager.hostInterfaces().interfaces.map(\.name) }
        if case .network(let filter) = kind {
            let networks = (try? manager.networks.networks()) ?? []
            return networks.filter { filter == .any || $0.isActive == (filter == .active) }.map(\.name)
        }
        let pools = (try? manager.storage.pools()) ?? []
        switch kind {
        case .pool(.any): return pools.map(\.name)
        case .pool(.active): return pools.filter(\.isActive).map(\.name)
        case .pool(.inactive): return pools.filter { !$0.isActive }.map(\.name)
        case .volume:
            let volumes = pools.filter(\.isActive).flatMap { (try? manager.storage.volumes(of: $0)) ?? [] }
            return volumes.map(\.name) + volumes.map(\.path)
        default: return []
        }
    }

    /// Of the live definition where the machine runs, of the stored one where it doesn't.
    private static func devices(_ manager: VMManager, _ name: String, _ kind: Parameter.Completion) -> [String] {
        guard let xml = try? manager.xml(name),
            let devices = try? Domain.read(Array(xml.utf8), file: name, options: .lenient).checked().devices
        else { return [] }
        switch kind {
        case .removableDrive:
            return devices.disks.filter { $0.device == .cdrom || $0.device == .floppy }.compactMap { $0.target?.dev }
        case .disk: return devices.disks.compactMap { $0.target?.dev }
        case .interface: return devices.interfaces.compactMap { $0.mac?.address?.description }
        case .alias: return devices.aliases
        default: return []
        }
    }
}
