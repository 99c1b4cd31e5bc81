internal import Glibc

/// Where things are kept: by the XDG conventions for a user, under /etc, /var and /run for root.
public struct UserPaths: Hashable, Sendable {
    /// Definitions, one XML file a domain.
    public var domains: String
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
    /// /var/cache/vmctl and /run/vmctl, anybody else `XDG_CONFIG_HOME` and its kin; without `XDG_RUNTIME_DIR` the runtime
    /// folder is /run/user/UID/vmctl where that is there, else /tmp/vmctl-UID.
    /// - Parameter variable: an environment variable's value; a relative path counts as unset, as XDG demands.
    public init(user: UInt32, runtimeBaseExists: Bool, variable: (String) -> String?) {
        func folder(_ name: String) -> String? {
            guard let value = variable(name), value.hasPrefix("/") else { return nil }
            return value.count > 1 && value.hasSuffix("/") ? String(value.dropLast()) : value
        }
        if let root = folder("VMCTL_HOME") {
            self.init(root: root)
            return
        }
        if user == 0 {
            self.init(
                domains: "/etc/vmctl/domains", state: "/var/lib/vmctl", logs: "/var/log/vmctl",
                cache: "/var/cache/vmctl",
                runtime: "/run/vmctl")
            return
        }
        let home = folder("HOME") ?? "/tmp/vmctl-home-\(user)"
        let state = (folder("XDG_STATE_HOME") ?? home + "/.local/state") + "/vmctl"
        let runtimeBase = folder("XDG_RUNTIME_DIR") ?? (runtimeBaseExists ? "/run/user/\(user)" : nil)
        self.init(
            domains: (folder("XDG_CONFIG_HOME") ?? home + "/.config") + "/vmctl/domains",
            state: state, logs: state + "/log",
            cache: (folder("XDG_CACHE_HOME") ?? home + "/.cache") + "/vmctl",
            runtime: runtimeBase.map { $0 + "/vmctl" } ?? "/tmp/vmctl-\(user)")
    }

    /// The folders of the user this process runs as.
    public static var current: UserPaths {
        let user = geteuid()
        return UserPaths(user: user, runtimeBaseExists: Files.exists("/run/user/\(user)")) { name in
            getenv(name).map { String(cString: $0) }
        }
    }
}

/// The user this process acts as.
public func hostUserID() -> UInt32 { geteuid() }
