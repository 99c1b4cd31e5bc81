public import MonitorJSON
public import VMCore

/// How a guest is asked to power off or to reboot: `virDomainShutdownFlagValues` and `virDomainRebootFlagValues`, with
/// libvirt's numbers.
///
/// Nothing stands for libvirt's choice: the agent where one answers, else the power button.
public struct GuestPowerModes: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The machine's power button.
    public static let acpi = Self(rawValue: 1 << 0)
    public static let agent = Self(rawValue: 1 << 1)
    /// Of containers and of Xen: there is no way for them here.
    public static let initctl = Self(rawValue: 1 << 2)
    public static let signal = Self(rawValue: 1 << 3)
    public static let paravirt = Self(rawValue: 1 << 4)

    /// The words that virsh has for them, in the order of their numbers.
    public static let words = ["acpi", "agent", "initctl", "signal", "paravirt"]

    /// - Parameter word: one of ``words``.
    public init?(word: String) {
        guard let index = Self.words.firstIndex(of: word) else { return nil }
        self.init(rawValue: 1 << UInt32(index))
    }

    /// Those that there is a way for.
    public static let available: Self = [.acpi, .agent]

    var usesAgent: Bool { isEmpty || contains(.agent) }
    var usesButton: Bool { isEmpty || contains(.acpi) }
}

extension VMManager {
    /// Asks a guest to power off, as `virDomainShutdownFlags` does: the agent first where both are allowed, the power button
    /// when the agent can't be asked.
    ///
    /// - Parameters:
    ///   - wait: wait that long for the guest to power off; nil returns when it was asked.
    ///   - timeout: how long the agent may take.
    /// - Throws: `unsupported` for modes that there is no way for; `timeout` when the guest is still up after `wait`.
    @discardableResult
    public func shutdown(
        _ key: String, modes: GuestPowerModes, wait: Duration? = nil, timeout: Duration = patience
    ) throws(VMError) -> PublishedState {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.shutdown(machine, modes: modes, wait: wait, timeout: timeout)
        }
    }

    func shutdown(
        _ machine: Machine, modes: GuestPowerModes, wait: Duration?, timeout: Duration
    ) async throws(VMError) -> PublishedState {
        if try await askGuest(machine, modes, GuestShutdown(.powerdown), timeout) {
            guard let wait else { return observe(machine) }
            do throws(VMError) {
                return try await waitForShutdown(of: machine, wait)
            } catch {
                guard modes.usesButton, error.code != .timeout, error.code != .cancelled else { throw error }
            }
        }
        return try await shutdown(machine, wait: wait, timeout: timeout)
    }

    /// Asks a guest to reboot, as `virDomainReboot` does. By the power button it powers off and is started again.
    @discardableResult
    public func reboot(
        _ key: String, modes: GuestPowerModes, timeout: Duration = patience
    ) throws(VMError) -> PublishedState {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.reboot(machine, modes: modes, timeout: timeout)
        }
    }

    func reboot(
        _ machine: Machine, modes: GuestPowerModes, timeout: Duration
    ) async throws(VMError) -> PublishedState {
        if try await askGuest(machine, modes, GuestShutdown(.reboot), timeout) { return observe(machine) }
        return try await perform(.reboot, .reboot, on: machine, timeout: timeout)
    }

    /// Asks the guest by its agent, where that is allowed.
    ///
    /// - Returns: false when the power button is to be pressed instead.
    private func askGuest(
        _ machine: Machine, _ modes: GuestPowerModes, _ command: GuestShutdown, _ timeout: Duration
    ) async throws(VMError) -> Bool {
        guard modes.isEmpty || !modes.isDisjoint(with: .available) else {
            throw VMError(
                .unsupported, "a guest is asked by its power button or its agent only", remedy: "use acpi or agent")
        }
        guard modes.usesAgent else { return false }
        do throws(VMError) {
            _ = try await ask(machine, command, timeout)
            return true
        } catch {
            guard modes.usesButton, error.code != .timeout, error.code != .cancelled else { throw error }
            return false
        }
    }

    /// Puts a guest to sleep, `virDomainPMSuspendForDuration`. ``wakeUp(_:timeout:)`` wakes one whose state is in memory.
    ///
    /// - Parameter target: where the guest keeps its state meanwhile.
    public func suspendGuest(
        _ key: String, to target: GuestSuspend.Target, timeout: Duration = agentActionPatience
    ) throws(VMError) {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.suspendGuest(machine, to: target, timeout: timeout)
        }
    }

    func suspendGuest(
        _ machine: Machine, to target: GuestSuspend.Target, timeout: Duration
    ) async throws(VMError) {
        switch target {
        case .memory: _ = try await ask(machine, GuestSuspend.Memory(), timeout)
        case .disk: _ = try await ask(machine, GuestSuspend.Disk(), timeout)
        case .hybrid: _ = try await ask(machine, GuestSuspend.Hybrid(), timeout)
        }
    }
}
