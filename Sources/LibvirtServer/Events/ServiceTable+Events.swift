internal import LibvirtWire
internal import VMCore
internal import VMManager

/// Registering for events.
extension ServiceTable {
    mutating func serveEvents() {
        serve(Remote.connectDomainEventCallbackRegisterAny) { (arguments, client) throws(VMError) in
            let event = try Self.event(arguments.eventID)
            if let domain = arguments.object { _ = try await client.machine(domain).status() }
            return try client.subscriptions.add(event, of: arguments.object?.uuid)
        }
        carryOut(Remote.connectDomainEventCallbackDeregisterAny) { (id, client) throws(VMError) in
            try client.subscriptions.remove(id)
        }
        serve(Remote.connectDomainEventRegister) { (_, client) throws(VMError) in
            try client.subscriptions.addLegacy(.lifecycle)
            return Int32(1)
        }
        serve(Remote.connectDomainEventDeregister) { (_, client) throws(VMError) in
            try client.subscriptions.removeLegacy(.lifecycle)
            return Int32(0)
        }
        carryOut(Remote.connectDomainEventRegisterAny) { (id, client) throws(VMError) in
            try client.subscriptions.addLegacy(try Self.event(id))
        }
        carryOut(Remote.connectDomainEventDeregisterAny) { (id, client) throws(VMError) in
            try client.subscriptions.removeLegacy(try Self.event(id))
        }
        carryOut(Remote.connectRegisterCloseCallback) { (_, _) throws(VMError) in }
        carryOut(Remote.connectUnregisterCloseCallback) { (_, _) throws(VMError) in }
        serve(QEMU.connectDomainMonitorEventRegister) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 3, "qemuConnectDomainQemuMonitorEventRegister")
            if let domain = arguments.domain { _ = try await client.machine(domain).status() }
            return try client.subscriptions.add(
                try MonitorFilter(domain: arguments.domain?.uuid, event: arguments.event, flags: arguments.flags))
        }
        carryOut(QEMU.connectDomainMonitorEventDeregister) { (id, client) throws(VMError) in
            try client.subscriptions.remove(id)
        }
        // Objects of other kinds: nothing happens to them, but programs want to be registered.
        serve(Remote.connectNetworkEventRegisterAny) { (arguments, client) throws(VMError) in
            guard let event = NetworkEventID(rawValue: arguments.eventID) else {
                throw Self.unknownEvent(arguments.eventID)
            }
            if let network = arguments.object {
                _ = try await client.network(network) { _, network async throws(VMError) in network.uuid }
            }
            return try client.subscriptions.add(event, of: arguments.object?.uuid)
        }
        carryOut(Remote.connectNetworkEventDeregisterAny) { (id, client) throws(VMError) in
            try client.subscriptions.remove(id)
        }
        serve(Remote.connectStoragePoolEventRegisterAny) { (arguments, client) throws(VMError) in
            guard let event = StoragePoolEventID(rawValue: arguments.eventID) else {
                throw Self.unknownEvent(arguments.eventID)
            }
            if let pool = arguments.object {
                _ = try await client.storage("pool") { (storage) async throws(VMError) in try storage.pool(pool.uuid) }
            }
            return try client.subscriptions.add(event, of: arguments.object?.uuid)
        }
        carryOut(Remote.connectStoragePoolEventDeregisterAny) { (id, client) throws(VMError) in
            try client.subscriptions.remove(id)
        }
        serve(Remote.connectNodeDeviceEventRegisterAny) { (arguments, client) throws(VMError) in
            try Self.check(arguments.eventID, NodeDeviceEventID(rawValue: arguments.eventID) != nil)
            return try client.subscriptions.addNothing()
        }
        carryOut(Remote.connectNodeDeviceEventDeregisterAny) { (id, client) throws(VMError) in
            try client.subscriptions.remove(id)
        }
        serve(Remote.connectSecretEventRegisterAny) { (arguments, client) throws(VMError) in
            guard let event = SecretEventID(rawValue: arguments.eventID) else {
                throw Self.unknownEvent(arguments.eventID)
            }
            if let secret = arguments.object {
                _ = try await client.secrets("secret") { (secrets) throws(VMError) in
                    try secrets.secret(secret.uuid)
                }
            }
            return try client.subscriptions.add(event, of: arguments.object?.uuid)
        }
        carryOut(Remote.connectSecretEventDeregisterAny) { (id, client) throws(VMError) in
            try client.subscriptions.remove(id)
        }
    }

    private static func event(_ id: Int32) throws(VMError) -> DomainEventID {
        guard let event = DomainEventID(rawValue: id) else { throw unknownEvent(id) }
        return event
    }

    private static func check(_ id: Int32, _ isKnown: Bool) throws(VMError) {
        if !isKnown { throw unknownEvent(id) }
    }

    private static func unknownEvent(_ id: Int32) -> VMError {
        VMError(
            .internalError, "unsupported event ID \(id)", libvirt: LibvirtError(.internalError, in: .rpc))
    }
}
