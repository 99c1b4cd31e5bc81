internal import VMCore
internal import VMDomain
internal import VMJSON

/// `<interface>`: the network backend and the card.
enum InterfaceOptions {
    static func make(_ index: Int, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let interface = context.domain.devices.interfaces[index]
        if interface.type == .hostdev { return try HostDeviceOptions.make(interface, index, context) }
        let netdev = try NetworkBackend(interface: interface, context: context).make()
        return netdev + (try card(interface, index, context))
    }

    /// The name of the backend.
    static func backendID(_ interface: Interface) -> String { "host" + interface.alias.id }

    private static func card(_ interface: Interface, _ index: Int, _ context: BuildContext) throws(VMError)
        -> [QEMUOption]
    {
        let model = interface.model?.type ?? "rtl8139"
        if ["lan9118", "smc91c111"].contains(model) { return [boardCard(interface, model)] }
        var properties: JSONObject = [:]
        if let variant = VirtioModel(rawValue: model) {
            properties["driver"] = .string(
                context.virtioDriver("virtio-net", at: interface.address, model: variant))
            putVirtio(interface, context, &properties)
        } else {
            properties["driver"] = .string(model)
        }
        properties["netdev"] = .string(backendID(interface))
        properties["id"] = .string(interface.alias.id)
        properties.put("mac", interface.mac?.address?.description)
        properties.put("bootindex", context.boot.interface(index))
        return try context.device(
            properties, at: interface.address, acpi: interface.acpi, rom: interface.rom, from: interface.origin)
    }

    /// A card that is part of an ARM board can only be told what it is connected to.
    private static func boardCard(_ interface: Interface, _ model: String) -> QEMUOption {
        var properties: JSONObject = ["type": "nic"]
        properties.put("macaddr", interface.mac?.address?.description)
        properties["netdev"] = .string(backendID(interface))
        properties["model"] = .string(model)
        properties["id"] = .string(interface.alias.id)
        return QEMUOption(.net, properties, from: interface.origin)
    }

    private static func putVirtio(_ interface: Interface, _ context: BuildContext, _ properties: inout JSONObject) {
        let driver = interface.driver
        properties.put(driver.virtio)
        if let mode = driver.txmode { properties["tx"] = mode == .iothread ? "bh" : "timer" }
        properties.put("ioeventfd", driver.ioeventfd)
        properties.put("event_idx", driver.eventIdx)
        properties.put("csum", driver.host.csum)
        properties.put("gso", driver.host.gso)
        properties.put("host_tso4", driver.host.tso4)
        properties.put("host_tso6", driver.host.tso6)
        properties.put("host_ecn", driver.host.ecn)
        properties.put("host_ufo", driver.host.ufo)
        properties.put("mrg_rxbuf", driver.host.mrgRxbuf)
        properties.put("guest_csum", driver.guest.csum)
        properties.put("guest_tso4", driver.guest.tso4)
        properties.put("guest_tso6", driver.guest.tso6)
        properties.put("guest_ecn", driver.guest.ecn)
        properties.put("guest_ufo", driver.guest.ufo)
        if let queues = driver.queues, queues > 1 {
            properties["mq"] = true
            if interface.address?.type != .ccw { properties["vectors"] = JSONValue(queues &* 2 &+ 2) }
        }
        properties.put("rx_queue_size", driver.rxQueueSize)
        properties.put("tx_queue_size", driver.txQueueSize)
        properties.put("rss", driver.rss)
        properties.put("hash", driver.rssHashReport)
        properties.put("host_mtu", interface.mtu?.size)
        if interface.teaming?.type == .persistent { properties["failover"] = true }
    }
}
