internal import VMCore
internal import VMManager

extension Parameter {
    /// How long a running machine may take to answer.
    static var timeout: Parameter {
        .option("timeout", "seconds", "how long the machine may take to answer, 10 by default")
    }

    /// How the guest is asked to power off.
    static var mode: Parameter {
        .option("mode", "string", "how to ask the guest: acpi", completion: .words(["acpi"]))
    }
}

extension Invocation {
    func patience() throws(VMError) -> Duration { try seconds("timeout") ?? VMManager.patience }

    /// Accepts virsh's modes and refuses those that there is no way for.
    func checkMode() throws(VMError) {
        let known = ["acpi", "agent", "initctl", "signal", "paravirt"]
        guard let mode = value("mode") else { return }
        for word in mode.split(separator: ",") {
            guard known.contains(String(word)) else {
                throw VMError(
                    .usage, "Unknown mode \(word) value, expecting " + known.joined(separator: ", "),
                    remedy: "leave --mode out to press the power button")
            }
        }
        if mode.split(separator: ",").contains("acpi") { return }
        throw VMError(
            .unsupported, "mode '\(mode)' is not available: vmctl asks the guest by its power button",
            remedy: "leave --mode out, or give acpi")
    }
}
