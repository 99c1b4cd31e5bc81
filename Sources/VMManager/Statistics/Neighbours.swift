public import VMCore
internal import VMDomain

extension VMManager {
    /// The addresses of a running domain's cards that the host's table of neighbours knows, IPv4 alone.
    public func neighbours(of key: String) throws(VMError) -> [(interface: String, mac: String, address: String)] {
        let cards = try domain(key).devices.interfaces
        let table = String(
            decoding: try Files.read("/proc/net/arp", limit: 16 << 20, regularOnly: false), as: UTF8.self)
        var found: [(interface: String, mac: String, address: String)] = []
        for line in table.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            guard fields.count >= 4 else { continue }
            for card in cards where card.mac?.address.map({ "\($0)" }) == fields[3].lowercased() {
                found.append((card.target?.dev ?? "-", String(fields[3]), String(fields[0])))
            }
        }
        return found
    }
}
