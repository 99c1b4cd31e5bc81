package import VMCore
package import VMDomain

/// What gives interfaces their ports of virtual networks.
package struct NetworkPorts: Sendable {
    /// A port of a network.
    package enum Port: Sendable {
        /// A bridge of the host's, on which a device is made as for an interface of type `bridge`.
        case bridge(String)
        /// A device that the network has made, with its open queues.
        case device(name: String, bridge: String, id: UUID, files: [Int32])
    }

    package var open: @Sendable (Interface, TapDescriptors) throws(VMError) -> Port

    package init(open: @escaping @Sendable (Interface, TapDescriptors) throws(VMError) -> Port) {
        self.open = open
    }
}
