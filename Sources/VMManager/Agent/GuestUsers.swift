internal import MonitorJSON
public import VMCore

/// A guest's users, by its agent.
extension VMManager {
    /// Sets a user's password inside a guest.
    ///
    /// - Parameter isCrypted: the password is in the form of the guest's `crypt` already,
    ///   `VIR_DOMAIN_PASSWORD_ENCRYPTED`.
    public func setGuestPassword(
        _ key: String, user: String, password: String, isCrypted: Bool = false,
        timeout: Duration = agentActionPatience
    ) throws(VMError) {
        _ = try ask(key, GuestSetUserPassword(user: user, password: password, isCrypted: isCrypted), timeout)
    }

    /// The lines of a user's `authorized_keys`.
    public func guestSSHKeys(
        _ key: String, user: String, timeout: Duration = agentActionPatience
    ) throws(VMError) -> [String] {
        try ask(key, GuestSSHGetAuthorizedKeys(user: user), timeout)
    }

    /// What is done to a user's `authorized_keys`, `virDomainAuthorizedSSHKeysSetFlags`.
    public enum SSHKeyChange: Sendable, Hashable {
        case add
        /// `VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND` left out: all others go.
        case replace
        case remove
    }

    /// Changes a user's `authorized_keys`.
    public func changeGuestSSHKeys(
        _ key: String, user: String, _ keys: [String], _ change: SSHKeyChange,
        timeout: Duration = agentActionPatience
    ) throws(VMError) {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.changeGuestSSHKeys(machine, user: user, keys, change, timeout: timeout)
        }
    }

    func changeGuestSSHKeys(
        _ machine: Machine, user: String, _ keys: [String], _ change: SSHKeyChange, timeout: Duration
    ) async throws(VMError) {
        switch change {
        case .add, .replace:
            let command = GuestSSHAddAuthorizedKeys(user: user, keys, replacingAll: change == .replace)
            _ = try await ask(machine, command, timeout)
        case .remove: _ = try await ask(machine, GuestSSHRemoveAuthorizedKeys(user: user, keys), timeout)
        }
    }
}
