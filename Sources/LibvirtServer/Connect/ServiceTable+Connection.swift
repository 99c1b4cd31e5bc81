internal import LibvirtWire
internal import QEMULauncher
internal import VMCore
internal import VMManager

/// The connection itself: which hypervisor it is, of which versions.
extension ServiceTable {
    mutating func serveConnection() {
        carryOut(Remote.connectOpen) { (arguments, _) throws(VMError) in
            // Beside 1, which the session looks at, there are libvirt's own notes: how its library found the server.
            try Self.checkURI(arguments.name ?? "")
        }
        serve(Remote.connectGetType) { (_, _) throws(VMError) in "QEMU" }
        serve(Remote.connectGetVersion) { (_, client) throws(VMError) in
            try await client.manager.perform("version") { (manager) throws(VMError) in
                LibvirtVersion.number(try manager.capabilities(of: try manager.emulator()).version.description)
            }
        }
        serve(Remote.connectGetLibVersion) { (_, _) throws(VMError) in LibvirtVersion.followed }
        serve(Remote.connectGetHostname) { (_, _) throws(VMError) in VMManager.hostName }
        serve(Remote.connectGetURI) { (_, _) throws(VMError) in VMManager.uri }
        serve(Remote.connectIsSecure) { (_, _) throws(VMError) in true }
        serve(Remote.connectGetMaxVCPUs) { (type, client) throws(VMError) in
            switch type ?? "qemu" {
            case "qemu", "kvm": break
            case let other: throw VMError(.invalidArgument, "unknown type '\(other)'")
            }
            return try await client.manager.perform("maximumProcessors") { (manager) throws(VMError) in
                Int32(clamping: try manager.maximumProcessors())
            }
        }
        serve(Remote.connectGetSysinfo) { (flags, client) throws(VMError) in
            try checkFlags(flags, 0, "qemuConnectGetSysinfo")
            return try await client.manager.perform("systemInformation") { (_) throws(VMError) in
                try SystemInformation().xml + "\n"
            }
        }
        carryOut(Remote.connectSetIdentity) { (_, _) throws(VMError) in
            // The socket's peer is who it is.
        }
    }

    /// Both names lead to the machines of the user whom the server serves: programs have one or the other built in.
    private static func checkURI(_ uri: String) throws(VMError) {
        if ["", "qemu:///system", "qemu:///session"].contains(uri) { return }
        throw VMError(
            .unsupported, "no connection driver available for \(uri)", libvirt: LibvirtError(.noConnection, in: .none))
    }
}
