internal import LibvirtWire
internal import VMCore
internal import VMManager

/// Displays of machines, over descriptors that travel with the call or with its answer.
extension ServiceTable {
    /// `VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH`.
    private static let skipsAuthentication: UInt32 = 1

    mutating func serveDisplays() {
        carryOutWithFiles(Remote.domainOpenGraphics) { (arguments, files, client) throws(VMError) in
            try checkFlags(arguments.flags, Self.skipsAuthentication, "qemuDomainOpenGraphics")
            guard let socket = files.first else {
                throw VMError(
                    .invalidArgument, "internal error: no open socket came with the call",
                    libvirt: LibvirtError(.internalError))
            }
            try await client.machine(arguments.domain).openDisplay(
                Int(arguments.index), over: socket, skipsAuthentication: arguments.flags & Self.skipsAuthentication != 0
            )
        }
        answerWithFile(Remote.domainOpenGraphicsFD) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, Self.skipsAuthentication, "qemuDomainOpenGraphicsFD")
            return try await client.machine(arguments.domain).openDisplay(
                Int(arguments.index), skipsAuthentication: arguments.flags & Self.skipsAuthentication != 0)
        }
        carryOut(Remote.domainGraphicsReload) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainGraphicsReload")
            // 0 is all displays, 1 those of VNC.
            guard arguments.type <= 1 else {
                throw VMError(.invalidArgument, "unknown graphics reload type \(arguments.type)")
            }
            try await client.machine(arguments.domain).reloadDisplays()
        }
    }
}
