internal import VMDomain

extension Domain {
    /// Forgets what libvirt's daemon has made up for one run of the machine: sockets in its own folders, labels of its
    /// security drivers. The run here gets its own.
    mutating func forgetLibvirtRun() {
        for index in devices.channels.indices {
            let source = devices.channels[index].backend.source
            guard source.mode == .bind, let path = source.path, Self.isOfOneRun(path) else { continue }
            devices.channels[index].backend.source.path = nil
            devices.channels[index].backend.source.mode = nil
        }
        seclabels.removeAll { $0.type == nil || $0.type == .dynamic }
    }

    /// `…/channel/target/domain-1-name/org.qemu.guest_agent.0`, in later versions `…/channel/1-name/…`.
    private static func isOfOneRun(_ path: String) -> Bool {
        path.contains("/libvirt/qemu/") && path.contains("/channel/") || path.contains("/channel/target/")
    }
}
