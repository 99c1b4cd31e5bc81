internal import VMCore
public import VMXML

extension Interface: Validated {
    public func validate(_ v: inout Validation) {
        validateIdentity(&v)
        validateSource(&v)
        validateHostSide(&v)
        validateBackend(&v)
        validateDriver(&v)
        validateAddresses(&v)
        validateVirtualPort(&v)
        vlan?.validate(&v)
        bandwidth?.validate(of: self, &v)
        if let teaming, teaming.type == .persistent, teaming.persistent != nil {
            v.error(
                "teaming", "only the transient half of a team names the persistent one",
                at: .child("teaming", "persistent"), found: teaming.persistent)
        } else if v.isQEMU, teaming?.type == .transient, type != .hostdev, type != .network {
            v.error(
                "teaming", "the transient half of a team is an interface of type 'hostdev', not '\(type.rawValue)'",
                at: .child("teaming", "type"), found: "transient", accepted: ["persistent"])
        }
    }

    private func validateIdentity(_ v: inout Validation) {
        if let address = mac?.address, address.isMulticast {
            v.error(
                "multicast-mac", "\(address) is a multicast address; a card needs a unicast one",
                at: .child("mac", "address"), found: address.description)
        }
        if let type = model?.type, !type.utf8.allSatisfy(isModelCharacter) {
            v.error(
                "invalid-model", "a model's name consists of letters, digits, '-' and '_'",
                at: .child("model", "type"), found: type)
        }
    }

    /// The attributes of `<source>` without which the type means nothing.
    private func validateSource(_ v: inout Validation) {
        switch type {
        case .network: need(source.network, "network", &v)
        case .bridge: need(source.bridge, "bridge", &v)
        case .direct: need(source.dev, "dev", &v)
        case .vdpa: need(source.dev, "dev", &v)
        case .internal: need(source.name, "name", &v)
        case .server: need(source.port, "port", &v)
        case .client, .mcast: validateSocket(&v)
        case .udp:
            validateSocket(&v)
            if source.local == nil {
                v.error("missing-element", "an interface of type 'udp' needs <local> in <source>", at: .child("source"))
            } else if source.local?.address == nil {
                v.error(
                    "missing-attribute", "<local> of an interface of type 'udp' needs the attribute 'address'",
                    at: .child(["source", "local"]))
            }
        case .vds:
            need(source.switchid, "switchid", &v)
            need(source.portid, "portid", &v)
            need(source.portgroupid, "portgroupid", &v)
            need(source.connectionid, "connectionid", &v)
        case .hostdev:
            if source.hostAddress == nil, source.vendor == nil {
                v.error(
                    "missing-element", "an interface of type 'hostdev' needs an <address> in <source>",
                    at: .child("source"))
            } else if let address = source.hostAddress, address.type == nil {
                v.error(
                    "missing-attribute", "<address> in <source> of an interface needs the attribute 'type'",
                    at: .child(["source", "address"]), accepted: ["pci", "usb"])
            }
        case .vhostuser: validateVhostUser(&v)
        case .user, .ethernet, .null: break
        }
    }

    private func validateSocket(_ v: inout Validation) {
        need(source.address, "address", &v)
        need(source.port, "port", &v)
    }

    private func validateVhostUser(_ v: inout Validation) {
        if backend?.type == .passt {
            guard source == InterfaceSource() else { return }
            return v.error("missing-element", "an interface of type 'vhostuser' needs a <source>")
        }
        need(source.socketType, "type", &v)
        need(source.path, "path", &v)
        need(source.socketMode, "mode", &v)
        guard let reconnect = source.reconnect else { return }
        if source.socketMode == .server {
            v.error(
                "reconnect", "only the client of a vhost-user socket can reconnect",
                at: .child(["source", "reconnect"]))
        } else if reconnect.enabled == .yes, reconnect.timeout == nil {
            v.error(
                "missing-attribute", "<reconnect> needs the attribute 'timeout'", at: .child(["source", "reconnect"]))
        }
    }

    private func need<T>(_ value: T?, _ name: String, _ v: inout Validation) {
        guard value == nil else { return }
        v.error(
            "missing-attribute", "an interface of type '\(type.rawValue)' needs the attribute '\(name)' of <source>",
            at: .child("source"))
    }

