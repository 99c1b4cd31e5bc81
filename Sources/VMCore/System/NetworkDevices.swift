internal import CVMSystem
internal import Glibc

/// Making and changing network devices, which takes the right to that in this process's network namespace.
extension NetworkLink {
    /// The number of the device in this process's network namespace; nil when it has none of that name.
    public var index: UInt32? {
        let number = if_nametoindex(name)
        return number == 0 ? nil : number
    }

    /// Makes a bridge of that name and brings it up.
    ///
    /// - Parameters:
    ///   - address: its hardware address; without one it has the lowest of its ports.
    ///   - delay: seconds until a new port forwards, with the spanning tree protocol.
    public static func makeBridge(
        _ name: String, address: MACAddress?, isSpanningTree: Bool, delay: Double, mtu: UInt32?
    ) throws(VMError) {
        let bytes = address.map(\.bytes)
        let hundredths = UInt32(exactly: (max(0, min(delay, 30)) * 100).rounded()) ?? 0
        let code =
            if let bytes {
                vms_bridge_make(name, bytes, isSpanningTree, hundredths, mtu ?? 0)
            } else {
                vms_bridge_make(name, nil, isSpanningTree, hundredths, mtu ?? 0)
            }
        if code != 0 { throw .system("error creating bridge interface \(name)", errno: code, as: .io) }
    }

    public func remove() throws(VMError) {
        let code = vms_link_remove(name)
        if code != 0 { throw .system("cannot remove '\(name)'", errno: code, as: .io) }
    }

    /// Keeps the port of a bridge from talking to other isolated ones.
    public func isolatePort() throws(VMError) {
        let code = vms_port_isolate(name)
        if code != 0 { throw .system("cannot isolate '\(name)'", errno: code, as: .io) }
    }

    /// Has a bridge look at the VLAN tags of packets.
    public func filterVLANs() throws(VMError) {
        let code = vms_bridge_filter_vlans(name)
        if code == EOPNOTSUPP { throw Self.noVLANs }
        if code != 0 { throw .system("cannot have the bridge '\(name)' look at VLAN tags", errno: code, as: .io) }
    }

    /// A VLAN of which the port of a bridge is a member.
    public struct VLANMembership: Sendable, Hashable {
        public var number: UInt16
        /// Whether packets that come without a tag are of it.
        public var isNative: Bool
        /// Whether packets of it leave without a tag.
        public var isUntagged: Bool

        public init(_ number: UInt16, isNative: Bool, isUntagged: Bool) {
            (self.number, self.isNative, self.isUntagged) = (number, isNative, isUntagged)
        }
    }

    /// Makes the port of a bridge a member of these VLANs and of no other.
    public func join(_ vlans: [VLANMembership]) throws(VMError) {
        for vlan in vlans {
            let code = vms_port_vlan(name, vlan.number, vlan.isNative, vlan.isUntagged, true)
            guard code == EOPNOTSUPP else {
                try Self.check(code, "put '\(name)' into the VLAN \(vlan.number)")
                continue
            }
            throw Self.noVLANs
        }
        // That of every new port.
        guard !vlans.contains(where: { $0.number == 1 }) else { return }
        let code = vms_port_vlan(name, 1, false, false, false)
        if code != ENOENT { try Self.check(code, "take '\(name)' out of the VLAN 1") }
    }

    private static var noVLANs: VMError {
        VMError(
            .unsupported, "the bridges of this host's kernel know no VLANs",
            remedy: "use a kernel with CONFIG_BRIDGE_VLAN_FILTERING, or leave <vlan> out")
    }

    private static func check(_ code: Int32, _ what: String) throws(VMError) {
        if code != 0 { throw .system("cannot \(what)", errno: code, as: .io) }
    }

    public func add(_ address: IPAddress, prefix: Int) throws(VMError) {
        let bytes = address.bytes
        let code = vms_address_add(name, bytes, bytes.count, UInt8(clamping: prefix))
        if code != 0 { throw .system("cannot give '\(name)' the address \(address)/\(prefix)", errno: code, as: .io) }
    }

    /// Has packets for a network leave through this device.
    public func addRoute(
        to network: IPAddress, prefix: Int, via gateway: IPAddress, metric: UInt32?
    ) throws(VMError) {
        let (target, hop) = (network.bytes, gateway.bytes)
        guard target.count == hop.count else {
            throw VMError(.invalidArgument, "the route to \(network) can't lead over \(gateway)")
        }
        let code = vms_route_add(name, target, target.count, UInt8(clamping: prefix), hop, metric ?? 0)
        if code != 0 { throw .system("cannot add a route to \(network)/\(prefix)", errno: code, as: .io) }
    }
}

/// A network namespace in which an ordinary user may do what only root may outside.
public enum NetworkNamespace {
    /// Puts this process into a user namespace, in which it is root, with a network namespace of its own. The process must
    /// have one thread only.
    ///
    /// - Throws: `unsupported` when the host doesn't allow that.
    public static func enter() throws(VMError) {
        let code = vms_enter_network_namespace()
        guard code != 0 else { return }
        throw VMError(
            .unsupported, "this host gives its users no network namespaces of their own: \(errnoText(code))",
            remedy:
                "allow user namespaces: the settings user.max_user_namespaces and kernel.unprivileged_userns_clone, "
                + "and kernel.apparmor_restrict_unprivileged_userns where there is AppArmor")
    }

    /// Puts this process into the namespaces of one that did ``enter()``, or that such a one has started. This process must
    /// have one thread only.
    public static func join(_ process: Int32) throws(VMError) {
        let code = vms_join_network_namespace(process)
        if code != 0 { throw .system("cannot enter the namespace of process \(process)", errno: code, as: .io) }
    }
}

/// Notices when network devices of this process's namespace come, change or go.
public struct LinkWatch: ~Copyable, Sendable {
    /// Becomes readable when that happens.
    public let descriptor: FileDescriptor

    public init() throws(VMError) {
        let raw = vms_links_watch()
        guard raw >= 0 else { throw .system("cannot watch network devices", errno: -raw) }
        descriptor = FileDescriptor(owning: raw)
    }

    /// Takes away what there is to be read. That some was lost changes nothing: who watches looks at the devices anyway.
    public func takeNews() {
        var room = [UInt8](repeating: 0, count: 16_384)
        // Bounded, for devices may come and go without end.
        for _ in 0..<256 where recv(descriptor.raw, &room, room.count, 0) < 0 && errno != ENOBUFS { return }
    }
}

extension MACAddress {
    /// The six bytes in their order.
    public var bytes: [UInt8] {
        stride(from: 40, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt64($0)) }
    }
}
