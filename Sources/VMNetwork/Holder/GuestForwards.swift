internal import Glibc
internal import VMCore
internal import VMDomain
internal import VMJSON

/// The ports of the host that lead to a network's guests.
///
/// A guest is known by its device and the address of its card. Where it is on the network tell the document's reservations
/// and what dnsmasq has handed out: a port leads nowhere until that is known, and elsewhere when it changes. A port goes with
/// the device.
final class GuestForwards {
    private final class Entry {
        let device: String
        let mac: MACAddress
        let port: ForwardedPort
        let inner: UInt16
        /// slirp4netns' number of it.
        var number: Int64?
        /// Keeps the port from others, on the host itself.
        var reservation: Int32?
        var guest: IPAddress?

        init(_ device: String, _ mac: MACAddress, _ port: ForwardedPort, _ inner: UInt16) {
            (self.device, self.mac, self.port, self.inner) = (device, mac, port, inner)
        }
    }

    /// The first of the namespace's ports that are used, and how many there are at most.
    private static let firstInner: UInt16 = 20_000
    private static let most = 16_384

    private let plan: HolderPlan
    private var entries: [Entry] = []
    private var loaded = ""
    /// The network's document, for its reservations.
    var network: Network?

    init(_ plan: HolderPlan) {
        self.plan = plan
        network = Network.ofActive(plan.activeText)
    }

    var isEmpty: Bool { entries.isEmpty }

    private var rules: ForwardRules { ForwardRules(plan) }
    private var leadsLoopback = false
    private var uplink: UplinkPorts { UplinkPorts(socket: plan.folder.uplinkSocket) }

    // MARK: Changes

    /// Has ports lead to a device: all, or none. Those that do already stay.
    func add(_ ports: [ForwardedPort], to device: String, _ mac: MACAddress?) throws(VMError) {
        guard !ports.isEmpty else { return }
        guard plan.isApart ? plan.uplink != nil : !plan.forwards.isEmpty else {
            throw .networkUnsupported(
                "network '\(plan.name)' is isolated: no port of the host leads into it",
                remedy: "give it a <forward mode='nat'/>, and the machine a second interface if it has to stay isolated"
            )
        }
        guard let mac else { throw VMError(.protocolViolation, "a port leads to a card, which has an address") }
        guard entries.count + ports.count <= Self.most else {
            throw .networkUnsupported("a network passes \(Self.most) ports on at most")
        }
        var added: [Entry] = []
        do throws(VMError) {
            for port in ports {
                if entries.contains(where: { $0.device == device && $0.port == port }) { continue }
                let entry = Entry(device, mac, port, freeInner(port.proto))
                try take(entry)
                entries.append(entry)
                added.append(entry)
            }
            try refresh()
        } catch {
            drop(added)
            try? refresh()
            throw error
        }
    }

    /// Has ports no longer lead to a device. What goes over them goes on until one side ends it.
    func remove(_ ports: [ForwardedPort], of device: String) throws(VMError) {
        drop(entries.filter { $0.device == device && ports.contains($0.port) })
        try refresh()
    }

    /// Gives up the ports of devices that are gone.
    func sweep() {
        let gone = entries.filter { NetworkLink($0.device).index == nil }
        guard !gone.isEmpty else { return }
        drop(gone)
        try? refresh()
    }

    /// Takes all ports once more: another slirp4netns knows nothing of them.
    ///
    /// - Returns: what is wrong with those that can't be had any more.
    func takeAgain() -> [VMError] {
        var problems: [VMError] = []
        for entry in entries where plan.isApart {
            entry.number = nil
            do throws(VMError) { try take(entry) } catch { problems.append(error) }
        }
        return problems
    }

    /// Looks where the guests are now, and has the ports lead there.
    func refresh() throws(VMError) {
        if entries.isEmpty, loaded.isEmpty { return }
        let places = try places()
        for entry in entries { entry.guest = places[entry.mac] }
        let isLocal = !plan.isApart && entries.contains(where: \.port.isForLoopback)
        let text = rules.text(
            entries.compactMap { entry in
                entry.guest.map { .init(port: entry.port, inner: entry.inner, guest: $0) }
            }, isGuarded: isLocal)
        // Packets for the host's loopback addresses may come to the bridge only while the rules keep others' away.
        if !isLocal { try leadLoopback(false) }
        if text != loaded {
            try Firewall.load(text)
            loaded = text
        }
        if isLocal { try leadLoopback(true) }
    }

