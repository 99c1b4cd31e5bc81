internal import LibvirtWire
internal import VMCore
internal import VMManager

/// Which domains there are.
extension ServiceTable {
    mutating func serveLookup() {
        serve(Remote.connectListAllDomains) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0xffff, "qemuConnectListAllDomains")
            let domains = try await client.manager.domains(ListFilter(rawValue: arguments.flags))
            return Listing(domains.compactMap { DomainReference($0) }, wanted: arguments.needsResults)
        }
        serve(Remote.connectNumOfDomains) { (_, client) throws(VMError) in
            Int32(clamping: try await client.manager.domains(.active).count)
        }
        serve(Remote.connectListDomains) { (limit, client) throws(VMError) in
            let ids = try await client.manager.domains(.active).compactMap(\.id).map { Int32(clamping: $0) }
            return List(Array(ids.prefix(max(0, Int(limit)))))
        }
        serve(Remote.connectNumOfDefinedDomains) { (_, client) throws(VMError) in
            Int32(clamping: try await client.manager.domains([.inactive, .persistent]).count)
        }
        serve(Remote.connectListDefinedDomains) { (limit, client) throws(VMError) in
            let names = try await client.manager.domains([.inactive, .persistent]).map(\.name)
            return List(Array(names.prefix(max(0, Int(limit)))))
        }
        serve(Remote.domainLookupByName) { (name, client) throws(VMError) in
            DomainReference(try await client.manager.lookUp(.name(name)))
        }
        serve(Remote.domainLookupByUUID) { (uuid, client) throws(VMError) in
            DomainReference(try await client.manager.lookUp(.uuid(uuid)))
        }
        serve(Remote.domainLookupByID) { (id, client) throws(VMError) in
            DomainReference(try await client.manager.lookUp(.id(Int(id))))
        }
    }
}
