internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore

/// As whom QEMU and the programs beside it run, and what the kernel lets them use.
extension Supervisor {
    /// Has QEMU be started as its user, under its rules. The rules live as long as what is returned.
    func confine(_ request: inout SpawnRequest) throws(VMError) -> Landlock? {
        let confinement = plan.confinement
        for socket in confinement.sockets { removeSocket(socket) }
        try Folders.make(folder.sockets)
        try makeConsoleFiles()
        if let user = confinement.user {
            let helpers = plan.helpers.map { FileAccess($0.socket, .write) }
            // The files in it are ours, to be cut when they grow.
            var files = confinement.files.filter { $0.path != folder.consoles }
            // Who may write to a folder may also replace what is in it, unless the kernel's rules forbid that.
            if !confinement.isRestricted { files.removeAll { $0.kind == .create } }
            try FileGrants(plan).give(files + helpers, to: user)
            try Folders.giveEmpty(folder.sockets, to: user)
            request.user = user
            request.environment = Self.environment(of: user, request.environment ?? [])
        }
        guard confinement.isRestricted else { return nil }
        let rules = try CommonRules.take()
        let settings = geteuid() == 0 && confinement.user == nil ? Self.publicSettings : ["/etc"]
        for access in settings.map({ FileAccess($0, .read) }) + confinement.files { try rules.allow(access) }
        request.ruleset = rules.raw
        return rules
    }

    /// Makes the files of what the consoles print, which are ours though QEMU writes them.
    private func makeConsoleFiles() throws(VMError) {
        let names = plan.confinement.files.map(\.path).filter { $0.hasPrefix(folder.consoles + "/") }
        guard !names.isEmpty else { return }
        try Folders.make(folder.consoles)
        for path in names where !Files.exists(path) {
            _ = try FileDescriptor.open(path, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        }
    }

    /// Has a helper be started as QEMU's user, and kept to its files, where it needs no rights beyond that: an emulated
    /// TPM, whose state is given to it. virtiofsd acts for all users of a shared folder and locks itself up in it; passt
    /// locks itself up, too.
    ///
    /// - Returns: the rules, which have to live until the process is there.
    func confine(_ request: inout SpawnRequest, _ helper: HelperPlan) throws(VMError) -> Landlock? {
        guard helper.program == "swtpm" else { return nil }
        let results = Set(helper.preparations.map(\.result))
        if let user = plan.confinement.user {
            let states = results.filter { $0.hasPrefix(plan.paths.state + "/") }
            // It keeps the rights of its files itself, which takes their owner. The folders are ours alone.
            for state in states { Folders.give(state, to: user) }
            // A folder that the document names elsewhere is its owner's affair, but for the way there.
            let named = results.filter { !$0.hasPrefix(plan.paths.state + "/") && !$0.hasPrefix(folder.path + "/") }
            try FileGrants(plan).give(states.union(named).map { FileAccess($0, .write) }, to: user)
            request.user = user
            request.environment = Self.environment(of: user, request.environment ?? [])
        }
        guard plan.confinement.isRestricted else { return nil }
        let rules = try Landlock()
        let devices = ["null", "zero", "random", "urandom"].map { FileAccess("/dev/" + $0, .write) }
        let settings = Self.publicSettings.map { FileAccess($0, .read) }
        for access in Self.readFiles + settings + devices + results.map({ FileAccess($0, .write) }) {
            try rules.allow(access)
        }
        request.ruleset = rules.raw
        return rules
    }

    /// Gives QEMU's user the socket of a helper that has come while it runs.
    func letQEMUConnect(to socket: String) {
        guard let user = plan.confinement.user else { return }
        do throws(VMError) {
            try FileGrants(plan).give([FileAccess(socket, .write)], to: user)
        } catch {
            log.note("QEMU can't be given '\(socket)': \(error)")
        }
    }

    /// QEMU is gone: what it was given is taken back, and what it may not remove itself is removed.
    ///
    /// - Parameter sockets: those that came while it ran.
    func endConfinement(_ sockets: [String]) {
        for socket in plan.confinement.sockets + sockets { removeSocket(socket) }
        if plan.confinement.user != nil { FileGrants(plan).takeBack() }
    }

    /// Removes a socket that nobody listens on.
    private func removeSocket(_ path: String) { Self.removeSocket(path) }

    static func removeSocket(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK, !Socket.isListening(path) else { return }
        unlink(path)
    }

    /// The variables that say who one is, and where one's own files are, are the other user's.
    private static func environment(
        of user: HostUser, _ variables: [(name: String, value: String)]
    ) -> [(name: String, value: String)] {
        let own: Set = [
            "HOME", "USER", "LOGNAME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
        ]
        return variables.filter { !own.contains($0.name) }
            + [("HOME", user.home ?? "/"), ("USER", user.name), ("LOGNAME", user.name)]
    }

    /// What a QEMU that is root's may read in /etc, where secrets lie beside it.
    private static let publicSettings = [
        "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "ld.so.preload", "nsswitch.conf", "passwd", "group", "hosts",
        "host.conf", "resolv.conf", "gai.conf", "services", "protocols", "localtime", "timezone", "locale.alias",
        "machine-id", "ssl/certs", "ssl/openssl.cnf", "pki", "ca-certificates", "gnutls", "crypto-policies", "alsa",
        "pulse", "pipewire", "fonts", "qemu", "glvnd", "drirc", "vulkan", "OpenCL", "libnl-3", "alternatives",
    ].map { "/etc/" + $0 }

    static let readFiles = FileAccess.system + [FileAccess("/run/udev", .read)]
}
