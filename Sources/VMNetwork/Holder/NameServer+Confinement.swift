internal import VMCore

extension NameServer {
    /// What dnsmasq may use of the host: programs, libraries and settings, its own files, and what it serves by TFTP. It reads
    /// what guests send.
    ///
    /// - Parameter configuration: what it goes by.
    /// - Returns: nil where the kernel has no Landlock, and where the network's document has lines for dnsmasq of its own:
    ///   which files those are about nobody knows.
    static func rules(_ folder: HolderFolder, _ configuration: String) throws(VMError) -> Landlock? {
        let lines = configuration.split(whereSeparator: \.isNewline)
        guard Landlock.version != nil, !lines.contains(where: { $0 == DnsmasqConfiguration.ownLinesFollow }) else {
            return nil
        }
        let rules = try Landlock()
        // Of /run the settings of resolvers, to which /etc/resolv.conf leads; the rest is the user's own.
        let resolvers = ["systemd/resolve", "resolvconf", "NetworkManager", "connman"].map { "/run/" + $0 }
        for access in FileAccess.system + (["/etc"] + resolvers).map({ FileAccess($0, .read) }) {
            try rules.allow(access)
        }
        for path in ["/dev/null", "/dev/random", "/dev/urandom", folder.path] {
            try rules.allow(FileAccess(path, .write))
        }
        for line in lines where line.hasPrefix("tftp-root=") {
            try rules.allow(FileAccess(String(line.dropFirst("tftp-root=".count)), .read))
        }
        return rules
    }
}
