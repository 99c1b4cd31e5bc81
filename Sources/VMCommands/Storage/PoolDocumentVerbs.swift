internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager
internal import VMStorage
internal import VMXML

/// Pools' documents.
extension Verb {
    private static var poolDescription: [Parameter] {
        [
            .argument("name", "string", "name of the pool"),
            .argument("type", "string", "type of the pool", completion: .words(PoolType.allCases.map(\.rawValue))),
            .flag("print-xml", "print XML document, but don't define/create"),
            .option("source-host", "string", "source-host for underlying storage"),
            .option("source-path", "string", "source path for underlying storage"),
            .option("source-dev", "string", "source device for underlying storage"),
            .option("source-name", "string", "source name for underlying storage"),
            .option("target", "string", "target for underlying storage", completion: .folder),
            .option("source-format", "string", "format for underlying storage"),
            .option("auth-type", "string", "auth type to be used for underlying storage"),
            .option("auth-username", "string", "auth username to be used for underlying storage"),
            .option("secret-usage", "string", "auth secret usage to be used for underlying storage"),
            .option("secret-uuid", "string", "auth secret UUID to be used for underlying storage"),
            .option("adapter-name", "string", "adapter name to be used for underlying storage"),
            .option("adapter-wwnn", "string", "adapter wwnn to be used for underlying storage"),
            .option("adapter-wwpn", "string", "adapter wwpn to be used for underlying storage"),
            .option("adapter-parent", "string", "adapter parent scsi_hostN to be used for underlying vHBA storage"),
            .option("adapter-parent-wwnn", "string", "its parent's wwnn"),
            .option("adapter-parent-wwpn", "string", "its parent's wwpn"),
            .option("adapter-parent-fabric-wwn", "string", "its parent's fabric_wwn"),
            .option("source-protocol-ver", "string", "nfsvers value for NFS pool mount option"),
            .option("source-initiator", "string", "initiator iqn for underlying storage"),
        ]
    }

    /// `pool-define-as NAME TYPE …`.
    static var poolDefineAs: Verb {
        Verb(
            "pool-define-as", group: .storage, "store a storage pool from arguments",
            details: "For example: vmctl pool-define-as images dir --target ~/images",
            parameters: poolDescription
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let pool = try invocation.describedPool()
            if invocation.flag("print-xml") { return printed(pool.xml) }
            let storage = try invocation.storage()
            let name = pool.name ?? ""
            do throws(VMError) {
                return told(try storage.define(Array(pool.xml.utf8)), "Pool \(name) defined")
            } catch {
                throw error.wrapped("Failed to define pool \(name)")
            }
        }
    }

