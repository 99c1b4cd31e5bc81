internal import LibvirtWire
internal import VMCore
internal import VMManager

/// Keys and interrupts.
extension ServiceTable {
    mutating func serveInput() {
        // For containers: nobody can reach into a virtual machine's guest for it.
        carryOut(Remote.domainSendProcessSignal) { (_, _) throws(VMError) in
            throw VMError(
                .unsupported, "this function is not supported by the connection driver: virDomainSendProcessSignal",
                libvirt: LibvirtError(.noSupport))
        }
        carryOut(Remote.domainAnnounceInterface) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainAnnounceInterface")
            try await client.machine(arguments.domain).announce(
                arguments.device, try AnnounceTimes(arguments.parameters))
        }
        carryOut(Remote.domainSendKey) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainSendKey")
            guard let set = KeyCodeSet(libvirtNumber: Int32(clamping: arguments.codeset)) else {
                throw VMError(
                    .unsupported, "Unsupported codeset \(arguments.codeset)",
                    libvirt: LibvirtError(.operationUnsupported))
            }
            let keys = try KeyCodes.keys(arguments.keys.map { Int($0) }, in: set)
            try await client.machine(arguments.domain).sendKeys(
                keys, hold: arguments.holdTime > 0 ? .milliseconds(Int64(arguments.holdTime)) : nil)
        }
        carryOut(Remote.domainInjectNMI) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainInjectNMI")
            try await client.machine(arguments.subject).injectNMI()
        }
    }
}
