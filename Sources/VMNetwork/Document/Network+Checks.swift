public import VMCore
public import VMDomain
public import VMXML

extension Network: XMLValidated {
    public func validate(_ v: inout XMLValidation<Network>) {
        if let name {
            if name.utf8.contains(UInt8(ascii: "/")) {
                v.error("invalid-name", "name \(name) cannot contain '/'", at: .child("name"), found: name)
            }
        } else {
            v.error("missing-name", "missing name information")
        }
        if let bridge = bridge?.name, !Self.isLinkName(bridge), !Self.isLinkPattern(bridge) {
            v.error(
                "invalid-value", "'\(bridge)' can't be the name of a network device: it has 1 to 15 bytes",
                at: .child("bridge", "name"), found: bridge)
        }
        if let mac, mac.address?.isMulticast == true {
            v.error("invalid-value", "the bridge can't have a multicast address", at: .child("mac", "address"))
        }
        // What the kernel takes for a bridge; IPv6 has no use for less than 1280.
        if let size = mtu?.size, !(68...65_535).contains(size) {
            v.error(
                "invalid-value", "packets have 68 to 65535 bytes, not \(size)", at: .child("mtu", "size"),
                found: String(size))
        }
        validateForward(&v)
        v.each("ip", ips) { validate($1, &$0) }
        v.each("route", routes) { validate($1, &$0) }
        validateServices(&v)
        if Set(portgroups.map(\.name)).count != portgroups.count {
            v.error("duplicate", "multiple <portgroup> elements have the same name", at: .child("portgroup"))
        }
        if portgroups.count(where: { $0.isDefault == .yes }) > 1 {
            v.error("duplicate", "multiple default <portgroup> elements", at: .child("portgroup"))
        }
    }

    /// Whether a name is a network device's that can stand in rules and configurations: the kernel takes more, among them
    /// quotes, wildcards and commas, which nft and dnsmasq read as something else.
    static func isLinkName(_ name: String) -> Bool {
        (1...15).contains(name.utf8.count) && name != "." && name != ".."
            && name.unicodeScalars.allSatisfy { character in
                character.isASCII && (character.properties.isAlphabetic || ("0"..."9").contains(character))
                    || ["_", ".", "-", "@", "+"].contains(character)
            }
    }

    /// Whether a name has `%d` in it once, for the first number that is free, and is one otherwise.
    static func isLinkPattern(_ name: String) -> Bool {
        let parts = name.split(separator: "%d", omittingEmptySubsequences: false)
        // The number has to find room as well.
        return parts.count == 2 && name.utf8.count <= 14 && isLinkName(parts.joined(separator: "0"))
    }

    /// Whether this host's processes are the network's router and servers.
    public var isServed: Bool {
        switch forward?.mode {
        case nil, .nat, .route, .open: true
        default: false
        }
    }

    /// How guests share devices of the host; nil where they don't. A network of mode bridge has such devices or a bridge.
    public var sharing: InterfaceSource.DirectMode? {
        switch forward?.mode {
        case .bridge: bridge?.name == nil ? .bridge : nil
        case .private: .private
        case .vepa: .vepa
        case .passthrough: .passthrough
        default: nil
        }
    }

    /// The devices of the host that guests share, where they do.
    public var sharedDevices: [String] {
        guard let forward, sharing != nil else { return [] }
        let named = forward.interfaces.compactMap(\.dev)
        return named.isEmpty ? [forward.dev].compactMap(\.self) : named
    }

    private func validateForward(_ v: inout XMLValidation<Network>) {
        let name = name ?? ""
        guard let forward else { return }
        v.enter("forward", forward.origin) { v in
            if let dev = forward.dev, !Self.isLinkName(dev) {
                v.error("invalid-value", "'\(dev)' is no name of a network device", at: .attribute("dev"), found: dev)
            }
            if let range = forward.nat?.address {
                let ends = [range.start, range.end].map { $0.flatMap { IPAddress($0) } }
                if ends.contains(nil) || ends[0]?.family != ends[1]?.family {
                    v.error("invalid-value", "bad address range in <nat> of network '\(name)'", at: .child("nat"))
                }
            }
            if let range = forward.nat?.port, (range.start ?? 0) > (range.end ?? 0) || range.start == 0 {
                v.error("invalid-value", "bad port range in <nat> of network '\(name)'", at: .child("nat"))
            }
        }
        switch forward.mode {
        case .nat, .route, .open:
            if ips.isEmpty {
                v.error(
                    "missing-element",
                    "\(forward.mode.rawValue) forwarding requested, but no IP address provided for network '\(name)'")
            }
        case .bridge, .private, .vepa, .passthrough, .hostdev:
            if !ips.isEmpty || dns != nil || domain != nil {
                v.error(
                    "missing-element",
                    "Unsupported <ip>, <dns> or <domain> element in network \(name) with forward mode='\(forward.mode.rawValue)'"
                )
            }
            for dev in forward.interfaces.compactMap(\.dev) where !Self.isLinkName(dev) {
                v.error(
                    "invalid-value", "'\(dev)' is no name of a network device", at: .child("forward"), found: dev)
            }
            if bridge?.name != nil, forward.mode != .bridge {
                v.error(
                    "missing-element",
                    "bridge name not allowed in \(forward.mode.rawValue) mode (network '\(name)')", at: .child("bridge")
                )
            }
        }
    }

