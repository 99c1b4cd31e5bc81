package import VMCore

extension PublishedState {
    /// What the published state means now that some of the processes it names may be gone: a pure function of the state
    /// and of what is known of the processes. Nothing is mended by looking.
    ///
    /// - Parameters:
    ///   - boot: the host's boot id of now.
    ///   - isAlive: whether a process still runs.
    package func observed(boot: String, _ isAlive: (ProcessIdentity) -> Bool) -> PublishedState {
        guard state.isActive else { return self }
        guard bootID == boot else { return ended(.unknown, "the host was restarted") }
        if let supervisor, isAlive(supervisor) { return self }
        let hasQEMU = qemu.map(isAlive) ?? false
        if state == .paused, reason == .startingUp {
            let text = "its supervisor was killed while it started the machine"
            guard hasQEMU else { return ended(.failed, text) }
            var state = self
            state.detail = text
            return state
        }
        return hasQEMU ? self : ended(.crashed, "QEMU ended while nobody watched it")
    }

    /// The state of a machine that has ended.
    package func ended(_ reason: StateReason, _ detail: String?) -> PublishedState {
        var state = self
        state.state = .shutOff
        state.reason = reason
        state.detail = detail
        state.helpers = []
        state.diskFailures = []
        state.spaceWaitedFor = nil
        state.id = nil
        state.qemu = nil
        state.supervisor = nil
        state.monitor = nil
        state.terminals = []
        state.vnc = []
        state.notAnsweringSince = nil
        state.isTakingOver = false
        return state
    }

    /// The state of a machine whose file can't be read.
    ///
    /// - Parameter isRunning: whether its QEMU is there.
    package static func unreadable(name: String, uuid: UUID, isRunning: Bool, _ error: VMError) -> PublishedState {
        var state = PublishedState(
            name: name, uuid: uuid, state: isRunning ? .noState : .shutOff, reason: .unknown)
        state.detail = error.message
        return state
    }
}

extension DomainState {
    /// The machine has a QEMU, and its published state can't be read: libvirt's "no state".
    public static let noState = DomainState(rawValue: "no state")
}
