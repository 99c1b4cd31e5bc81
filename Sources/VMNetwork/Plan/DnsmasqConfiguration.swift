internal import VMCore
internal import VMDomain
internal import VMXML

/// What dnsmasq is told: one configuration, in which nothing of a document can end a line. Only what stands in
/// `<dnsmasq:options>` is passed on as it is: whoever writes that may have dnsmasq run programs.
struct DnsmasqConfiguration {
    private let network: Network
    private let plan: HolderPlan
    private var lines: [String] = []

    /// Stands before what the document itself tells dnsmasq.
    static let ownLinesFollow = "# of <dnsmasq:options>:"

    init(_ network: Network, _ plan: HolderPlan) {
        self.network = network
        self.plan = plan
    }

    /// Nil for a network without addresses or names to give.
    var text: String? {
        guard !plan.addresses.isEmpty else { return nil }
        let hasDNS = network.dns?.enable != .no
        let hasDHCP = network.ips.contains { $0.dhcp != nil || $0.tftp != nil }
        guard hasDNS || hasDHCP || plan.addresses.contains(where: { $0.address.family == .ipv6 }) else { return nil }
        var copy = self
        copy.addBasics(hasDNS)
        if hasDNS { copy.addNames() }
        for ip in network.ips { copy.addAddresses(ip) }
        copy.addOptions()
        return copy.lines.map { $0.filter { !$0.isNewline } + "\n" }.joined()
    }

    private mutating func addBasics(_ hasDNS: Bool) {
        lines += ["strict-order", "except-interface=lo", "bind-dynamic", "interface=\(plan.bridge)"]
        // A guest that asks without end would fill the log.
        lines += ["quiet-dhcp", "quiet-dhcp6", "quiet-ra"]
        lines += ["pid-file=\(plan.folder.path)/dnsmasq.pid", "dhcp-leasefile=\(plan.folder.leases)"]
        if !hasDNS { lines.append("port=0") }
        guard let domain = network.domain else { return }
        lines.append("domain=\(domain.name ?? "")")
        lines.append("expand-hosts")
        if domain.localOnly == .yes { lines.append("local=/\(domain.name ?? "")/") }
    }

    // MARK: Names

    private mutating func addNames() {
        let dns = network.dns ?? NetworkDNS()
        if dns.forwardPlainNames == .no { lines.append("domain-needed") }
        let asksOthers = dns.forwarders.contains { $0.domain == nil }
        if asksOthers || network.forward == nil || plan.isApart { lines.append("no-resolv") }
        for forwarder in dns.forwarders {
            let domain = forwarder.domain.map { "/\($0)/" } ?? ""
            lines.append("server=\(domain)\(forwarder.addr ?? "#")")
        }
        // What the host's resolver says is the host's; from a namespace it is reached through the way out.
        if plan.isApart, !asksOthers, let uplink = plan.uplink {
            lines.append("server=\(IPAddress(.ipv4, uplink.address.value | 3))")
        }
        for text in dns.texts {
            lines.append("txt-record=\(text.name ?? "")" + (text.value.map { ",\(Self.quoted($0))" } ?? ""))
        }
        for service in dns.services { lines.append(Self.line(service)) }
        for host in dns.hosts {
            lines.append("host-record=\((host.hostnames + [host.ip ?? ""]).joined(separator: ","))")
        }
        for ip in network.ips where ip.localPtr == .yes {
            guard let address = ip.ip, address.family == .ipv4, let prefix = ip.prefixLength, prefix % 8 == 0 else {
                continue
            }
            let parts = address.bytes.prefix(prefix / 8).reversed().map { String($0) }
            lines.append("local=/\((parts + ["in-addr", "arpa"]).joined(separator: "."))/")
        }
    }

    private static func line(_ service: NetworkDNS.Service) -> String {
        let name = "_\(service.service ?? "")._\(service.networkProtocol ?? "")"
        var line = "srv-host=" + name + (service.domain.map { ".\($0)" } ?? "")
        guard let target = service.target, target != "." else { return line }
        line += ",\(target),\(service.port ?? 1)"
        if service.priority != nil || service.weight != nil {
            line += ",\(service.priority ?? 0),\(service.weight ?? 0)"
        }
        return line
    }

    /// In quotes where a comma would end it.
    private static func quoted(_ text: String) -> String {
        let plain = text.filter { $0 != "\"" && $0 != "\\" && !$0.isNewline }
        return "\"\(plain)\""
    }

    // MARK: Addresses

    private mutating func addAddresses(_ ip: NetworkIP) {
        guard let address = ip.ip, let prefix = ip.prefixLength else { return }
        if let root = ip.tftp?.root { lines += ["enable-tftp", "tftp-root=\(root)"] }
        guard let dhcp = ip.dhcp else {
            if address.family == .ipv6 { lines.append("dhcp-range=\(address.network(prefix: prefix)),ra-only") }
            return
        }
        let mask = IPAddress(address.family, IPAddress.mask(address.family, prefix: prefix))
        for range in dhcp.ranges {
            let size = address.family == .ipv4 ? mask.description : "\(prefix)"
            let lease = range.lease.map { "," + $0.word } ?? ""
            lines.append("dhcp-range=\(range.start ?? ""),\(range.end ?? ""),\(size)\(lease)")
        }
        if dhcp.ranges.isEmpty, !dhcp.hosts.isEmpty {
            lines.append(
                address.family == .ipv4
                    ? "dhcp-range=\(address),static,\(mask)" : "dhcp-range=\(address),static,\(prefix)")
        }
        for host in dhcp.hosts { lines.append(Self.line(host)) }
        if let bootp = dhcp.bootp {
            lines.append("dhcp-boot=\(bootp.file ?? "")" + (bootp.server.map { ",,\($0)" } ?? ""))
        }
        if !dhcp.ranges.isEmpty || !dhcp.hosts.isEmpty { lines += ["dhcp-no-override", "dhcp-authoritative"] }
        if address.family == .ipv4 {
            let count = dhcp.ranges.reduce(UInt128(0)) { sum, range in
                guard let start = range.start.flatMap({ IPAddress($0) }),
                    let end = range.end.flatMap({ IPAddress($0) }),
                    start.value <= end.value
                else { return sum }
                return sum + (end.value - start.value) + 1
            }
            if count > 0 { lines.append("dhcp-lease-max=\(min(count + UInt128(dhcp.hosts.count), 65_536))") }
        }
    }

    private static func line(_ host: NetworkIP.Host) -> String {
        var parts: [String] = []
        if let id = host.id { parts.append("id:\(id)") }
        if let mac = host.mac { parts.append("\(mac)") }
        if let name = host.name { parts.append(name) }
        if let ip = host.ip { parts.append(ip.contains(":") ? "[\(ip)]" : ip) }
        if let lease = host.lease { parts.append(lease.word) }
        return "dhcp-host=" + parts.joined(separator: ",")
    }

    private mutating func addOptions() {
        if network.forward == nil { lines.append("dhcp-option=3") }
        if let mtu = network.mtu?.size { lines.append("dhcp-option=option:mtu,\(mtu)") }
        if plan.addresses.contains(where: { $0.address.family == .ipv6 }) { lines.append("enable-ra") }
        let own = network.dnsmasqOptions.compactMap(\.value)
        if !own.isEmpty { lines += [Self.ownLinesFollow] + own }
    }
}