    /// Whether packets for the host's loopback addresses may leave by the bridge, which takes them from there, too.
    private func leadLoopback(_ isWanted: Bool) throws(VMError) {
        guard isWanted != leadsLoopback else { return }
        let path = "/proc/sys/net/ipv4/conf/\(plan.bridge)/route_localnet"
        try FileDescriptor.open(path, flags: O_WRONLY).writeAll(
            [isWanted ? UInt8(ascii: "1") : UInt8(ascii: "0")], path)
        leadsLoopback = isWanted
    }

    /// What leads where, for whoever asks.
    var list: JSONValue {
        .array(
            entries.map { entry in
                var json = entry.port.json
                json["device"] = .string(entry.device)
                json["mac"] = .string("\(entry.mac)")
                json["held"] = .bool(plan.isApart ? entry.number != nil : entry.reservation != nil)
                json["guest_address"] = entry.guest.map { .string("\($0)") }
                return .object(json)
            })
    }

    /// Gives everything up.
    func end() {
        drop(entries)
        try? leadLoopback(false)
        if !plan.isApart, !loaded.isEmpty { try? Firewall.load(rules.text([], isGuarded: false)) }
        loaded = ""
    }

    deinit { for entry in entries { entry.reservation.map { _ = close($0) } } }

    // MARK: The host's side

    private func take(_ entry: Entry) throws(VMError) {
        if plan.isApart {
            guard let own = plan.uplink else { return }
            // The address that slirp4netns gives its end of the way.
            let inside = IPAddress(.ipv4, own.address.value | 100)
            entry.number = try uplink.add(entry.port, to: inside, entry.inner)
        } else if entry.reservation == nil {
            let host = entry.port.address.isEmpty ? "0.0.0.0" : entry.port.address
            switch entry.port.proto {
            case .tcp: entry.reservation = try Socket.bindStream(host: host, port: entry.port.port).release()
            case .udp: entry.reservation = try Socket.bindDatagram(host: host, port: entry.port.port).release()
            }
        }
    }

    private func drop(_ gone: [Entry]) {
        for entry in gone {
            if let number = entry.number { try? uplink.remove(number) }
            if let reservation = entry.reservation { close(reservation) }
            (entry.number, entry.reservation) = (nil, nil)
        }
        entries.removeAll { entry in gone.contains { $0 === entry } }
    }

    private func freeInner(_ proto: ForwardedPort.Transport) -> UInt16 {
        let taken = Set(entries.filter { $0.port.proto == proto }.map(\.inner))
        return (Self.firstInner...).first { !taken.contains($0) } ?? Self.firstInner
    }

    // MARK: The guests' side

    /// Where the cards are, as far as that is known: reserved for them, or else handed out last. Guests may ask for leases in
    /// the names of others.
    private func places() throws(VMError) -> [MACAddress: IPAddress] {
        var places: [MACAddress: IPAddress] = [:]
        let leases = try LeaseFile.read(plan.folder.leases, now: WallClock.now / 1_000_000_000)
        // The end of a lease is the later the newer it is; one without an end counts as the newest.
        for lease in leases.sorted(by: { ($0.expiry == 0 ? .max : $0.expiry) < ($1.expiry == 0 ? .max : $1.expiry) }) {
            guard !lease.isIPv6, let mac = lease.mac, let address = IPAddress(lease.address) else { continue }
            places[mac] = address
        }
        for ip in network?.ips ?? [] {
            for host in ip.dhcp?.hosts ?? [] {
                guard let mac = host.mac, let address = host.ip.flatMap({ IPAddress($0) }),
                    address.family == .ipv4
                else { continue }
                places[mac] = address
            }
        }
        return places
    }
}
