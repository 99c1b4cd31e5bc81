internal import LibvirtWire
internal import VMCore
internal import VMManager
internal import VMXML

/// Definitions: made, renamed, marked for the start of the host, removed.
extension ServiceTable {
    mutating func serveDefinitions() {
        serve(Remote.domainDefineXML) { (xml, client) throws(VMError) in try await Self.define(xml, 0, client) }
        serve(Remote.domainDefineXMLFlags) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 1, "qemuDomainDefineXMLFlags")
            return try await Self.define(arguments.subject, arguments.flags, client)
        }
        carryOut(Remote.domainUndefine) { (domain, client) throws(VMError) in
            try await client.machine(domain).undefine()
        }
        carryOut(Remote.domainUndefineFlags) { (arguments, client) throws(VMError) in
            try await client.machine(arguments.subject).undefine(try Self.undefineRequest(arguments.flags))
        }
        serve(Remote.domainRename) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainRename")
            guard let name = arguments.name else { throw VMError(.invalidArgument, "a domain needs a name") }
            try await client.perform(arguments.domain, "rename") { (manager, key) throws(VMError) in
                _ = try manager.rename(key, to: name)
            }
            return Int32(0)
        }
        serve(Remote.domainGetAutostartOnce) { (domain, client) throws(VMError) in
            _ = try await client.machine(domain).status()
            return false
        }
        carryOut(Remote.domainSetAutostart) { (arguments, client) throws(VMError) in
            try await client.perform(arguments.subject, "setAutostart") { (manager, key) throws(VMError) in
                _ = try manager.setAutostart(key, arguments.autostart)
            }
        }
    }

    private static func define(
        _ xml: String, _ flags: UInt32, _ client: Client
    ) async throws(VMError) -> DomainReference {
        // What isn't known is ignored, as libvirt does, unless the client asks for a check.
        let machine = try await client.manager.define(xml: xml, options: flags & 1 != 0 ? .strict : .lenient)
        return DomainReference(try await machine.status())
    }

    /// `virDomainUndefineFlagsValues`.
    private static func undefineRequest(_ flags: UInt32) throws(VMError) -> UndefineRequest {
        try checkFlags(flags, 0x7f, "qemuDomainUndefineFlags")
        try checkExclusive(
            flags, 4, 8, ("VIR_DOMAIN_UNDEFINE_NVRAM", "VIR_DOMAIN_UNDEFINE_KEEP_NVRAM"))
        try checkExclusive(flags, 32, 64, ("VIR_DOMAIN_UNDEFINE_TPM", "VIR_DOMAIN_UNDEFINE_KEEP_TPM"))
        var request = UndefineRequest()
        request.removesManagedSave = flags & 1 != 0
        request.forgetsSnapshots = flags & 2 != 0
        request.forgetsCheckpoints = flags & 16 != 0
        request.nvram = flags & 4 != 0 ? .remove : flags & 8 != 0 ? .keep : .unsaid
        request.tpm = flags & 32 != 0 ? .remove : flags & 64 != 0 ? .keep : .unsaid
        return request
    }
}
