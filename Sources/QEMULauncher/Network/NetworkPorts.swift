package import VMCore
package import VMDomain

/// What gives interfaces their ports of virtual networks, and limits what they carry.
package struct NetworkPorts: Sendable {
    /// A port of a network.
    package enum Port: Sendable {
        /// A bridge of the host's, on which a device is made as for an interface of type `bridge`, with what the network says
        /// of such.
        case bridge(String, Bandwidth?, VLAN?)
        /// A device of the host's that the guest shares, as with an interface of type `direct`.
        case shared(String, InterfaceSource.DirectMode, Bandwidth?)
        /// A device that the network has made, with its open queues.
        case device(name: String, bridge: String, id: UUID, files: [Int32])
    }

    package var open: @Sendable (Interface, TapDescriptors) throws(VMError) -> Port
    /// Gives a device that is on the host itself limits of what it carries; nil takes them away.
    package var limit: @Sendable (NetworkLink, Bandwidth?) throws(VMError) -> Void
    /// Makes a port of one of the host's bridges a member of VLANs.
    package var join: @Sendable (NetworkLink, VLAN) throws(VMError) -> Void

    package init(
        open: @escaping @Sendable (Interface, TapDescriptors) throws(VMError) -> Port,
        limit: @escaping @Sendable (NetworkLink, Bandwidth?) throws(VMError) -> Void,
        join: @escaping @Sendable (NetworkLink, VLAN) throws(VMError) -> Void
    ) {
        (self.open, self.limit, self.join) = (open, limit, join)
    }
}
