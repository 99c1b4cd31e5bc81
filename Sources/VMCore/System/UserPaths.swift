internal import Glibc

/// Where things are kept: by the XDG conventions for a user, under /etc, /var and /run for root.
public struct UserPaths: Hashable, Sendable {
    /// Definitions, one XML file a domain.
    public var domains: String
    /// Definitions of storage pools, beside those of domains.
    public var storagePools: String { Files.folder(of: domains) + "/storage" }
    /// Definitions of virtual networks.
    public var networks: String { Files.folder(of: domains) + "/networks" }
    /// Secrets with their values.
    public var secrets: String { Files.folder(of: domains) + "/secrets" }
    /// What survives a reboot but is no configuration: dumps, saved machines.
    public var state: String
    /// One log file a machine.
    public var logs: String
    /// What can be made anew: QEMU's capabilities.
    public var cache: String
    /// Sockets, locks and published states of running machines.
    public var runtime: String

    public init(domains: String, state: String, logs: String, cache: String, runtime: String) {
        self.domains = domains
        self.state = state
        self.logs = logs
        self.cache = cache
        self.runtime = runtime
    }

    /// Everything below one folder, as tests and second installations want it.
    public init(root: String) {
        self.init(
            domains: root + "/config/domains", state: root + "/state", logs: root + "/state/log",
            cache: root + "/cache",
            runtime: root + "/run")
    }

    /// Works the folders out.
    ///
    /// `VMCTL_HOME` puts everything below one folder. Otherwise root uses /etc/vmctl, /var/lib/vmctl, /var/log/vmctl,
    /// /var/cache/vmctl and /run/vmctl, unless `isSession` says that it is to be treated as anybody else, who uses
    /// `XDG_CONFIG_HOME` and its kin. Without `XDG_RUNTIME_DIR` the runtime
    /// folder is /run/user/UID/vmctl, without `HOME` the home folder is what /etc/passwd says. No other place is guessed:
    /// in a folder that all users share, somebody else may be there first.
    /// - Parameters:
    ///   - runtimeBaseExists: whether there is /run/user/UID.
    ///   - home: the home folder in /etc/passwd.
    ///   - variable: an environment variable's value; a relative path counts as unset, as XDG demands.
    /// - Throws: `io` when there is no runtime folder or no home folder, with what can be done about that.
    public init(
        user: UInt32, isSession: Bool = false, runtimeBaseExists: Bool, home passwdHome: () -> String? = { nil },
        variable: (String) -> String?
    ) throws(VMError) {
        func folder(_ name: String) -> String? {
            guard let value = variable(name), value.hasPrefix("/") else { return nil }
            return value.count > 1 && value.hasSuffix("/") ? String(value.dropLast()) : value
        }
        if let root = folder("VMCTL_HOME") {
            self.init(root: root)
            return
        }
        if user == 0, !isSession {
            self.init(
                domains: "/etc/vmctl/domains", state: "/var/lib/vmctl", logs: "/var/log/vmctl",
                cache: "/var/cache/vmctl",
                runtime: "/run/vmctl")
            return
        }
        guard let home = folder("HOME") ?? passwdHome() else {
            throw VMError(
                .io, "user \(user) has no home folder: HOME isn't set, and /etc/passwd names none",
                remedy: "set HOME, or VMCTL_HOME to a folder for everything of vmctl")
        }
        guard let runtimeBase = folder("XDG_RUNTIME_DIR") ?? (runtimeBaseExists ? "/run/user/\(user)" : nil) else {
            throw VMError(
                .io, "there is no runtime folder: XDG_RUNTIME_DIR isn't set, and /run/user/\(user) isn't there",
                remedy: "'loginctl enable-linger' makes one, as does a login by systemd; or set VMCTL_HOME to a folder "
                    + "of your own")
        }
        let state = (folder("XDG_STATE_HOME") ?? home + "/.local/state") + "/vmctl"
        self.init(
            domains: (folder("XDG_CONFIG_HOME") ?? home + "/.config") + "/vmctl/domains",
            state: state, logs: state + "/log",
            cache: (folder("XDG_CACHE_HOME") ?? home + "/.cache") + "/vmctl",
            runtime: runtimeBase + "/vmctl")
    }

    /// The folders of the user this process runs as.
    ///
    /// - Parameter isSession: for root those of its own session, not the system's.
    /// - Throws: `io` when there is no place for them.
    public static func current(isSession: Bool = false) throws(VMError) -> UserPaths {
        let user = geteuid()
        return try UserPaths(
            user: user, isSession: isSession, runtimeBaseExists: Files.exists("/run/user/\(user)"),
            home: { HostUser.find(user)?.home }
        ) { name in
            getenv(name).map { String(cString: $0) }
        }
    }
}

/// The user this process acts as.
public func hostUserID() -> UInt32 { geteuid() }
