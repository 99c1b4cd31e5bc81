internal import VMCore

extension Remedy {
    /// The sentence for people at a shell: `'vmctl start web'`.
    var inShell: String {
        worded { command in
            "'" + (["vmctl", command.name] + command.arguments.map(shellQuoted)).joined(separator: " ") + "'"
        }
    }
}
