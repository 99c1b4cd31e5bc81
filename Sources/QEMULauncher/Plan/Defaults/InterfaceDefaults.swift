internal import VMCore
internal import VMDomain

/// `<interface>`: hardware address and model.
enum InterfaceDefaults {
    static let apply: Planner.Pass = { domain, context throws(VMError) in
        var taken = Set(domain.devices.interfaces.compactMap { $0.mac?.address })
        for index in domain.devices.interfaces.indices {
            if domain.devices.interfaces[index].mac?.address == nil {
                let address = freshAddress(for: index, in: domain, besides: taken)
                taken.insert(address)
                domain.devices.interfaces[index].mac =
                    domain.devices.interfaces[index].mac ?? Interface.HardwareAddress()
                domain.devices.interfaces[index].mac?.address = address
            }
            clean(&domain.devices.interfaces[index])
            if domain.devices.interfaces[index].model?.type == nil, domain.devices.interfaces[index].type != .hostdev {
                var model = Interface.Model()
                model.type = standardModel(domain.devices.interfaces[index].type, context)
                domain.devices.interfaces[index].model = model.type == nil ? nil : model
            }
        }
    }

    /// Leaves out what the kind of interface can't have, as libvirt does.
    private static func clean(_ interface: inout Interface) {
        if let model = interface.model?.type, model.lowercased() == "virtio" { interface.model?.type = "virtio" }
        interface.source.portid = nil
        if interface.coalesce?.rx?.frames?.max ?? 0 == 0 { interface.coalesce = nil }
        switch interface.type {
        case .bridge, .network, .ethernet: break
        default: interface.filterref = nil
        }
        // Only virtio cards have queues and a backend in the kernel.
        if let model = interface.model?.type, !model.hasPrefix("virtio"), interface.type != .hostdev {
            interface.backend?.vhost = nil
            if interface.driver.name == .vhost { interface.driver = InterfaceDriver() }
        }
        if interface.driver.queues == 1 { interface.driver.queues = nil }
        if interface.type == .hostdev { interface.driver.queues = nil }
    }

    private static func standardModel(_ type: Interface.Kind, _ context: PlanContext) -> String? {
        let traits = context.traits
        if type == .vdpa || type == .vhostuser { return "virtio" }
        if traits.isS390 || traits.isLoongArch || traits.isRISCV { return "virtio" }
        if traits.isARM {
            if traits.family == .virt { return "virtio" }
            return traits.machine == "versatilepb" ? "smc91c111" : "lan9118"
        }
        if context.has("rtl8139") { return "rtl8139" }
        if context.has("e1000") { return "e1000" }
        return context.has("virtio-net-pci") ? "virtio" : nil
    }

    /// An address made from the machine's UUID and the interface's number: planning the same document twice gives the
    /// same machine. It lies in the range that libvirt and QEMU use for guests.
    private static func freshAddress(
        for index: Int, in domain: Domain, besides taken: Set<MACAddress>
    ) -> MACAddress {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(domain.uuid.map { "\($0)" } ?? domain.name ?? "") \(index)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        var address = MACAddress(value: 0x5254_0000_0000 | (hash & 0xff_ffff))
        while taken.contains(address) {
            hash = hash &* 0x100_0000_01b3 &+ 1
            address = MACAddress(value: 0x5254_0000_0000 | (hash & 0xff_ffff))
        }
        return address
    }
}
