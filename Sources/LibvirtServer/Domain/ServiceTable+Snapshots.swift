internal import LibvirtWire
internal import VMCore
internal import VMManager
internal import VMSnapshot
internal import VMXML

/// Snapshots of domains.
extension ServiceTable {
    mutating func serveSnapshots() {
        serveSnapshotLists()
        serveSnapshotLookup()
        serveSnapshotFacts()
        serveSnapshotChanges()
    }

    // MARK: Lists

    private mutating func serveSnapshotLists() {
        serve(Remote.domainSnapshotNum) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, SnapshotFilter.known.rawValue, "qemuDomainSnapshotNum")
            return Int32(clamping: try await Self.names(arguments.subject, arguments.flags, nil, client).count)
        }
        serve(Remote.domainSnapshotListNames) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, SnapshotFilter.known.rawValue, "qemuDomainSnapshotListNames")
            let names = try await Self.names(arguments.domain, arguments.flags, nil, client)
            return List(Array(names.prefix(max(0, Int(arguments.limit)))))
        }
        serve(Remote.domainListAllSnapshots) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, SnapshotFilter.known.rawValue, "qemuDomainListAllSnapshots")
            let names = try await Self.names(arguments.parent, arguments.flags, nil, client)
            return Listing(
                names.map { SnapshotReference($0, arguments.parent) }, wanted: arguments.needsResults)
        }
        serve(Remote.domainSnapshotNumChildren) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, SnapshotFilter.known.rawValue, "qemuDomainSnapshotNumChildren")
            let snapshot = arguments.subject
            return Int32(
                clamping: try await Self.names(snapshot.domain, arguments.flags, snapshot.name, client).count)
        }
        serve(Remote.domainSnapshotListChildrenNames) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, SnapshotFilter.known.rawValue, "qemuDomainSnapshotListChildrenNames")
            let snapshot = arguments.snapshot
            let names = try await Self.names(snapshot.domain, arguments.flags, snapshot.name, client)
            return List(Array(names.prefix(max(0, Int(arguments.limit)))))
        }
        serve(Remote.domainSnapshotListAllChildren) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, SnapshotFilter.known.rawValue, "qemuDomainSnapshotListAllChildren")
            let snapshot = arguments.parent
            let names = try await Self.names(snapshot.domain, arguments.flags, snapshot.name, client)
            return Listing(names.map { SnapshotReference($0, snapshot.domain) }, wanted: arguments.needsResults)
        }
    }

    /// - Parameter from: only those below this one.
    private static func names(
        _ domain: DomainReference, _ flags: UInt32, _ from: String?, _ client: Client
    ) async throws(VMError) -> [String] {
        try await client.perform(domain, "snapshots") { (manager, key) throws(VMError) in
            if let from { _ = try manager.snapshot(key, from) }
            return try manager.snapshots(key).list(SnapshotFilter(rawValue: flags), from: from).map(\.name)
        }
    }

    // MARK: Lookup

    private mutating func serveSnapshotLookup() {
        serve(Remote.domainSnapshotLookupByName) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainSnapshotLookupByName")
            let record = try await Self.record(arguments.domain, arguments.name, client)
            return SnapshotReference(record.name, arguments.domain)
        }
        serve(Remote.domainHasCurrentSnapshot) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainHasCurrentSnapshot")
            return try await client.perform(arguments.subject, "snapshots") { (manager, key) throws(VMError) in
                try manager.hasCurrentSnapshot(key)
            }
        }
        serve(Remote.domainSnapshotCurrent) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainSnapshotCurrent")
            let record = try await client.perform(arguments.subject, "snapshots") { (manager, key) throws(VMError) in
                try manager.currentSnapshot(key)
            }
            return SnapshotReference(record.name, arguments.subject)
        }
        serve(Remote.domainSnapshotGetParent) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainSnapshotGetParent")
            let snapshot = arguments.subject
            let record = try await client.perform(snapshot.domain, "snapshots") { (manager, key) throws(VMError) in
                try manager.parentSnapshot(key, of: snapshot.name)
            }
            return SnapshotReference(record.name, snapshot.domain)
        }
    }

    private static func record(
        _ domain: DomainReference, _ name: String, _ client: Client
    ) async throws(VMError) -> SnapshotRecord {
        try await client.perform(domain, "snapshot") { (manager, key) throws(VMError) in
            try manager.snapshot(key, name)
        }
    }

    // MARK: Facts

    private mutating func serveSnapshotFacts() {
        serve(Remote.domainSnapshotGetXMLDesc) { (arguments, client) throws(VMError) in
            // 1 asks for the secrets in it.
            try checkFlags(arguments.flags, 1, "qemuDomainSnapshotGetXMLDesc")
            let snapshot = arguments.subject
            return try await client.perform(snapshot.domain, "snapshot") { (manager, key) throws(VMError) in
                try manager.snapshotXML(key, snapshot.name, secrets: arguments.flags & 1 != 0)
            }
        }
        serve(Remote.domainSnapshotIsCurrent) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainSnapshotIsCurrent")
            return try await Self.record(arguments.subject.domain, arguments.subject.name, client).isCurrent
        }
        serve(Remote.domainSnapshotHasMetadata) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainSnapshotHasMetadata")
            _ = try await Self.record(arguments.subject.domain, arguments.subject.name, client)
            return true
        }
    }

    // MARK: Changes

    private mutating func serveSnapshotChanges() {
        serve(Remote.domainSnapshotCreateXML) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, SnapshotCreation.known.rawValue, "qemuDomainSnapshotCreateXML")
            let flags = SnapshotCreation(rawValue: arguments.flags)
            if flags.contains(.diskOnly), flags.contains(.live) {
                throw VMError(
                    .unsupported, "disk-only snapshots are not possible while the guest is running live",
                    libvirt: LibvirtError(.operationUnsupported))
            }
            if flags.contains(.current), !flags.contains(.redefine) {
                throw VMError(
                    .invalidArgument, "use of 'current' flag in virDomainSnapshotCreateXML requires 'redefine' flag")
            }
            try checkExclusive(
                arguments.flags, 1, 4,
                ("VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE", "VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA"))
            try checkExclusive(
                arguments.flags, 1, 8, ("VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE", "VIR_DOMAIN_SNAPSHOT_CREATE_HALT"))
            // What isn't known is ignored, as libvirt does, unless the client asks for a check.
            let document = try DomainSnapshot.checked(
                Array(arguments.xml.utf8), isRedefinition: flags.contains(.redefine),
                options: flags.contains(.validate) ? .strict : .lenient)
            let record = try await client.machine(arguments.domain).createSnapshot(document, flags)
            return SnapshotReference(record.name, arguments.domain)
        }
        carryOut(Remote.domainRevertToSnapshot) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, SnapshotReversion.known.rawValue, "qemuDomainRevertToSnapshot")
            try checkExclusive(
                arguments.flags, 1, 2,
                ("VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING", "VIR_DOMAIN_SNAPSHOT_REVERT_PAUSED"))
            let snapshot = arguments.subject
            _ = try await client.machine(snapshot.domain).revert(
                to: snapshot.name, SnapshotReversion(rawValue: arguments.flags))
        }
        carryOut(Remote.domainSnapshotDelete) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, SnapshotDeletion.known.rawValue, "qemuDomainSnapshotDelete")
            try checkExclusive(
                arguments.flags, 1, 4,
                ("VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN", "VIR_DOMAIN_SNAPSHOT_DELETE_CHILDREN_ONLY"))
            let snapshot = arguments.subject
            _ = try await client.machine(snapshot.domain).deleteSnapshot(
                snapshot.name, SnapshotDeletion(rawValue: arguments.flags))
        }
    }
}

extension SnapshotReference {
    init(_ name: String, _ domain: DomainReference) {
        self.init()
        self.name = name
        self.domain = domain
    }
}
