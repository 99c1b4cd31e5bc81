internal import LibvirtWire
internal import VMCore
internal import VMManager

/// Objects of which there are none here: filters, checkpoints.
///
/// Programs count and list them when they connect; the truth is an empty list. Whoever looks one up is told, in libvirt's
/// words, that it isn't there.
extension ServiceTable {
    mutating func serveAbsentObjects() {
        serveAbsentFilters()
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
        serve(Remote.nwFilterBindingLookupByPortDev) { (name, _) throws(VMError) in
            throw Self.absent(
                .noNetworkFilterBinding, .networkFilter, "no nwfilter binding for port dev '\(name)'")
        }
        serve(Remote.nwFilterDefineXML) { (_, _) throws(VMError) in throw Self.noFilters }
        serve(Remote.nwFilterDefineXMLFlags) { (_, _) throws(VMError) in throw Self.noFilters }
    }

    private static var noFilters: VMError {
        VMError(
            .unsupported, "this function is not supported by the connection driver: virNWFilterDefineXML",
            libvirt: LibvirtError(.noSupport, in: .networkFilter))
    }
}
