internal import LibvirtWire
internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMManager

/// Devices that come, change and go.
extension ServiceTable {
    mutating func serveDevices() {
        carryOut(Remote.domainAttachDevice) { (arguments, client) throws(VMError) in
            _ = try await client.machine(arguments.domain).attachDevice(xml: arguments.xml, scope: .live)
        }
        carryOut(Remote.domainAttachDeviceFlags) { (arguments, client) throws(VMError) in
            let scope = try ChangeScope(flags: arguments.flags, "qemuDomainAttachDeviceFlags")
            _ = try await client.machine(arguments.domain).attachDevice(xml: arguments.xml, scope: scope)
        }
        carryOut(Remote.domainDetachDevice) { (arguments, client) throws(VMError) in
            try await Self.detach(arguments.domain, .like(try Self.device(arguments.xml)), .live, client)
        }
        carryOut(Remote.domainDetachDeviceFlags) { (arguments, client) throws(VMError) in
            let scope = try ChangeScope(flags: arguments.flags, "qemuDomainDetachDeviceFlags")
            try await Self.detach(arguments.domain, .like(try Self.device(arguments.xml)), scope, client)
        }
        carryOut(Remote.domainDetachDeviceAlias) { (arguments, client) throws(VMError) in
            let scope = try ChangeScope(flags: arguments.flags, "qemuDomainDetachDeviceAlias")
            try await Self.detach(arguments.domain, .alias(arguments.alias), scope, client)
        }
        carryOut(Remote.domainUpdateDeviceFlags) { (arguments, client) throws(VMError) in
            // 4 ejects a medium that the guest has locked.
            let scope = try ChangeScope(flags: arguments.flags, besides: 4, "qemuDomainUpdateDeviceFlags")
            let document = try Self.device(arguments.xml)
            _ = try await client.machine(arguments.domain).apply(
                .update(document, force: arguments.flags & 4 != 0), scope: scope)
        }
    }

    private static func device(_ xml: String) throws(VMError) -> Devices {
        try DeviceDocument.read(Array(xml.utf8), file: "device.xml")
    }

    /// How long libvirt waits for a guest to release a device. Then the call has succeeded all the same: whether the device
    /// goes is told by an event.
    private static let detachPatience = Duration.seconds(5)

    private static func detach(
        _ domain: DomainReference, _ device: DeviceSelection, _ scope: ChangeScope, _ client: Client
    ) async throws(VMError) {
        let machine = client.machine(domain)
        do throws(VMError) {
            _ = try await machine.apply(.detach(device), scope: scope, timeout: detachPatience)
        } catch {
            guard error.code == .timeout, try await machine.status().notAnsweringSince == nil else { throw error }
        }
    }
}
