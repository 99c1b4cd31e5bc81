public import VMCore

/// What can be asked of a machine, and in which states.
public enum Operation: String, Sendable, CaseIterable {
    case start, shutdown, reboot, reset, suspend, resume, destroy, changeMedia, openConsole

    /// Whether the operation makes sense in a state.
    ///
    /// - Throws: `wrong-state` in libvirt's words.
    public func check(_ state: DomainState, name: String) throws(VMError) {
        if self == .start {
            guard state.isActive else { return }
            throw refused("Domain is already active", "see its state with \(command: "status", name)")
        }
        guard state.isActive else {
            throw refused(
                "Requested operation is not valid: domain is not running",
                "start it with \(command: "start", name)")
        }
        switch (self, state) {
        case (.resume, .running):
            throw refused("Requested operation is not valid: domain is already running", nil)
        case (.resume, .suspendedByGuest):
            throw refused("Requested operation is not valid: domain is pmsuspended", nil)
        case (.suspend, .crashed), (.suspend, .inShutdown):
            throw refused("Requested operation is not valid: domain is \(state.rawValue)", nil)
        case (.shutdown, .paused), (.reboot, .paused):
            throw refused(
                "Requested operation is not valid: domain is paused and can't answer its power button",
                "let it run with \(command: "resume", name), or end it with \(command: "destroy", name)")
        default: return
        }
    }

    private func refused(_ text: String, _ remedy: Remedy?) -> VMError {
        VMError(.wrongState, text, remedy: remedy)
    }
}
