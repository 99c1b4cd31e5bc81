internal import VMDomain

extension PCIAddress {
    /// Says the numbers that the document leaves out, which are 0.
    mutating func fillZeros() {
        domain.fill(0)
        bus.fill(0)
        slot.fill(0)
        function.fill(0)
    }
}

extension InterfaceSource.HostAddress {
    /// The same of a network card of the host.
    mutating func fillZeros() {
        domain.fill(0)
        bus.fill(0)
        slot.fill(0)
        function.fill(0)
    }
}
