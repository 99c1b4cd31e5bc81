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
        try askGuest(key, modes, GuestShutdown(.powerdown), wait: wait, timeout) { machine throws(VMError) in
            try shutdown("\(machine.uuid)", wait: wait, timeout: timeout)
        }
    }

    /// Asks a guest to reboot, as `virDomainReboot` does. By the power button it powers off and is started again.
    @discardableResult
    public func reboot(
        _ key: String, modes: GuestPowerModes, timeout: Duration = patience
    ) throws(VMError) -> PublishedState {
        try askGuest(key, modes, GuestShutdown(.reboot), wait: nil, timeout) { machine throws(VMError) in
            try reboot("\(machine.uuid)", timeout: timeout)
        }
    }

    private func askGuest(
        _ key: String, _ modes: GuestPowerModes, _ command: GuestShutdown, wait: Duration?, _ timeout: Duration,
        button: (Machine) throws(VMError) -> PublishedState
    ) throws(VMError) -> PublishedState {
        guard modes.isEmpty || !modes.isDisjoint(with: .available) else {
            throw VMError(
                .unsupported, "a guest is asked by its power button or its agent only", remedy: "use acpi or agent")
        }
        let machine = try find(key)
        if modes.usesAgent {
            do throws(VMError) {
                _ = try ask("\(machine.uuid)", command, timeout)
                guard let wait else { return observe(machine) }
                return try waitForShutdown(of: machine, wait)
            } catch {
                guard modes.usesButton, error.code != .timeout else { throw error }
            }
        }
        return try button(machine)
    }

    /// Puts a guest to sleep, `virDomainPMSuspendForDuration`. ``wakeUp(_:timeout:)`` wakes one whose state is in memory.
    ///
    /// - Parameter target: where the guest keeps its state meanwhile.
    public func suspendGuest(
        _ key: String, to target: GuestSuspend.Target, timeout: Duration = agentActionPatience
    ) throws(VMError) {
        switch target {
        case .memory: _ = try ask(key, GuestSuspend.Memory(), timeout)
        case .disk: _ = try ask(key, GuestSuspend.Disk(), timeout)
        case .hybrid: _ = try ask(key, GuestSuspend.Hybrid(), timeout)
        }
    }
}
