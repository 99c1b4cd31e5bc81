internal import VMCore
internal import VMManager

extension Parameter {
    /// How long a running machine may take to answer.
    static var timeout: Parameter {
        .option("timeout", "seconds", "how long the machine may take to answer, 10 by default")
    }

    /// How the guest is asked to power off.
    static var mode: Parameter {
        .option(
            "mode", "string", "how to ask the guest: acpi (its power button, which is the default) or agent",
            completion: .words(["acpi", "agent"]))
    }

    static var resetNVRAM: Parameter {
        .flag("reset-nvram", "make the file of firmware variables anew from its template")
    }
}

extension Invocation {
    func patience() throws(VMError) -> Duration { try seconds("timeout") ?? VMManager.patience }

    /// How the guest is to be asked: virsh's modes, of which those that there is no way for are refused.
    func modes() throws(VMError) -> GuestPowerModes {
        guard let text = value("mode") else { return .acpi }
        var modes: GuestPowerModes = []
        for word in text.split(separator: ",") {
            guard let mode = GuestPowerModes(word: String(word)) else {
                throw VMError(
                    .usage, "Unknown mode \(word) value, expecting " + GuestPowerModes.words.joined(separator: ", "),
                    remedy: "leave --mode out to press the power button")
            }
            modes.insert(mode)
        }
        if !modes.isDisjoint(with: .available) { return modes }
        throw VMError(
            .unsupported, "mode '\(text)' is not available: a guest is asked by its power button or its agent",
            remedy: "leave --mode out, or give acpi or agent")
    }
}
