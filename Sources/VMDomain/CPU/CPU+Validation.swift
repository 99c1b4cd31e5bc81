public import VMXML

extension CPU: Validated {
    public func validate(_ v: inout Validation) {
        validateModel(&v)
        validateTopology(&v)
        if let cache { v.enter("cache", cache.origin) { validate(cache, &$0) } }
        if let maxphysaddr { v.enter("maxphysaddr", maxphysaddr.origin) { validate(maxphysaddr, &$0) } }
        validateFeatures(&v)
        v.check("numa", numa)
    }

    /// Whether the guest sees the host's processor.
    private var isHost: Bool { mode == .hostPassthrough || mode == .maximum }

    private func validateModel(_ v: inout Validation) {
        if mode ?? .custom == .custom, model?.name == nil, !features.isEmpty {
            v.error(
                "missing-element", "a CPU with features needs a <model> with a name that they are features of",
                at: .child("feature"))
        }
        if let vendorId = model?.vendorId, vendorId.utf8.count != 12 || vendorId.utf8.contains(UInt8(ascii: ",")) {
            v.error(
                "vendor-id", "a vendor id has exactly 12 characters and no comma, but this one is '\(vendorId)'",
                at: .child("model", "vendor_id"), found: vendorId)
        }
        if vendor != nil, model?.name == nil {
            v.error("missing-element", "a CPU with a <vendor> needs a <model> with a name", at: .child("vendor"))
        }
        if migratable != nil, !isHost {
            v.error(
                "cpu-migratable", "'migratable' belongs to the modes host-passthrough and maximum",
                at: .attribute("migratable"))
        }
    }

    private func validateTopology(_ v: inout Validation) {
        guard let topology else { return }
        v.enter("topology", topology.origin) { v in
            let parts: [(String, UInt32?)] = [
                ("sockets", topology.sockets), ("dies", topology.dies), ("clusters", topology.clusters),
                ("cores", topology.cores), ("threads", topology.threads),
            ]
            var product: UInt64 = 1
            for (name, value) in parts {
                if value == 0 {
                    v.error("topology-zero", "the number of \(name) can't be 0", at: .attribute(name), found: "0")
                }
                let (next, overflow) = product.multipliedReportingOverflow(by: UInt64(value ?? 1))
                product = overflow ? .max : next
            }
            guard product > 0, topology.sockets != nil, topology.cores != nil, topology.threads != nil else { return }
            if let count = v.domain.vcpu?.count, UInt64(count) != product {
                v.error(
                    "topology-mismatch",
                    "the topology makes \(product) virtual CPUs, but <vcpu> has \(count)", found: String(product))
            }
        }
    }

    private func validate(_ cache: Cache, _ v: inout Validation) {
        let level = cache.level.map { String($0) }
        switch cache.mode {
        case .emulate where cache.level != 3:
            v.error(
                "cpu-cache", "a cache can be emulated only at level 3", at: .attribute("level"), found: level,
                accepted: ["3"])
        case .passthrough where cache.level != nil:
            v.error("cpu-cache", "a cache that is passed through has no level", at: .attribute("level"), found: level)
        case .passthrough where !isHost:
            v.error(
                "cpu-cache", "the cache can be passed through only to a CPU of mode host-passthrough or maximum",
                at: .attribute("mode"), found: "passthrough")
        default: break
        }
    }

    private func validate(_ width: AddressWidth, _ v: inout Validation) {
        switch width.mode {
        case .emulate:
            if width.limit != nil {
                v.error("address-width", "'limit' belongs to the mode passthrough", at: .attribute("limit"))
            }
            if width.bits == nil {
                v.error("missing-attribute", "<maxphysaddr mode='emulate'> needs the attribute 'bits'")
            }
        case .passthrough:
            if width.bits != nil {
                v.error("address-width", "'bits' belongs to the mode emulate", at: .attribute("bits"))
            }
        case nil: break
        }
    }

    private func validateFeatures(_ v: inout Validation) {
        var seen: [String: XMLOrigin] = [:]
        v.each("feature", features) { v, feature in
            guard let name = feature.name else { return }
            if name.isEmpty {
                v.error("empty-name", "a CPU feature needs a name", at: .attribute("name"), found: "")
            } else if let first = seen[name] {
                v.error(
                    "duplicate-feature", "the CPU feature '\(name)' is there\(v.line(of: first)) already",
                    at: .attribute("name"), found: name)
            }
            seen[name] = feature.origin
        }
    }
}
