internal import VMCore

/// The rules of Landlock that are the same for every machine's QEMU. A supervisor makes them while its plan is still being
/// made, since each takes a path to be opened.
enum CommonRules {
    /// The descriptor of those that were made ahead. Used by the one thread that supervises.
    nonisolated(unsafe) private static var prepared: Int32?

    /// Makes them ahead, out of the way of the files that come with the plan. What fails here fails again, and is told, when
    /// they are taken.
    static func prepare() { prepared = (try? make())?.release(above: 256) }

    /// Gives them, to be added to: those that were made ahead once, new ones afterwards.
    static func take() throws(VMError) -> Landlock {
        let ready = prepared
        prepared = nil
        // A file of the plan may have got the number after all, which closed them.
        if let ready, let rules = Landlock(released: ready) { return rules }
        return try make()
    }

    private static func make() throws(VMError) -> Landlock {
        let rules = try Landlock()
        for access in files { try rules.allow(access) }
        return rules
    }

    /// What every machine's QEMU uses of the host: programs, libraries and firmware, what the kernel tells, and the devices
    /// that are there for everybody or for acceleration.
    private static let files: [FileAccess] = {
        let write = [
            "null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "kvm", "net/tun", "vhost-net",
            "vhost-vsock", "udmabuf", "sev", "sgx_vepc", "vfio", "iommu", "bus/usb",
        ]
        return Supervisor.readFiles + write.map { FileAccess("/dev/" + $0, .write) }
    }()
}