    /// What goes into a line of dnsmasq's configuration must be one word there.
    private func validateBoot(_ ip: NetworkIP, _ v: inout XMLValidation<Network>) {
        let words = [
            ("tftp", "root", ip.tftp?.root), ("dhcp", "file", ip.dhcp?.bootp?.file),
            ("dhcp", "server", ip.dhcp?.bootp?.server),
        ]
        for case (let element, let attribute, let word?) in words where !Self.isWord(word) || word.contains("#") {
            v.error(
                "invalid-value",
                "'\(attribute)' of network '\(name ?? "")' can't have blanks, commas, quotes or '#', as '\(word)' has",
                at: .child(element), found: word)
        }
    }

    private func validate(_ ip: NetworkIP, _ v: inout XMLValidation<Network>) {
        validateBoot(ip, &v)
        let name = name ?? ""
        let text = ip.address ?? ""
        guard let address = ip.ip else {
            return v.error(
                "missing-element", "Invalid address '\(text)' in network '\(name)'", at: .attribute("address"),
                found: text)
        }
        if let family = ip.family, family != address.family {
            return v.error(
                "missing-element", "family '\(family.rawValue)' specified for address '\(text)' in network '\(name)'",
                at: .attribute("family"))
        }
        guard let prefix = ip.prefixLength else {
            return v.error("missing-element", "Invalid netmask or prefix of '\(text)' in network '\(name)'")
        }
        if ip.netmask != nil, ip.prefix != nil {
            v.error("missing-element", "network '\(name)' cannot have both prefix='' and a netmask=''")
        }
        guard let dhcp = ip.dhcp else { return }
        for range in dhcp.ranges {
            let ends = (range.start ?? "", range.end ?? "")
            guard let start = IPAddress(ends.0), let end = IPAddress(ends.1),
                start.isIn(address, prefix: prefix), end.isIn(address, prefix: prefix), start.value <= end.value
            else {
                v.error(
                    "outside",
                    "range \(ends.0) - \(ends.1) is not entirely within network \(address.network(prefix: prefix))/\(prefix)",
                    of: range.origin)
                continue
            }
        }
        for host in dhcp.hosts {
            if host.mac == nil, host.name == nil, host.id == nil {
                v.error(
                    "missing-element",
                    "Static host definition in network '\(name)' must have mac or name attribute", of: host.origin)
            }
            if let given = host.ip, IPAddress(given) == nil {
                v.error("missing-element", "Invalid IP address '\(given)' in network '\(name)'", of: host.origin)
            }
            if let word = host.name, !Self.isHostName(word) {
                v.error("missing-element", "Invalid host name '\(word)' in network '\(name)'", of: host.origin)
            }
            if let id = host.id, !Self.isWord(id) {
                v.error("missing-element", "Invalid client identifier '\(id)' in network '\(name)'", of: host.origin)
            }
        }
    }

    private func validate(_ route: NetworkRoute, _ v: inout XMLValidation<Network>) {
        let name = name ?? ""
        guard let target = route.address.flatMap({ IPAddress($0) }), let hop = route.gateway.flatMap({ IPAddress($0) }),
            target.family == hop.family, route.prefixLength != nil
        else {
            return v.error("missing-element", "Invalid route definition in network '\(name)'")
        }
        let isReachable = ips.contains { ip in
            guard let address = ip.ip, let prefix = ip.prefixLength else { return false }
            return hop.isIn(address, prefix: prefix)
        }
        if !isReachable {
            v.error("missing-element", "unreachable static route gateway '\(hop)' specified for network '\(name)'")
        }
    }

