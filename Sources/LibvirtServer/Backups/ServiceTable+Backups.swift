internal import LibvirtWire
internal import VMCore
internal import VMManager
internal import VMSnapshot
internal import VMXML

/// Checkpoints of domains, and backups.
extension ServiceTable {
    mutating func serveBackups() {
        serveCheckpointLists()
        serveCheckpointFacts()
        serveCheckpointChanges()
        carryOut(Remote.domainBackupBegin) { (arguments, client) throws(VMError) in
            // 1: the files are there already; 2: QEMU is kept when the guest powers off, as it always is.
            try checkFlags(arguments.flags, 3, "qemuDomainBackupBegin")
            let document = try DomainBackup.checked(Array(arguments.backup.utf8), options: .lenient)
            let checkpoint = try arguments.checkpoint.map { (text) throws(VMError) in
                try DomainCheckpoint.checked(Array(text.utf8), options: .lenient)
            }
            _ = try await client.machine(arguments.domain).beginBackup(
                document, checkpoint: checkpoint, reusesFiles: arguments.flags & 1 != 0)
        }
        serve(Remote.domainBackupGetXMLDesc) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainBackupGetXMLDesc")
            return try await client.perform(arguments.subject, "backupXML") { (manager, key) throws(VMError) in
                try manager.backupXML(key)
            }
        }
    }

    // MARK: Checkpoints

    private mutating func serveCheckpointLists() {
        serve(Remote.domainListAllCheckpoints) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, CheckpointFilter.known.rawValue, "qemuDomainListAllCheckpoints")
            let names = try await Self.names(arguments.parent, arguments.flags, nil, client)
            return Listing(
                names.map { CheckpointReference($0, arguments.parent) }, wanted: arguments.needsResults)
        }
        serve(Remote.domainCheckpointListAllChildren) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, CheckpointFilter.known.rawValue, "qemuDomainCheckpointListAllChildren")
            let checkpoint = arguments.parent
            let names = try await Self.names(checkpoint.domain, arguments.flags, checkpoint.name, client)
            return Listing(
                names.map { CheckpointReference($0, checkpoint.domain) }, wanted: arguments.needsResults)
        }
    }

    /// - Parameter from: only those below this one.
    private static func names(
        _ domain: DomainReference, _ flags: UInt32, _ from: String?, _ client: Client
    ) async throws(VMError) -> [String] {
        try await client.perform(domain, "checkpoints") { (manager, key) throws(VMError) in
            if let from { _ = try manager.checkpoint(key, from) }
            return try manager.checkpoints(key).list(CheckpointFilter(rawValue: flags), from: from).map(\.name)
        }
    }

    private mutating func serveCheckpointFacts() {
        serve(Remote.domainCheckpointLookupByName) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainCheckpointLookupByName")
            let record = try await client.perform(arguments.domain, "checkpoint") { (manager, key) throws(VMError) in
                try manager.checkpoint(key, arguments.name)
            }
            return CheckpointReference(record.name, arguments.domain)
        }
        serve(Remote.domainCheckpointGetParent) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainCheckpointGetParent")
            let checkpoint = arguments.subject
            let record = try await client.perform(checkpoint.domain, "checkpoint") { (manager, key) throws(VMError) in
                try manager.parentCheckpoint(key, of: checkpoint.name)
            }
            return CheckpointReference(record.name, checkpoint.domain)
        }
        serve(Remote.domainCheckpointGetXMLDesc) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, CheckpointDetail.known.rawValue, "qemuDomainCheckpointGetXMLDesc")
            return try await client.machine(arguments.subject.domain).checkpointXML(
                arguments.subject.name, CheckpointDetail(rawValue: arguments.flags))
        }
    }

    private mutating func serveCheckpointChanges() {
        serve(Remote.domainCheckpointCreateXML) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, CheckpointCreation.known.rawValue, "qemuDomainCheckpointCreateXML")
            try checkExclusive(
                arguments.flags, 1, 2,
                ("VIR_DOMAIN_CHECKPOINT_CREATE_REDEFINE", "VIR_DOMAIN_CHECKPOINT_CREATE_QUIESCE"))
            var flags = CheckpointCreation(rawValue: arguments.flags)
            if flags.contains(.validate) { flags.insert(.redefine) }
            let document = try DomainCheckpoint.checked(
                Array(arguments.xml.utf8), isRedefinition: flags.contains(.redefine), options: .lenient)
            let record = try await client.machine(arguments.domain).createCheckpoint(document, flags)
            return CheckpointReference(record.name, arguments.domain)
        }
        carryOut(Remote.domainCheckpointDelete) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, CheckpointDeletion.known.rawValue, "qemuDomainCheckpointDelete")
            try checkExclusive(
                arguments.flags, 1, 4,
                ("VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN", "VIR_DOMAIN_CHECKPOINT_DELETE_CHILDREN_ONLY"))
            let checkpoint = arguments.subject
            _ = try await client.machine(checkpoint.domain).deleteCheckpoint(
                checkpoint.name, CheckpointDeletion(rawValue: arguments.flags))
        }
    }
}

extension CheckpointReference {
    init(_ name: String, _ domain: DomainReference) {
        self.init()
        self.name = name
        self.domain = domain
    }
}
