internal import VMCore

extension Remedy {
    /// The sentence for people at a shell: `'vmctl start web'`, `--config`.
    var inShell: String {
        worded(
            { "'" + (["vmctl", $0.name] + $0.arguments.map(shellQuoted)).joined(separator: " ") + "'" },
            option: { "--" + $0 })
    }
}