    /// What becomes lines of a server's configuration has no spaces, commas or the like in it.
    private func validateServices(_ v: inout XMLValidation<Network>) {
        let name = name ?? ""
        func check(_ word: String?, _ what: String) {
            guard let word, !Self.isHostName(word) else { return }
            v.error("missing-element", "Invalid \(what) '\(word)' in network '\(name)'", at: .child("dns"))
        }
        if let domain = domain?.name, !Self.isHostName(domain) {
            v.error("missing-element", "Invalid domain name '\(domain)' in network '\(name)'", at: .child("domain"))
        }
        guard let dns else { return }
        for forwarder in dns.forwarders {
            check(forwarder.domain, "domain")
            if let address = forwarder.addr, IPAddress(address) == nil {
                v.error("missing-element", "Invalid forwarder '\(address)' in network '\(name)'", at: .child("dns"))
            }
            if forwarder.addr == nil, forwarder.domain == nil {
                v.error(
                    "missing-element", "Invalid forwarder element of network '\(name)': it has no addr and no domain",
                    at: .child("dns"))
            }
        }
        for text in dns.texts {
            if let word = text.name, !Self.isWord(word) {
                v.error("missing-element", "Invalid TXT record name '\(word)' of network '\(name)'", at: .child("dns"))
            }
        }
        for service in dns.services {
            check(service.domain, "domain")
            check(service.target, "target")
            for word in [service.service, service.networkProtocol].compactMap(\.self) where !Self.isWord(word) {
                v.error("missing-element", "Invalid SRV record '\(word)' of network '\(name)'", at: .child("dns"))
            }
        }
        for host in dns.hosts {
            if host.ip.flatMap({ IPAddress($0) }) == nil || host.hostnames.isEmpty {
                v.error(
                    "missing-element", "Invalid DNS host of network '\(name)': it needs an address and a name",
                    at: .child("dns"))
            }
            for word in host.hostnames { check(word, "host name") }
        }
    }

    static func isHostName(_ text: String) -> Bool {
        (1...253).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 0x2d
                    || byte == 0x2e || byte == 0x5f
            }
    }

    /// A name or identifier without what would end it in a line of a configuration.
    static func isWord(_ text: String) -> Bool {
        (1...253).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "\"") }
    }
}

extension NetworkRoute {
    /// How many bits of the address count; nil when prefix and mask make no sense.
    public var prefixLength: Int? {
        guard let address = address.flatMap({ IPAddress($0) }) else { return nil }
        if let prefix { return Int(exactly: prefix).flatMap { (0...address.family.width).contains($0) ? $0 : nil } }
        if let netmask { return IPAddress(netmask).flatMap { $0.family == address.family ? $0.prefixOfMask : nil } }
        return address.value == 0
            ? 0
            : address.family == .ipv6
                ? 64
                : address.value >> 24 < 128
                    ? 8
                    : address.value
                        >> 24 < 192 ? 16 : 24
    }
}

extension Network {
    /// Reads a document and checks it.
    ///
    /// - Throws: `invalid-xml` with all findings, in libvirt's terms.
    public static func checked(
        _ bytes: [UInt8], file: String = "-", options: XMLReadOptions = .strict
    ) throws(VMError) -> Network {
        let reading = try read(bytes, file: file, options: options).validated()
        // What a word is decides which others are missing.
        let faults = reading.diagnostics.filter { $0.severity == .error }
        if let first = faults.first(where: { $0.rule == "invalid-value" }) ?? faults.first {
            throw failure(first, reading.diagnostics)
        }
        var network = reading.value
        network.connections = nil
        for index in network.forward?.interfaces.indices ?? 0..<0 {
            network.forward?.interfaces[index].connections = nil
        }
        return network
    }

    private static func failure(_ first: Diagnostic, _ all: [Diagnostic]) -> VMError {
        var kind = LibvirtError(.xmlError, in: .network)
        var message = "XML error: " + Diagnostic.summary(of: all)
        switch first.rule {
        case "missing-name":
            kind = LibvirtError(.noName, in: .network)
            message = "missing name information"
        case "invalid-name":
            kind = LibvirtError(.xmlDetail, in: .network)
            message = first.message
        case "missing-element", "duplicate": message = "XML error: " + first.message
        case "outside":
            kind = LibvirtError(.internalError, in: .network)
            message = "internal error: " + first.message
        case "invalid-value" where first.path.hasSuffix("/forward/@mode"):
            kind = LibvirtError(.configurationUnsupported, in: .network)
            message = "unsupported configuration: unknown forwarding type '\(first.found ?? "")'"
        default: kind = LibvirtError(.xmlError, in: .xml)
        }
        let remedy = first.suggestion.map { Remedy("did you mean '\($0)'?") }
        return VMError(.invalidXML, message, remedy: remedy, diagnostics: all, libvirt: kind)
    }
}
