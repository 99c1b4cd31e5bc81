public import VMCore

/// An address that a guest has got from a network.
public struct NetworkLease: Sendable, Hashable {
    /// Seconds since 1970; 0 never ends.
    public var expiry: Int64
    public var isIPv6: Bool
    public var mac: MACAddress?
    /// IPv6: the number of the client's interface.
    public var iaid: String?
    public var address: String
    public var prefix: Int
    public var hostname: String?
    public var clientID: String?
}

/// The file in which dnsmasq keeps what it has handed out.
enum LeaseFile {
    /// The most of it that is read.
    private static let limit = 16 << 20

    /// The leases that haven't run out, without the size of their network.
    ///
    /// - Throws: when the file is there and can't be read: that nothing was handed out would be a guess.
    static func read(_ path: String, now: Int64) throws(VMError) -> [NetworkLease] {
        guard Files.exists(path) else { return [] }
        let bytes: [UInt8]
        do throws(VMError) { bytes = try OwnFiles.read(path, limit: limit) } catch {
            throw VMError(
                error.code, "cannot tell which addresses were handed out", remedy: error.remedy, cause: error,
                libvirt: LibvirtError(.internalError, in: .network))
        }
        return parse(bytes, now: now)
    }

    /// Lines of end, MAC address or number, address, name and client; `*` for what isn't known. A line `duid` begins those
    /// of IPv6.
    static func parse(_ bytes: [UInt8], now: Int64) -> [NetworkLease] {
        var leases: [NetworkLease] = []
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let words = String(decoding: line, as: UTF8.self).split(separator: " ").map { String($0) }
            guard words.count >= 5, let expiry = Int64(words[0]), let address = IPAddress(words[2]),
                expiry == 0 || expiry > now
            else { continue }
            let isIPv6 = address.family == .ipv6
            func known(_ word: String) -> String? { word == "*" ? nil : word }
            let digits = words[1].hasPrefix("T") ? String(words[1].dropFirst()) : words[1]
            leases.append(
                NetworkLease(
                    expiry: expiry, isIPv6: isIPv6, mac: isIPv6 ? nil : hardwareAddress(words[1]),
                    iaid: isIPv6 ? digits : nil, address: words[2], prefix: 0, hostname: known(words[3]),
                    clientID: known(words[4])))
        }
        return leases
    }

    /// What isn't Ethernet has its type in front: `06-`.
    private static func hardwareAddress(_ word: String) -> MACAddress? {
        MACAddress(word.split(separator: "-").last.map { String($0) } ?? word)
    }
}

extension NetworkStore {
    /// The addresses that the guests of an active network have got.
    package func leases(of record: NetworkRecord) throws(VMError) -> [NetworkLease] {
        guard let network = record.live, network.isServed else { return [] }
        let now = WallClock.now / 1_000_000_000
        return try LeaseFile.read(active.holder(of: record.uuid).leases, now: now).map { lease in
            var lease = lease
            guard let address = IPAddress(lease.address) else { return lease }
            let home = network.ips.first { ip in
                guard let own = ip.ip, let prefix = ip.prefixLength else { return false }
                return address.isIn(own, prefix: prefix)
            }
            lease.prefix = home?.prefixLength ?? address.family.width
            return lease
        }
    }
}
