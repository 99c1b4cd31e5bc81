internal import VMXML

extension Interface {
    func validateAddresses(_ v: inout Validation) {
        guard v.isQEMU else { return }
        let isUserMode = type == .user || (type == .vhostuser && backend?.type == .passt)
        if let route = routes.first {
            v.enter("route", route.origin) { $0.error("guest-route", "QEMU can't give the guest a route") }
        }
        guard isUserMode else {
            if let ip = ips.first {
                v.enter("ip", ip.origin) {
                    $0.error(
                        "guest-address", "an interface of type '\(type.rawValue)' can't give the guest an address")
                }
            }
            return
        }
        validateUserAddresses(&v)
    }

    private func validateUserAddresses(_ v: inout Validation) {
        var seen: Set<AddressFamily> = []
        v.each("ip", ips) { v, ip in
            let family = ip.family ?? (ip.address?.utf8.contains(UInt8(ascii: ":")) == true ? .ipv6 : .ipv4)
            if !seen.insert(family).inserted {
                v.error(
                    "duplicate-address", "an interface of type '\(type.rawValue)' has one \(family.rawValue) address")
            }
            if let peer = ip.peer {
                v.error("guest-address", "the guest's address has no peer", at: .attribute("peer"), found: peer)
            }
            guard let prefix = ip.prefix else { return }
            switch family {
            case .ipv4 where !(4...27).contains(prefix):
                v.error(
                    "invalid-prefix", "the prefix of an IPv4 address is from 4 to 27 here", at: .attribute("prefix"),
                    found: String(prefix))
            case .ipv6 where prefix != 64:
                v.error(
                    "invalid-prefix", "the prefix of an IPv6 address is 64 here", at: .attribute("prefix"),
                    found: String(prefix))
            default: break
            }
        }
    }

    func validateVirtualPort(_ v: inout Validation) {
        guard let port = virtualPort else { return }
        switch type {
        case .network: break
        case .bridge, .direct, .hostdev:
            if port.type == nil {
                v.error(
                    "missing-attribute", "<virtualport> needs the attribute 'type'", at: .child("virtualport"),
                    accepted: VirtualPort.Kind.allCases.map(\.rawValue))
            }
        default:
            v.error(
                "virtual-port", "an interface of type '\(type.rawValue)' has no <virtualport>",
                at: .child("virtualport"))
            return
        }
        port.validate(isComplete: type != .network, &v)
    }
}

extension VirtualPort {
    /// Checks which parameters belong to the type.
    ///
    /// - Parameter isComplete: Whether nothing can come from the definition of a network.
    func validate(isComplete: Bool, _ v: inout Validation) {
        guard let type else { return }
        let given: [(name: String, isThere: Bool)] = [
            ("managerid", parameters?.managerid != nil), ("typeid", parameters?.typeid != nil),
            ("typeidversion", parameters?.typeidversion != nil), ("instanceid", parameters?.instanceid != nil),
            ("interfaceid", parameters?.interfaceid != nil), ("profileid", parameters?.profileid != nil),
        ]
        let known: [String]
        let needed: [String]
        switch type {
        case .ieee8021Qbg:
            known = ["managerid", "typeid", "typeidversion", "instanceid"]
            needed = ["managerid", "typeid", "typeidversion"]
        case .ieee8021Qbh: (known, needed) = (["profileid", "instanceid"], ["profileid"])
        case .openvswitch: (known, needed) = (["interfaceid", "profileid"], [])
        case .midonet: (known, needed) = (["interfaceid"], ["interfaceid"])
        }
        for (name, isThere) in given where isThere && !known.contains(name) {
            v.error(
                "virtual-port", "a virtual port of type '\(type.rawValue)' has no '\(name)'",
                at: .child(["virtualport", "parameters"], attribute: name))
        }
        guard isComplete else { return }
        for name in needed where given.contains(where: { $0.name == name && !$0.isThere }) {
            v.error(
                "missing-attribute", "a virtual port of type '\(type.rawValue)' needs '\(name)' in <parameters>",
                at: .child(["virtualport", "parameters"]))
        }
    }
}

extension VLAN {
    func validate(_ v: inout Validation) {
        guard !tags.isEmpty else {
            v.error("missing-element", "<vlan> needs at least one <tag>", at: .child("vlan"))
            return
        }
        if trunk == .no {
            v.error(
                "vlan-trunk", "'trunk' is 'yes' or absent", at: .child("vlan", "trunk"), found: "no", accepted: ["yes"])
        }
        var hasNative = false
        v.enter("vlan", origin) { v in
            v.each("tag", tags) { v, tag in
                guard tag.nativeMode != nil else { return }
                if hasNative {
                    v.error("vlan-native", "only one <tag> can be the native one", at: .attribute("nativeMode"))
                }
                hasNative = true
            }
        }
    }
}

extension Bandwidth {
    func validate(of interface: Interface, _ v: inout Validation) {
        if let inbound { validate(inbound, "inbound", &v) }
        if let outbound { validate(outbound, "outbound", &v) }
        if let floor = outbound?.floor {
            v.error(
                "bandwidth", "'floor' is guaranteed only to what is received, in <inbound>",
                at: .child(["bandwidth", "outbound"], attribute: "floor"), found: String(floor))
        }
        if let floor = inbound?.floor, floor != 0, interface.type != .network {
            v.error(
                "bandwidth", "'floor' needs an interface of type 'network'",
                at: .child(["bandwidth", "inbound"], attribute: "floor"), found: String(floor))
        }
    }

    private func validate(_ rate: Rate, _ name: String, _ v: inout Validation) {
        guard rate.average == nil else { return }
        if rate.floor == nil {
            v.error(
                "missing-attribute", "<\(name)> needs the attribute 'average'", at: .child(["bandwidth", name]))
        } else if rate.peak != nil || rate.burst != nil {
            v.error(
                "missing-attribute", "'peak' and 'burst' of <\(name)> need the attribute 'average'",
                at: .child(["bandwidth", name]))
        }
    }
}
