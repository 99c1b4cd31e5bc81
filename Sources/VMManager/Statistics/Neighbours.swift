public import VMCore
internal import VMDomain

extension VMManager {
    /// The addresses of a running domain's cards that the host's table of neighbours knows, IPv4 alone.
    public func neighbours(of key: String) throws(VMError) -> [(interface: String, mac: String, address: String)] {
        try neighbours(of: try find(key))
    }

    func neighbours(of machine: Machine) throws(VMError) -> [(interface: String, mac: String, address: String)] {
        let cards = try domain(machine).devices.interfaces
        var found: [(interface: String, mac: String, address: String)] = []
        for entry in try NeighbourTable.current() {
            for card in cards where card.mac?.address.map({ "\($0)" }) == entry.mac.lowercased() {
                found.append((card.target?.dev ?? "-", entry.mac, entry.address))
            }
        }
        return found
    }
}
