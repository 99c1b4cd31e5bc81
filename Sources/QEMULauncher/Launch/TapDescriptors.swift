public import VMDomain

/// The open files a tap backend needs: their numbers in QEMU, one a queue.
public struct TapDescriptors: Sendable, Hashable {
    public var taps: [Int] = []
    /// For the kernel's part in moving the packets; none where it has none.
    public var vhosts: [Int] = []

    /// The first number of descriptors that a machine's networks get.
    static let first = 16

    /// What every interface of a planned domain that needs tap devices is promised on the command line.
    public static func all(_ domain: Domain, _ host: HostFacts) -> [(interface: Interface, descriptors: TapDescriptors)]
    {
        var next = first
        var found: [(Interface, TapDescriptors)] = []
        for interface in domain.devices.interfaces {
            guard [.ethernet, .network, .bridge, .direct].contains(interface.type) else { continue }
            let queues = isVirtio(interface) ? Int(clamping: min(max(interface.driver.queues ?? 1, 1), 256)) : 1
            var result = TapDescriptors(taps: Array(next..<next + queues))
            next += queues
            if usesVhost(interface, host) {
                result.vhosts = Array(next..<next + queues)
                next += queues
            }
            found.append((interface, result))
        }
        return found
    }

    /// Whether the card is one of virtio's, whose packets carry a header of their own.
    public static func isVirtio(_ interface: Interface) -> Bool {
        VirtioModel(rawValue: interface.model?.type ?? "") != nil
    }

    /// Whether the kernel moves the packets: with virtio where it can, unless the domain decides.
    private static func usesVhost(_ interface: Interface, _ host: HostFacts) -> Bool {
        guard isVirtio(interface), interface.driver.name != .qemu else { return false }
        return host.hasVhostNet || interface.driver.name == .vhost || interface.backend?.vhost != nil
    }
}
