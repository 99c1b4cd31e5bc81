internal import Glibc
internal import QEMULauncher
internal import VMCore
internal import VMNetwork

/// Folders, space, limits, and how long machines may live.
extension VMManager {
    func folderFindings() -> [CheckupFinding] {
        let folders = [
            ("definitions", paths.domains), ("state", paths.state), ("logs", paths.logs), ("cache", paths.cache),
            ("runtime", paths.runtime),
        ]
        return folders.map { name, path in
            do throws(VMError) {
                try OwnFolders.check(path)
                try Folders.make(path)
                guard access(path, R_OK | W_OK | X_OK) == 0 else {
                    throw .system("cannot write folder '\(path)'", errno: errno)
                }
                if name == "runtime" { try Folders.requirePrivate(path) }
            } catch {
                return CheckupFinding(
                    name, .error, error.message, remedy: error.firstRemedy ?? "make the folder writable for you")
            }
            if name == "runtime", path.hasPrefix("/tmp/") || path.hasPrefix("/var/tmp/") {
                return CheckupFinding(
                    name, .warning, "\(path) may be swept while machines run",
                    remedy: "choose a folder outside of /tmp")
            }
            return CheckupFinding(name, .ok, path)
        }
    }

    func spaceFindings() -> [CheckupFinding] {
        [("state", paths.state), ("runtime", paths.runtime)].compactMap { name, path in
            var status = statvfs()
            guard statvfs(path, &status) == 0 else { return nil }
            let bytes = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue
            let mebibytes = bytes >> 20
            let check = "space-" + name
            if mebibytes < (name == "state" ? 512 : 16) || (status.f_files > 0 && status.f_favail < 1000) {
                return CheckupFinding(
                    check, .warning, "only \(mebibytes) MiB and \(status.f_favail) files are free for '\(path)'",
                    remedy: "make room: a save needs as much as its machine has memory")
            }
            return CheckupFinding(check, .ok, "\(mebibytes) MiB free for \(path)")
        }
    }

    /// A socket's path has 107 bytes at most.
    func socketFinding() -> CheckupFinding {
        let path = "\(paths.runtime)/\(UUID.random())/monitor.sock"
        if path.utf8.count <= 107 { return CheckupFinding("sockets", .ok, "their paths are short enough") }
        return CheckupFinding(
            "sockets", .error,
            "paths of sockets below '\(paths.runtime)' are too long: \(path.utf8.count) bytes of 107",
            remedy: "set VMCTL_HOME or XDG_RUNTIME_DIR to a shorter path")
    }

    /// Each supervisor watches its folder.
    static func watchFinding() -> CheckupFinding {
        do throws(VMError) {
            _ = try RemovalWatch(folder: "/")
            return CheckupFinding("inotify", .ok, "folders can be watched")
        } catch {
            let limit = KernelSettings.inotifyInstances
            return CheckupFinding(
                "inotify", .warning, "\(error.message); fs.inotify.max_user_instances is \(limit)",
                remedy: "sudo sysctl fs.inotify.max_user_instances=1024")
        }
    }

    static func descriptorFinding() -> CheckupFinding {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_max < 4096 else {
            return CheckupFinding("descriptors", .ok, "enough open files are allowed")
        }
        return CheckupFinding(
            "descriptors", .warning, "a process may have only \(limit.rlim_max) files open",
            remedy: "raise 'nofile' in /etc/security/limits.conf")
    }

    func definitionFindings() -> [CheckupFinding] {
        let broken = ((try? list(.all)) ?? []).filter { $0.problem != nil }
        if broken.isEmpty { return [CheckupFinding("domains", .ok, "all stored definitions can be used")] }
        return broken.map {
            CheckupFinding(
                "domains", .warning, $0.problem ?? "",
                remedy: "mend '\(store.path(of: $0.name))', or \(command: "undefine", $0.name)")
        }
    }

    // MARK: How long machines live

