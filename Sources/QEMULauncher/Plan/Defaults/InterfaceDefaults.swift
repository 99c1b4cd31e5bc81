internal import VMCore
internal import VMDomain
internal import VMXML

/// `<interface>`: hardware address and model.
enum InterfaceDefaults {
    static let apply: Planner.Pass = { domain, context throws(VMError) in
        var taken = Set(domain.devices.interfaces.compactMap { $0.mac?.address })
        for index in domain.devices.interfaces.indices {
            dropEmpty(&domain.devices.interfaces[index])
            if domain.devices.interfaces[index].mac?.address == nil {
                let address = freshAddress(for: index, in: domain, besides: taken)
                taken.insert(address)
                domain.devices.interfaces[index].mac =
                    domain.devices.interfaces[index].mac ?? Interface.HardwareAddress()
                domain.devices.interfaces[index].mac?.address = address
            }
            if domain.devices.interfaces[index].model?.type == nil, domain.devices.interfaces[index].type != .hostdev {
                dropDriver(&domain.devices.interfaces[index])
                var model = Interface.Model()
                model.type = standardModel(domain.devices.interfaces[index].type, context)
                domain.devices.interfaces[index].model = model.type == nil ? nil : model
            }
            try checkOptions(domain.devices.interfaces[index])
            clean(&domain.devices.interfaces[index])
            nameSwitchPort(&domain.devices.interfaces[index])
        }
    }

    /// Cards that libvirt has names of its own for, which may be written in any case; all others are QEMU's to know.
    static let namedModels: Set = [
        "netfront", "rtl8139", "virtio", "e1000", "e1000e", "igb", "virtio-transitional", "virtio-non-transitional",
        "usb-net", "spapr-vlan", "lan9118", "scm91c111", "vlance", "vmxnet", "vmxnet2", "vmxnet3", "Am79C970A",
        "82540EM",
        "82545EM", "82543GC",
    ]

    /// Attributes that say nothing are none.
    private static func dropEmpty(_ interface: inout Interface) {
        if interface.model?.type?.isEmpty == true { interface.model?.type = nil }
        if interface.script?.path?.isEmpty == true { interface.script = nil }
    }

    /// Leaves out what the kind of interface can't have, as libvirt does.
    private static func clean(_ interface: inout Interface) {
        if let model = interface.model?.type?.lowercased(),
            let name = namedModels.first(where: { $0.lowercased() == model })
        {
            interface.model?.type = name
        }
        interface.source.portid = nil
        if interface.type == .network { (interface.source.dev, interface.source.directMode) = (nil, nil) }
        if interface.coalesce?.rx?.frames?.max ?? 0 == 0 { interface.coalesce = nil }
        switch interface.type {
        case .bridge, .network, .ethernet: break
        default: interface.filterref = nil
        }
        // Only virtio cards have queues and a backend in the kernel.
        if let model = interface.model?.type, !model.hasPrefix("virtio"), interface.type != .hostdev {
            interface.backend?.vhost = nil
            interface.driver = InterfaceDriver()
        }
        dropUnsaid(&interface)
        for index in interface.ips.indices where interface.ips[index].family == nil {
            interface.ips[index].family = interface.ips[index].address?.contains(":") == true ? .ipv6 : .ipv4
        }
        if interface.driver.queues == 1 { interface.driver.queues = nil }
        if interface.driver.rxQueueSize == 0 { interface.driver.rxQueueSize = nil }
        if interface.driver.txQueueSize == 0 { interface.driver.txQueueSize = nil }
        if interface.type == .direct { interface.source.directMode.fill(.vepa) }
        if interface.vlan?.tags.count ?? 0 > 1 { interface.vlan?.trunk.fill(.yes) }
        if let rom = interface.rom, rom.enabled == nil, rom.bar == nil, rom.file == nil { interface.rom = nil }
        if interface.type == .hostdev {
            interface.driver.queues = nil
            if interface.managed == .no { interface.managed = nil }
            if var address = interface.source.hostAddress, address.type == .pci {
                address.fillZeros()
                interface.source.hostAddress = address
            }
        }
    }

    /// How a card is driven is heard only where the document itself says that it is a virtio card.
    private static func dropDriver(_ interface: inout Interface) {
        guard interface.type != .vdpa, interface.type != .vhostuser else { return }
        let options = interface.driver.virtio
        interface.driver = InterfaceDriver()
        interface.driver.virtio = options
        interface.backend?.vhost = nil
    }

    /// Options of virtio devices on a card that turned out to be none.
    private static func checkOptions(_ interface: Interface) throws(VMError) {
        guard let model = interface.model?.type, !model.lowercased().hasPrefix("virtio"), interface.type != .hostdev,
            interface.driver.virtio != VirtioOptions()
        else { return }
        throw VMError(
            .unsupported, "a card '\(model)' has no options of virtio devices in its <driver>",
            remedy: "give the interface <model type='virtio'/>, or take the options out")
    }

    /// Elements and attributes that say what goes without saying, or nothing.
    private static func dropUnsaid(_ interface: inout Interface) {
        if interface.type != .network { interface.source.portgroup = nil }
        if interface.guest?.dev == nil, interface.guest?.actual == nil { interface.guest = nil }
        if interface.backend?.type == .default { interface.backend?.type = nil }
        if var backend = interface.backend {
            backend.origin = XMLOrigin()
            if backend == InterfaceBackend() { interface.backend = nil }
        }
        if interface.tune?.sndbuf == nil { interface.tune = nil }
        if interface.link?.state == nil { interface.link = nil }
        if let bandwidth = interface.bandwidth, bandwidth.inbound == nil, bandwidth.outbound == nil {
            interface.bandwidth = nil
        }
    }

    private static func standardModel(_ type: Interface.Kind, _ context: PlanContext) -> String? {
        let traits = context.traits
        if type == .vdpa || type == .vhostuser { return "virtio" }
        if traits.isS390 || traits.isLoongArch || traits.isRISCV && traits.family == .virt { return "virtio" }
        if traits.isARM {
            if traits.family == .virt { return "virtio" }
            return traits.machine == "versatilepb" ? "smc91c111" : "lan9118"
        }
        if context.has("rtl8139") { return "rtl8139" }
        if context.has("e1000") { return "e1000" }
        return context.has("virtio-net-pci") ? "virtio" : nil
    }

    /// Ports of Open vSwitch and of 802.1Qbg are known by a UUID; one that isn't given is made of the card's address, so that
    /// it stays. Of which kind a port without a kind is, its network says, so it gets both.
    private static func nameSwitchPort(_ interface: inout Interface) {
        guard let port = interface.virtualPort, let address = interface.mac?.address else { return }
        var parameters = port.parameters ?? VirtualPort.Parameters()
        if port.type == nil || port.type == .ieee8021Qbg {
            parameters.instanceid.fill(UUID(named: "802.1Qbg \(address)"))
        }
        if port.type == nil || port.type == .openvswitch {
            parameters.interfaceid.fill(UUID(named: "openvswitch \(address)"))
        }
        guard parameters != port.parameters ?? VirtualPort.Parameters() else { return }
        interface.virtualPort?.parameters = parameters
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