    /// `pool-create-as NAME TYPE … [--build]`.
    static var poolCreateAs: Verb {
        Verb(
            "pool-create-as", group: .storage, "start a storage pool from arguments without storing it",
            parameters: poolDescription + .poolBuilding, exclusive: [["overwrite", "no-overwrite"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let pool = try invocation.describedPool()
            if invocation.flag("print-xml") { return printed(pool.xml) }
            let storage = try invocation.storage()
            let name = pool.name ?? ""
            do throws(VMError) {
                let made = try storage.create(Array(pool.xml.utf8), build: invocation.flag("build"))
                return told(made, "Pool \(name) created")
            } catch {
                throw error.wrapped("Failed to create pool \(name)")
            }
        }
    }

    static func printed(_ xml: String) -> Report { Report(.raw(xml), value: ["xml": .string(xml)]) }

    /// `pool-dumpxml POOL [--inactive]`.
    static var poolDumpxml: Verb {
        Verb(
            "pool-dumpxml", group: .storage, "print a pool's XML",
            parameters: [
                .pool(), .flag("inactive", "show inactive defined XML"),
                .option("xpath", "string", "xpath expression to filter the XML document"),
                .flag("wrap", "wrap xpath results in an common root element"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let storage = try invocation.storage()
            let pool = try invocation.pool(storage)
            var report = try invocation.printed(storage.xml(of: pool, inactive: invocation.flag("inactive")))
            if report.names.isEmpty { report.names = [pool.name] }
            return report
        }
    }

    /// `pool-edit POOL`.
    static var poolEdit: Verb {
        Verb(
            "pool-edit", group: .storage, "edit a pool's stored XML",
            details: """
                Opens $VISUAL, $EDITOR or vi on the stored XML, and stores the result when it is without fault. An active
                pool goes by it from its next start on. A text that wasn't stored stays in a file whose path is told.
                """,
            parameters: [.pool()]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let manager = try invocation.manager()
            let pool = try invocation.pool(manager.storage)
            guard pool.isPersistent else { throw .hasNoConfig(pool: pool.name) }
            let before = try manager.storage.xml(of: pool, inactive: true)
            let file = try EditedFile(before, name: pool.name + ".xml", manager)
            try file.openEditor()
            let text = try file.read()
            func report(_ sentence: String, changed: Bool) -> Report {
                var value = pool.value
                value["changed"] = .bool(changed)
                return Report(.message(sentence), value: .object(value), names: [pool.name])
            }
            if text == Array(before.utf8) {
                file.remove()
                return report("Pool \(pool.name) XML configuration not changed.", changed: false)
            }
            do throws(VMError) {
                let new = try StoragePool.checked(text, file: file.path)
                guard new.name == pool.name, new.uuid == pool.uuid else {
                    throw VMError(
                        .invalidArgument, "an edit can't change the name or the UUID of pool '\(pool.name)'",
                        remedy: "\(command: "pool-define") makes another pool")
                }
                try manager.storage.define(new)
            } catch {
                throw VMError(
                    error.code, "Failed to edit pool '\(pool.name)'", remedy: "your text is in '\(file.path)'",
                    cause: error)
            }
            file.remove()
            return report("Pool \(pool.name) XML configuration edited.", changed: true)
        }
    }

    // MARK: What there could be

    /// `pool-capabilities`.
    static var poolCapabilities: Verb {
        Verb("pool-capabilities", group: .storage, "tell which types of pools and formats of volumes there can be") {
            (invocation: Invocation) throws(VMError) -> Report in
            let text = try invocation.storage().capabilities
            let pools = PoolType.allCases.map { type -> JSONValue in
                .object([
                    "type": .string(type.rawValue), "supported": .bool(PoolCapabilities.isSupported(type)),
                    "source_formats": .array(type.sourceFormats.map { .string($0) }),
                ])
            }
            let formats = PoolCapabilities.volumeFormats.map { JSONValue.string($0) }
            return Report(.raw(text), value: ["pools": .array(pools), "volume_formats": .array(formats)])
        }
    }

    /// `find-storage-pool-sources TYPE [FILE]`.
    static var findPoolSources: Verb {
        Verb(
            "find-storage-pool-sources", group: .storage, "find what pools of a type could be made of",
            details: sources,
            parameters: [
                .argument("type", "string", "type of storage pool sources to discover"),
                .optional("srcSpec", "file", "optional file of source xml to query for pools", completion: .file),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let source = try invocation.value("srcSpec").map { name throws(VMError) in
                String(decoding: try InputFile(name: name).read(), as: UTF8.self)
            }
            return try find(invocation, source)
        }
    }

    /// `find-storage-pool-sources-as TYPE [--host HOST]`.
    static var findPoolSourcesAs: Verb {
        Verb(
            "find-storage-pool-sources-as", group: .storage, "find what pools of a type could be made of",
            details: sources,
            parameters: [
                .argument("type", "string", "type of storage pool sources to find"),
                .optional("host", "string", "optional host to query"),
                .optional("port", "string", "optional port to query"),
                .optional("initiator", "string", "optional initiator IQN to use for query"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            try find(
                invocation,
                invocation.value("host").map {
                    "<source><host name='\($0.escapedForXML(inAttribute: true))'/></source>"
                })
        }
    }

    private static let sources = """
        Of type netfs: what a server of NFS exports, which showmount (package nfs-common) asks it. Of type logical: the volume
        groups of this host, which pvs (package lvm2) shows to root. Other types' sources aren't looked for.
        """

    private static func find(_ invocation: Invocation, _ source: String?) throws(VMError) -> Report {
        let type = try invocation.required("type")
        do throws(VMError) {
            return printed(
                try invocation.storage().wait { (storage) async throws(VMError) in
                    try await storage.findSources(type, source)
                })
        } catch {
            throw error.wrapped("Failed to find any \(type) pool sources")
        }
    }
}

extension Invocation {
    /// The pool that the arguments describe.
    fileprivate func describedPool() throws(VMError) -> StoragePool {
        try requireDocumentText()
        var pool = StoragePool()
        pool.name = try required("name")
        pool.type =
            try word("type", among: PoolType.allCases.map(\.rawValue)).flatMap { PoolType(rawValue: $0) } ?? .dir
        if let path = value("target") {
            pool.target.path = pool.type.isFolder ? InputFile.absolute(path, below: InputFile.workingFolder) : path
        }
        try describeSource(&pool.source, pool.type)
        return pool
    }

    private func describeSource(_ source: inout PoolSource, _ type: PoolType) throws(VMError) {
        if let name = value("source-host") {
            var host = PoolHost()
            host.name = name
            source.hosts = [host]
        }
        if let path = value("source-path") {
            source.dir = PoolFolder()
            source.dir?.path = path
        }
        if let path = value("source-dev") {
            var device = PoolDevice()
            device.path = path
            source.devices = [device]
        }
        source.name = value("source-name")
        if let format = value("source-format") {
            source.format = type.sourceFormats.isEmpty ? format : try word("source-format", among: type.sourceFormats)
        }
        if let version = value("source-protocol-ver") {
            source.protocolVersion = PoolProtocol()
            source.protocolVersion?.version = version
        }
        if let name = value("source-initiator") {
            source.initiator = PoolInitiator()
            source.initiator?.iqn = PoolInitiator.Name()
            source.initiator?.iqn?.name = name
        }
        if let user = value("auth-username") {
            var auth = StorageAuth()
            auth.type = try word("auth-type", among: ["chap", "ceph"]).flatMap { SecretType(rawValue: $0) }
            auth.username = user
            auth.secret = StorageSecret()
            auth.secret?.usage = value("secret-usage")
            auth.secret?.uuid = value("secret-uuid").flatMap { UUID($0) }
            source.auth = auth
        }
        source.adapter = describedAdapter()
    }

    private func describedAdapter() -> PoolAdapter? {
        var adapter = PoolAdapter()
        if let name = value("adapter-name") {
            adapter.type = .scsiHost
            adapter.name = name
            return adapter
        }
        guard let wwnn = value("adapter-wwnn") else { return nil }
        adapter.type = .fcHost
        adapter.wwnn = wwnn
        adapter.wwpn = value("adapter-wwpn")
        adapter.parent = value("adapter-parent")
        adapter.parentWWNN = value("adapter-parent-wwnn")
        adapter.parentWWPN = value("adapter-parent-wwpn")
        adapter.parentFabricWWN = value("adapter-parent-fabric-wwn")
        return adapter
    }
}
