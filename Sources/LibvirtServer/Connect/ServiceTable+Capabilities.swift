internal import LibvirtWire
internal import QEMULauncher
internal import VMCore
internal import VMManager

/// What host and hypervisor can do.
extension ServiceTable {
    mutating func serveCapabilities() {
        serve(Remote.connectGetCapabilities) { (_, client) throws(VMError) in
            try await client.manager.perform("hostCapabilities") { (manager) throws(VMError) in
                try manager.hostCapabilities().document.xml
            }
        }
        serve(Remote.connectGetDomainCapabilities) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuConnectGetDomainCapabilities")
            return try await client.manager.perform("domainCapabilities") { (manager) throws(VMError) in
                try manager.domainCapabilities(
                    emulator: arguments.emulator, architecture: arguments.arch, machine: arguments.machine,
                    type: arguments.virtualization
                ).document.xml
            }
        }
    }
}
