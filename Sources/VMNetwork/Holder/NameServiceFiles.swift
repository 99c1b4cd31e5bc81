internal import Glibc
internal import VMCore
internal import VMJSON

/// The files from which libvirt's modules for the C library's names (`libnss_libvirt`, `libnss_libvirt_guest`) tell the
/// addresses of guests: leases in `NAME.status`, which machine has which cards in `NAME.macs`.
///
/// Both are lists of objects in JSON, whose members are those of libvirt's own lease helper. The modules read all files
/// of their folder, so the names here are ones that libvirt never gives.
struct NameServiceFiles {
    /// Where the modules look, and nowhere else.
    static let folder = "/var/lib/libvirt/dnsmasq"

    let folder: String
    /// Names a network's files; a bridge's name, of which there is one on the host.
    let bridge: String

    init(bridge: String, folder: String = Self.folder) {
        self.folder = folder
        self.bridge = bridge
    }

    private var leases: String { "\(folder)/vmctl_\(bridge).status" }
    private var cards: String { "\(folder)/vmctl_\(bridge).macs" }

    /// Writes what is so now. Anybody may read it, as libvirt's: names are looked up by everybody's programs.
    func write(_ leases: [NetworkLease], machines: [String: [MACAddress]]) throws(VMError) {
        try Folders.make(folder, mode: 0o755)
        try OwnFolders.check(folder)
        try replace(self.leases, with: .array(leases.compactMap(Self.json)))
        let entries = machines.sorted { $0.key < $1.key }.map { name, cards -> JSONValue in
            ["domain": .string(name), "macs": .array(cards.map { .string("\($0)") })]
        }
        try replace(cards, with: .array(entries))
    }

    /// A network that isn't active has no guests with addresses.
    func remove() {
        for path in [leases, cards] { unlink(path) }
    }

    private func replace(_ path: String, with list: JSONValue) throws(VMError) {
        try Files.write(Array(list.description.utf8), to: path, mode: 0o644, durable: false)
    }

    /// A lease without a card belongs to no machine that could be named.
    private static func json(_ lease: NetworkLease) -> JSONValue? {
        guard let mac = lease.mac else { return nil }
        var object: JSONObject = [
            "ip-address": .string(lease.address), "mac-address": .string("\(mac)"),
            "expiry-time": .integer(lease.expiry),
        ]
        object["hostname"] = lease.hostname.map { .string($0) }
        object["client-id"] = lease.clientID.map { .string($0) }
        return .object(object)
    }
}