    /// The name in /etc/passwd of the user that this process acts as.
    static func userName() -> String? {
        let bytes = (try? Files.read("/etc/passwd", limit: 1 << 20)) ?? []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            if fields.count > 2, UInt32(fields[2]) == geteuid() { return String(fields[0]) }
        }
        return getenv("USER").map { String(cString: $0) }
    }

    /// A user's processes may end with the last session.
    static func lingerFinding() -> CheckupFinding? {
        guard geteuid() != 0, Files.exists("/run/systemd/system") else { return nil }
        let name = userName() ?? "USER"
        if Files.exists("/var/lib/systemd/linger/\(name)") {
            return CheckupFinding("lingering", .ok, "machines outlive your last session")
        }
        return CheckupFinding(
            "lingering", .warning,
            "the runtime folder, and with it what leads to your machines, goes with your last session",
            remedy: "loginctl enable-linger \(name)")
    }

    /// Marks without a unit that heeds them.
    func autostartFinding() -> CheckupFinding? {
        let count = autostartedNames().count
        guard count > 0 else { return nil }
        let unit = "vmctl-autostart.service"
        let isRoot = geteuid() == 0
        let home = Files.folder(of: Files.folder(of: paths.domains))
        let places =
            isRoot
            ? ["/etc/systemd/system/multi-user.target.wants"]
            : [home + "/systemd/user/default.target.wants", "/etc/systemd/user/default.target.wants"]
        if places.contains(where: { Files.exists("\($0)/\(unit)") }) {
            return CheckupFinding(
                "autostart", .ok, "\(count) domain\(count == 1 ? "" : "s") marked, and \(unit) is enabled")
        }
        return CheckupFinding(
            "autostart", .warning,
            "\(count) domain\(count == 1 ? " is" : "s are") marked as autostarted, but \(unit) is not enabled",
            remedy: "systemctl \(isRoot ? "" : "--user ")enable \(unit)")
    }

    /// Bridges without root.
    static func networkFinding() -> CheckupFinding {
        if geteuid() == 0 {
            guard access("/dev/net/tun", R_OK | W_OK) == 0 else {
                return CheckupFinding(
                    "bridges", .note, "/dev/net/tun can't be used: only interfaces of type 'user' work",
                    remedy: "sudo modprobe tun")
            }
            return CheckupFinding("bridges", .ok, "tap devices can be made")
        }
        guard let helper = BridgeHelper.places.first(where: { access($0, X_OK) == 0 }) else {
            return CheckupFinding(
                "bridges", .note, "qemu-bridge-helper is not installed: <interface type='bridge'> needs it",
                remedy: "apt-get install qemu-system-common")
        }
        var status = stat()
        guard stat(helper, &status) == 0, status.st_mode & S_ISUID != 0 else {
            return CheckupFinding(
                "bridges", .note, "\(helper) has no setuid bit: <interface type='bridge'> can't use it",
                remedy: "sudo chmod u+s \(helper)")
        }
        guard Files.exists("/etc/qemu/bridge.conf") else {
            return CheckupFinding(
                "bridges", .note, "/etc/qemu/bridge.conf is not there: \(helper) allows no bridge",
                remedy: "write 'allow BRIDGE' into it")
        }
        return CheckupFinding("bridges", .ok, helper)
    }

    /// What virtual networks take.
    static func virtualNetworkFinding() -> CheckupFinding {
        let isApart = HostNetworks.areApart
        let programs =
            [("dnsmasq", "dnsmasq-base"), ("nft", "nftables")] + (isApart ? [("slirp4netns", "slirp4netns")] : [])
        let missing = programs.filter { NetworkProgram.find($0.0) == nil }
        if !missing.isEmpty {
            return CheckupFinding(
                "networks", .note,
                "not installed: \(missing.map(\.0).joined(separator: ", ")); virtual networks need them",
                remedy: "apt-get install \(missing.map(\.1).joined(separator: " "))")
        }
        guard isApart else { return CheckupFinding("networks", .ok, "virtual networks can be made on this host") }
        if let obstacle = namespaceObstacle() { return obstacle }
        guard access("/dev/net/tun", R_OK | W_OK) == 0 else {
            return CheckupFinding(
                "networks", .note, "/dev/net/tun can't be used: virtual networks need it",
                remedy: "sudo modprobe tun; sudo chmod 666 /dev/net/tun")
        }
        return CheckupFinding("networks", .ok, "virtual networks can be made in namespaces of this user's")
    }

    /// Whether this user gets no namespaces, found out by having a program try.
    private static func namespaceObstacle() -> CheckupFinding? {
        guard let program = NetworkProgram.find("unshare"),
            let process = try? SpawnedProcess.spawn(
                SpawnRequest(
                    executable: program, arguments: ["--user", "--map-root-user", "--net", "/bin/true"],
                    workingDirectory: "/"))
        else { return nil }
        if ProcessExit.wait(for: process.handle, until: .after(.seconds(5))) == .exited(0) { return nil }
        sendSignal(SIGKILL, to: process.handle)
        return CheckupFinding(
            "networks", .note, "this host gives its users no network namespaces: virtual networks need them",
            remedy: "sudo sysctl user.max_user_namespaces=10000 kernel.unprivileged_userns_clone=1")
    }
}
