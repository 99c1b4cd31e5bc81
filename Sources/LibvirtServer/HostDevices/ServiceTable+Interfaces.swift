internal import LibvirtWire
internal import VMCore
internal import VMHost
internal import VMManager

/// Network interfaces of the host: they are looked at, and configured elsewhere.
extension ServiceTable {
    mutating func serveInterfaces() {
        serveInterfaceLists()
        serveInterfaceFacts()
        serveInterfaceChanges()
    }

    private mutating func serveInterfaceLists() {
        serve(Remote.connectNumOfInterfaces) { (_, client) throws(VMError) in
            Int32(clamping: Self.names(client, areActive: true).count)
        }
        serve(Remote.connectListInterfaces) { (limit, client) throws(VMError) in
            List(Array(Self.names(client, areActive: true).prefix(max(0, Int(limit)))))
        }
        serve(Remote.connectNumOfDefinedInterfaces) { (_, client) throws(VMError) in
            Int32(clamping: Self.names(client, areActive: false).count)
        }
        serve(Remote.connectListDefinedInterfaces) { (limit, client) throws(VMError) in
            List(Array(Self.names(client, areActive: false).prefix(max(0, Int(limit)))))
        }
        serve(Remote.connectListAllInterfaces) { (arguments, client) throws(VMError) in
            // 1 inactive, 2 active.
            try checkFlags(arguments.flags, 3, "interfaceConnectListAllInterfaces", in: .interface)
            let wanted = arguments.flags & 3
            let found = client.manager.hostInterfaces().interfaces.filter { interface in
                wanted == 0 || wanted & (interface.isActive ? 2 : 1) != 0
            }
            return Listing(found.map { InterfaceReference($0) }, wanted: arguments.needsResults)
        }
    }

    private static func names(_ client: Client, areActive: Bool) -> [String] {
        client.manager.hostInterfaces().interfaces.filter { $0.isActive == areActive }.map(\.name)
    }

    private mutating func serveInterfaceFacts() {
        serve(Remote.interfaceLookupByName) { (name, client) throws(VMError) in
            InterfaceReference(try client.manager.hostInterface(name))
        }
        serve(Remote.interfaceLookupByMACString) { (mac, client) throws(VMError) in
            InterfaceReference(try client.manager.hostInterface(withAddress: mac))
        }
        serve(Remote.interfaceGetXMLDesc) { (arguments, client) throws(VMError) in
            // 1 is the stored configuration: the same, since none is kept.
            try checkFlags(arguments.flags, 1, "interfaceGetXMLDesc", in: .interface)
            return try client.manager.hostInterface(arguments.subject.name).xml
        }
        serve(Remote.interfaceIsActive) { (interface, client) throws(VMError) in
            try client.manager.hostInterface(interface.name).isActive
        }
    }

    private mutating func serveInterfaceChanges() {
        serve(Remote.interfaceDefineXML) { (_, _) throws(VMError) in throw Self.foreign("virInterfaceDefineXML") }
        carryOut(Remote.interfaceUndefine) { (_, _) throws(VMError) in throw Self.foreign("virInterfaceUndefine") }
        carryOut(Remote.interfaceCreate) { (_, _) throws(VMError) in throw Self.foreign("virInterfaceCreate") }
        carryOut(Remote.interfaceDestroy) { (_, _) throws(VMError) in throw Self.foreign("virInterfaceDestroy") }
        carryOut(Remote.interfaceChangeBegin) { (_, _) throws(VMError) in throw Self.foreign("virInterfaceChangeBegin")
        }
        carryOut(Remote.interfaceChangeCommit) { (_, _) throws(VMError) in
            throw Self.foreign("virInterfaceChangeCommit")
        }
        carryOut(Remote.interfaceChangeRollback) { (_, _) throws(VMError) in
            throw Self.foreign("virInterfaceChangeRollback")
        }
    }

    /// In the words by which libvirt says that its driver can only look.
    private static func foreign(_ function: String) -> VMError {
        VMError(
            .unsupported, "this function is not supported by the connection driver: \(function)",
            remedy: "the host's own tools configure its interfaces", libvirt: LibvirtError(.noSupport, in: .interface))
    }
}

extension InterfaceReference {
    init(_ interface: HostInterface) {
        self.init()
        name = interface.name
        mac = interface.mac
    }
}
