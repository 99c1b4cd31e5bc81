package import VMCore
internal import VMXML

/// A change of one part of a network's document, `virNetworkUpdate`.
public struct NetworkUpdate: Sendable {
    /// The numbers are those of `virNetworkUpdateCommand`.
    public enum Command: Int32, Sendable, CaseIterable {
        case modify = 1
        case delete, addLast, addFirst

        public var isAddition: Bool { self == .addLast || self == .addFirst }
    }

    /// The numbers are those of `virNetworkUpdateSection`.
    public enum Section: Int32, Sendable, CaseIterable {
        case none, bridge, domain, ip, dhcpHost, dhcpRange, forward, forwardInterface, forwardPF, portgroup, dnsHost
        case dnsText, dnsService

        /// The word that commands have for it.
        public var word: String {
            switch self {
            case .none: "none"
            case .bridge: "bridge"
            case .domain: "domain"
            case .ip: "ip"
            case .dhcpHost: "ip-dhcp-host"
            case .dhcpRange: "ip-dhcp-range"
            case .forward: "forward"
            case .forwardInterface: "forward-interface"
            case .forwardPF: "forward-pf"
            case .portgroup: "portgroup"
            case .dnsHost: "dns-host"
            case .dnsText: "dns-txt"
            case .dnsService: "dns-srv"
            }
        }
    }

    public var command: Command
    public var section: Section
    /// Which `<ip>` it is about, from 0; -1 leaves that to be found.
    public var parentIndex: Int
    /// The element.
    public var xml: String

    public init(_ command: Command, _ section: Section, parentIndex: Int = -1, xml: String) {
        self.command = command
        self.section = section
        self.parentIndex = parentIndex
        self.xml = xml
    }

    /// Changes a document.
    ///
    /// - Throws: what libvirt refuses, and what isn't a network any more afterwards.
    func apply(to network: inout Network) throws(VMError) {
        let name = network.name ?? ""
        switch section {
        case .dhcpHost: try changeHost(&network, name)
        case .dhcpRange: try changeRange(&network, name)
        case .dnsHost: try changeDNSHost(&network, name)
        case .dnsText: try changeText(&network, name)
        case .dnsService: try changeService(&network, name)
        case .forwardInterface: try changeInterface(&network, name)
        case .portgroup: try changePortgroup(&network, name)
        case .bridge, .domain, .ip, .forward, .forwardPF:
            throw .network(
                .unsupported, .noSupport,
                "this function is not supported by the connection driver: can't update '\(section.word)' section of network '\(name)'",
                remedy: "edit the definition with \(command: "net-edit", name) and start the network again")
        case .none:
            throw .network(
                .unsupported, .operationUnsupported,
                "Operation not supported: can't update unrecognized section of network '\(name)'")
        }
    }

    // MARK: Elements

    private func element<E: XMLElement>(_ root: StaticString, _ type: E.Type) throws(VMError) -> E {
        let reading = try E.read(Array(xml.utf8), file: section.word, root: root, options: .strict)
        guard let first = reading.diagnostics.first(where: { $0.severity == .error }) else { return reading.value }
        throw VMError(
            .invalidXML, "XML error: " + Diagnostic.summary(of: reading.diagnostics),
            remedy: first.suggestion.map { Remedy("did you mean '\($0)'?") }, diagnostics: reading.diagnostics,
            libvirt: LibvirtError(.xmlError, in: .network))
    }

    private func refusal(_ why: String) -> VMError { .wrongNetworkState(why) }

    /// Adds, removes or changes an element of a list.
    ///
    /// - Parameters:
    ///   - isSame: whether an element is the one that is meant.
    ///   - conflicts: whether an element forbids that another like it is added.
    private func change<E>(
        _ list: inout [E], _ new: E, what: String, network: String, canModify: Bool,
        isSame: (E) -> Bool, conflicts: (E) -> Bool
    ) throws(VMError) {
        let places = list.indices.filter { isSame(list[$0]) }
        switch command {
        case .addLast, .addFirst:
            if list.contains(where: conflicts) {
                throw refusal("there is an existing \(what) entry in network '\(network)' that matches \"\(xml)\"")
            }
            if command == .addFirst { list.insert(new, at: 0) } else { list.append(new) }
        case .delete:
            guard let place = places.first else {
                throw refusal("couldn't locate a matching \(what) entry in network '\(network)'")
            }
            if places.count > 1 {
                throw refusal("multiple matching \(what) entries were found in network '\(network)'")
            }
            list.remove(at: place)
        case .modify:
            guard canModify else {
                throw refusal("\(what) entries cannot be modified, only added or deleted")
            }
            guard let place = places.first else {
                throw refusal("couldn't locate an existing \(what) entry that matches in network '\(network)'")
            }
            list[place] = new
        }
    }

    // MARK: DHCP

    /// The `<ip>` that an entry belongs to: the one that is named, or else the first that fits.
    private func parent(_ network: Network, _ name: String, _ address: IPAddress?) throws(VMError) -> Int {
        if parentIndex >= 0 {
            guard network.ips.indices.contains(parentIndex) else {
                throw refusal(
                    "couldn't update dhcp host entry - no <ip> element found at index \(parentIndex) in network '\(name)'"
                )
            }
            return parentIndex
        }
        let family = address?.family ?? .ipv4
        let fitting = network.ips.firstIndex { $0.ip?.family == family && $0.dhcp != nil }
        let home = network.ips.firstIndex { ip in
            guard let address, let own = ip.ip, let prefix = ip.prefixLength else { return false }
            return address.isIn(own, prefix: prefix)
        }
        guard let found = fitting ?? home ?? network.ips.firstIndex(where: { $0.ip?.family == family }) else {
            throw refusal("couldn't update dhcp host entry - no <ip> element suitable found in network '\(name)'")
        }
        return found
    }

