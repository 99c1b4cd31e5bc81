internal import Glibc
public import QEMULauncher
public import VMCore
public import VMDomain

extension HostFacts.Folders {
    /// Where the files of a domain's machine are kept.
    public init(of domain: Domain, paths: UserPaths) {
        self.init()
        machine = "\(paths.runtime)/\(domain.uuid.map { "\($0)" } ?? "unnamed")"
        nvram = paths.state + "/nvram"
        nvramName = domain.uuid.map { "\($0)" }
        sockets = machine + "/" + RuntimeFolder.socketsName
        channels = machine + "/" + RuntimeFolder.socketsName
        memory = paths.state + "/memory"
        passt = machine
        tpm = paths.state + "/swtpm"
        tpmConfiguration = Self.userConfiguration + "/swtpm_setup.conf"
        logs = paths.logs
        logPrefix = domain.uuid.map { "\($0)" } ?? "unnamed"
    }

    private static var userConfiguration: String {
        if let folder = getenv("XDG_CONFIG_HOME").map({ String(cString: $0) }), folder.hasPrefix("/") { return folder }
        return (getenv("HOME").map { String(cString: $0) } ?? "") + "/.config"
    }
}
