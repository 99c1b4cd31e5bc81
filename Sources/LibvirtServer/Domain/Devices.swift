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
            try await Self.detach(arguments.domain, arguments.xml, .live, client)
        }
        carryOut(Remote.domainDetachDeviceFlags) { (arguments, client) throws(VMError) in
            let scope = try ChangeScope(flags: arguments.flags, "qemuDomainDetachDeviceFlags")
            try await Self.detach(arguments.domain, arguments.xml, scope, client)
        }
        carryOut(Remote.domainDetachDeviceAlias) { (arguments, client) throws(VMError) in
            let scope = try ChangeScope(flags: arguments.flags, "qemuDomainDetachDeviceAlias")
            _ = try await client.machine(arguments.domain).detachDevice(alias: arguments.alias, scope: scope)
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

    private static func detach(
        _ domain: DomainReference, _ xml: String, _ scope: ChangeScope, _ client: Client
    ) async throws(VMError) {
        _ = try await client.machine(domain).apply(.detach(.like(try device(xml))), scope: scope)
    }
}