    private func changeHost(_ network: inout Network, _ name: String) throws(VMError) {
        let host = try element("host", NetworkIP.Host.self)
        let place = try parent(network, name, host.ip.flatMap { IPAddress($0) })
        var dhcp = network.ips[place].dhcp ?? NetworkIP.DHCP()
        let isModified = command == .modify
        try change(
            &dhcp.hosts, host, what: "dhcp host", network: name, canModify: true,
            isSame: { old in
                let given: [Bool?] = [
                    host.id.map { $0 == old.id }, host.mac.map { $0 == old.mac }, host.name.map { $0 == old.name },
                    host.ip.map { isModified || $0 == old.ip },
                ]
                if isModified { return host.mac.map { $0 == old.mac } ?? (host.name == old.name && host.id == old.id) }
                return given.contains(true) && !given.contains(false)
            },
            conflicts: { old in
                host.mac != nil && host.mac == old.mac || host.name != nil && host.name == old.name
                    || host.ip != nil && host.ip == old.ip || host.id != nil && host.id == old.id
            })
        network.ips[place].dhcp = dhcp
    }

    private func changeRange(_ network: inout Network, _ name: String) throws(VMError) {
        let range = try element("range", NetworkIP.Range.self)
        let place = try parent(network, name, range.start.flatMap { IPAddress($0) })
        var dhcp = network.ips[place].dhcp ?? NetworkIP.DHCP()
        func isSame(_ old: NetworkIP.Range) -> Bool { old.start == range.start && old.end == range.end }
        try change(
            &dhcp.ranges, range, what: "dhcp range", network: name, canModify: false, isSame: isSame, conflicts: isSame)
        network.ips[place].dhcp = dhcp.ranges.isEmpty && dhcp.hosts.isEmpty && dhcp.bootp == nil ? nil : dhcp
    }

    // MARK: DNS

    private func changeDNSHost(_ network: inout Network, _ name: String) throws(VMError) {
        let host = try element("host", NetworkDNS.Host.self)
        var dns = network.dns ?? NetworkDNS()
        try change(
            &dns.hosts, host, what: "DNS HOST record", network: name, canModify: false,
            isSame: { old in
                (host.ip == nil || host.ip == old.ip)
                    && (host.hostnames.isEmpty || !Set(host.hostnames).isDisjoint(with: old.hostnames))
                    && (host.ip != nil || !host.hostnames.isEmpty)
            }, conflicts: { $0.ip == host.ip || !Set(host.hostnames).isDisjoint(with: $0.hostnames) })
        network.dns = dns
    }

    private func changeText(_ network: inout Network, _ name: String) throws(VMError) {
        let text = try element("txt", NetworkDNS.Text.self)
        var dns = network.dns ?? NetworkDNS()
        func isSame(_ old: NetworkDNS.Text) -> Bool { old.name == text.name }
        try change(
            &dns.texts, text, what: "DNS TXT record", network: name, canModify: false, isSame: isSame,
            conflicts: isSame)
        network.dns = dns
    }

    private func changeService(_ network: inout Network, _ name: String) throws(VMError) {
        let service = try element("srv", NetworkDNS.Service.self)
        var dns = network.dns ?? NetworkDNS()
        func fits<T: Equatable>(_ wanted: T?, _ there: T?) -> Bool { wanted == nil || wanted == there }
        func isSame(_ old: NetworkDNS.Service) -> Bool {
            fits(service.domain, old.domain) && fits(service.service, old.service)
                && fits(service.networkProtocol, old.networkProtocol) && fits(service.target, old.target)
                && fits(service.port, old.port) && fits(service.priority, old.priority)
                && fits(service.weight, old.weight)
        }
        try change(
            &dns.services, service, what: "DNS SRV record", network: name, canModify: false, isSame: isSame,
            conflicts: { old in
                old.service == service.service && old.networkProtocol == service.networkProtocol
                    && old.domain == service.domain && old.target == service.target
            })
        network.dns = dns
    }

    // MARK: Others

    private func changeInterface(_ network: inout Network, _ name: String) throws(VMError) {
        let interface = try element("interface", NetworkForward.HostInterface.self)
        guard var forward = network.forward, [.bridge, .private, .vepa, .passthrough].contains(forward.mode) else {
            throw refusal("network '\(name)' has no forward interfaces")
        }
        func isSame(_ old: NetworkForward.HostInterface) -> Bool { old.dev == interface.dev }
        try change(
            &forward.interfaces, interface, what: "forward interface", network: name, canModify: false, isSame: isSame,
            conflicts: isSame)
        network.forward = forward
    }

    private func changePortgroup(_ network: inout Network, _ name: String) throws(VMError) {
        let group = try element("portgroup", NetworkPortgroup.self)
        func isSame(_ old: NetworkPortgroup) -> Bool { old.name == group.name }
        try change(
            &network.portgroups, group, what: "portgroup", network: name, canModify: true, isSame: isSame,
            conflicts: { old in isSame(old) || group.isDefault == .yes && old.isDefault == .yes })
    }
}

extension Network {
    /// The document after a change, checked as a new one is.
    package func updated(by update: NetworkUpdate) throws(VMError) -> Network {
        var network = self
        try update.apply(to: &network)
        return try Network.checked(Array(network.xml.utf8), options: .lenient)
    }
}