    /// What only cards with a tap or a bridge on the host have.
    private func validateHostSide(_ v: inout Validation) {
        guard v.isQEMU else { return }
        let hasTap = type == .network || type == .bridge || type == .ethernet
        if mtu != nil, !hasTap, type != .vhostuser, backend?.type != .passt {
            unsupported("mtu", &v)
        }
        if port?.isolated == .yes, type != .network, type != .bridge { unsupported("port", &v) }
        if port?.isolated == .yes, let kind = virtualPort?.type {
            v.error(
                "isolated-port", "a port of the kind '\(kind.rawValue)' can't be isolated",
                at: .child("port", "isolated"),
                found: "yes")
        }
        if !source.ips.isEmpty || !source.routes.isEmpty, type != .ethernet {
            v.error(
                "host-address", "only an interface of type 'ethernet' has addresses and routes on the host",
                at: .child("source"))
        }
        if coalesce?.rx?.frames?.max ?? 0 != 0, !hasTap { unsupported("coalesce", &v) }
        if let tap = backend?.tap, !hasTap, type != .hostdev, type != .vhostuser {
            v.warning(
                "no-effect", "an interface of type '\(type.rawValue)' has no tap", at: .child("backend", "tap"),
                found: tap)
        }
        if filterref != nil, !hasTap {
            v.warning(
                "no-effect", "an interface of type '\(type.rawValue)' has no network filter", at: .child("filterref"))
        }
    }

    private func unsupported(_ name: String, _ v: inout Validation) {
        v.error("unsupported-option", "an interface of type '\(type.rawValue)' takes no <\(name)>", at: .child(name))
    }

    private func validateBackend(_ v: inout Validation) {
        let isPasst = backend?.type == .passt
        if isPasst, type != .user, type != .vhostuser {
            v.error(
                "backend", "'passt' serves only interfaces of type 'user' and 'vhostuser'",
                at: .child("backend", "type"), found: "passt")
        }
        if isPasst || type == .user || type == .network { validatePortForwards(&v) }
        guard !isPasst else { return }
        if let first = portForwards.first {
            let message = "libvirt takes <portForward> only with the backend 'passt'"
            v.enter("portForward", first.origin) {
                // QEMU's own user network forwards ports as well, and so does the process of a network.
                if type == .user {
                    $0.warning(Diagnostic.beyondLibvirt, message + "; QEMU's own user network is used here")
                } else if type == .network {
                    $0.warning(Diagnostic.beyondLibvirt, message + "; the network's own process is used here")
                } else {
                    $0.error("port-forward", message + " of an interface of type 'user' or 'vhostuser'")
                }
            }
        }
        for (name, value) in [
            ("logFile", backend?.logFile), ("hostname", backend?.hostname), ("fqdn", backend?.fqdn),
        ] where value != nil {
            v.error("backend", "'\(name)' needs the backend 'passt'", at: .child("backend", name), found: value)
        }
        if type == .user, let dev = source.dev {
            v.error("backend", "'dev' needs the backend 'passt'", at: .child("source", "dev"), found: dev)
        }
    }

    private func validatePortForwards(_ v: inout Validation) {
        v.each("portForward", portForwards) { v, forward in
            v.each("range", forward.ranges) { v, range in
                guard let start = range.start, let end = range.end, end < start else { return }
                v.error("invalid-range", "the range ends before it begins", at: .attribute("end"), found: String(end))
            }
        }
    }

    private func validateDriver(_ v: inout Validation) {
        let isVirtio = model?.type.map { $0.lowercased().hasPrefix("virtio") } ?? true
        if !isVirtio, type != .vdpa { v.noVirtioOptions(driver.virtio, "a card that is no virtio device") }
        guard v.isQEMU else { return }
        if let name = model?.type, !isVirtio {
            let needsVirtio: String? =
                if type == .vdpa || type == .vhostuser {
                    "an interface of type '\(type.rawValue)'"
                } else if teaming?.type == .persistent { "the persistent half of a team" } else { nil }
            if let needsVirtio {
                v.error(
                    "needs-virtio", "\(needsVirtio) has the model 'virtio', not '\(name)'", at: .child("model", "type"),
                    found: name, accepted: ["virtio"])
            }
        }
        guard isVirtio else { return }
        for (name, size) in [("rx_queue_size", driver.rxQueueSize), ("tx_queue_size", driver.txQueueSize)] {
            guard let size, size & (size &- 1) != 0 else { continue }
            v.error(
                "not-a-power", "'\(name)' is a power of two", at: .child("driver", name), found: String(size))
        }
    }
}

private func isModelCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
    default: false
    }
}

extension VirtioOptions {
    fileprivate var given: [(name: String, value: OnOff)] {
        [("iommu", iommu), ("ats", ats), ("packed", packed), ("page_per_vq", pagePerVQ)]
            .compactMap { name, value in value.map { (name, $0) } }
    }
}

extension Validation {
    /// Reports options that only virtio devices have.
    mutating func noVirtioOptions(_ options: VirtioOptions?, _ what: String) {
        for (name, value) in options?.given ?? [] {
            error(
                "virtio-option", "'\(name)' is an option of virtio devices, not of \(what)", at: .child("driver", name),
                found: value.rawValue)
        }
    }

    /// The same of devices where libvirt keeps such options, which do nothing there.
    mutating func noEffect(of options: VirtioOptions?, _ what: String) {
        for (name, value) in options?.given ?? [] {
            warning(
                "no-effect", "'\(name)' does nothing: it is an option of virtio devices, not of \(what)",
                at: .child("driver", name), found: value.rawValue)
        }
    }
}
