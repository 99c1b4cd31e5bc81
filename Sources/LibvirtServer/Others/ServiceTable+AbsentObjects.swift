internal import LibvirtWire
internal import VMCore
internal import VMManager

/// Objects of which there are none here: devices and interfaces of the host, filters.
///
/// Programs count and list them when they connect; the truth is an empty list. Whoever looks one up is told, in libvirt's
/// words, that it isn't there.
extension ServiceTable {
    mutating func serveAbsentObjects() {
        serveAbsentFilters()
        serveAbsentHostObjects()
    }

    private static func absent(
        _ number: LibvirtError.Number, _ domain: LibvirtError.Domain, _ what: String
    ) -> VMError {
        let kind = LibvirtError(number, in: domain)
        return VMError(.notFound, RemoteError.format(of: number).replacing("%s", with: what), libvirt: kind)
    }

    private static func none<Element, Limit>(_ flags: UInt32) -> Listing<Element, Limit> { Listing([]) }

    private mutating func serveAbsentFilters() {
        serve(Remote.connectNumOfNWFilters) { (_, _) throws(VMError) in Int32(0) }
        serve(Remote.connectListNWFilters) { (_, _) throws(VMError) in [] }
        serve(Remote.connectListAllNWFilters) { (arguments, _) throws(VMError) in Self.none(arguments.flags) }
        serve(Remote.connectListAllNWFilterBindings) { (arguments, _) throws(VMError) in Self.none(arguments.flags) }
        serve(Remote.nwFilterLookupByName) { (name, _) throws(VMError) in
            throw Self.absent(.noNetworkFilter, .networkFilter, "no nwfilter with matching name '\(name)'")
        }
        serve(Remote.nwFilterLookupByUUID) { (uuid, _) throws(VMError) in
            throw Self.absent(.noNetworkFilter, .networkFilter, "no nwfilter with matching uuid '\(uuid)'")
        }
    }

    private mutating func serveAbsentHostObjects() {
        serve(Remote.nodeNumOfDevices) { (_, _) throws(VMError) in Int32(0) }
        serve(Remote.nodeListDevices) { (_, _) throws(VMError) in [] }
        serve(Remote.connectListAllNodeDevices) { (arguments, _) throws(VMError) in Self.none(arguments.flags) }
        serve(Remote.nodeDeviceLookupByName) { (name, _) throws(VMError) in
            throw Self.absent(.noNodeDevice, .nodeDevice, "no node device with matching name '\(name)'")
        }
        serve(Remote.connectNumOfInterfaces) { (_, _) throws(VMError) in Int32(0) }
        serve(Remote.connectListInterfaces) { (_, _) throws(VMError) in [] }
        serve(Remote.connectNumOfDefinedInterfaces) { (_, _) throws(VMError) in Int32(0) }
        serve(Remote.connectListDefinedInterfaces) { (_, _) throws(VMError) in [] }
        serve(Remote.connectListAllInterfaces) { (arguments, _) throws(VMError) in Self.none(arguments.flags) }
        serve(Remote.interfaceLookupByName) { (name, _) throws(VMError) in
            throw Self.absent(.noInterface, .interface, "couldn't find interface named '\(name)'")
        }
        serve(Remote.interfaceLookupByMACString) { (mac, _) throws(VMError) in
            throw Self.absent(.noInterface, .interface, "couldn't find interface with MAC address '\(mac)'")
        }
    }
}
