internal import LibvirtWire
internal import VMCore
internal import VMManager

/// Documents as QEMU's command lines, and the reverse, which libvirt itself has given up.
extension ServiceTable {
    mutating func serveNativeForms() {
        serve(Remote.connectDomainXMLToNative) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuConnectDomainXMLToNative")
            try Self.checkFormat(arguments.format)
            return try await client.manager.perform("commandLine") { (manager) throws(VMError) in
                try manager.commandLine(ofXML: arguments.xml)
            }
        }
        serve(Remote.connectDomainXMLFromNative) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuConnectDomainXMLFromNative")
            try Self.checkFormat(arguments.format)
            return try await client.manager.perform("xml") { (manager) throws(VMError) in
                try manager.xml(ofCommandLine: arguments.configuration)
            }
        }
    }

    private static func checkFormat(_ format: String) throws(VMError) {
        if format == "qemu-argv" { return }
        throw VMError(.invalidArgument, "unsupported config type \(format)")
    }
}
