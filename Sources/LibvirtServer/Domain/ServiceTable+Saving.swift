internal import LibvirtWire
internal import VMCore
internal import VMManager

/// Saved states, managed or not, and dumps of the guest's memory.
extension ServiceTable {
    mutating func serveSaving() {
        carryOut(Remote.domainSave) { (arguments, client) throws(VMError) in
            try await client.machine(arguments.domain).save(to: arguments.path)
        }
        carryOut(Remote.domainSaveFlags) { (arguments, client) throws(VMError) in
            let resume = try Self.resume(arguments.flags, "qemuDomainSaveFlags")
            try await client.machine(arguments.domain).save(to: arguments.path, xml: arguments.xml, resume: resume)
        }
        carryOut(Remote.domainRestore) { (path, client) throws(VMError) in
            _ = try await client.manager.restoreMachine(from: path)
        }
        carryOut(Remote.domainRestoreFlags) { (arguments, client) throws(VMError) in
            // 8 boots with fresh firmware variables.
            try checkFlags(arguments.flags, 15, "qemuDomainRestoreFlags")
            let paused: Bool? = arguments.flags & 4 != 0 ? true : arguments.flags & 2 != 0 ? false : nil
            _ = try await client.manager.restoreMachine(
                from: arguments.path, xml: arguments.xml, paused: paused, resetNVRAM: arguments.flags & 8 != 0)
        }
        serveParameters()
        serve(Remote.domainSaveImageGetXMLDesc) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 1, "qemuDomainSaveImageGetXMLDesc")
            return try await client.manager.perform("savedXML") { (manager) throws(VMError) in
                try manager.savedXML(arguments.subject, secrets: arguments.flags & 1 != 0)
            }
        }
        carryOut(Remote.domainSaveImageDefineXML) { (arguments, client) throws(VMError) in
            let resume = try Self.resume(arguments.flags, "qemuDomainSaveImageDefineXML")
            _ = try await client.manager.perform("redefineSaved") { (manager) throws(VMError) in
                try manager.redefineSaved(arguments.file, xml: Array(arguments.xml.utf8), resume: resume)
            }
        }
        serveManaged()
        carryOut(Remote.domainCoreDump) { (arguments, client) throws(VMError) in
            try await Self.dump(arguments.domain, arguments.path, 0, arguments.flags, client)
        }
        carryOut(Remote.domainCoreDumpWithFormat) { (arguments, client) throws(VMError) in
            try await Self.dump(arguments.domain, arguments.path, arguments.format, arguments.flags, client)
        }
    }

    /// The same with typed parameters: `file`, and `dxml` for another document.
    private mutating func serveParameters() {
        carryOut(Remote.domainSaveParams) { (arguments, client) throws(VMError) in
            let resume = try Self.resume(arguments.flags, "qemuDomainSaveParams")
            let (path, xml) = try Self.saved(arguments.parameters)
            try await client.machine(arguments.subject).save(to: path, xml: xml, resume: resume)
        }
        carryOut(Remote.domainRestoreParams) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 15, "qemuDomainRestoreParams")
            let (path, xml) = try Self.saved(arguments.parameters)
            let paused: Bool? = arguments.flags & 4 != 0 ? true : arguments.flags & 2 != 0 ? false : nil
            _ = try await client.manager.restoreMachine(
                from: path, xml: xml, paused: paused, resetNVRAM: arguments.flags & 8 != 0)
        }
    }

    private static func saved(_ parameters: [TypedParameter]) throws(VMError) -> (path: String, xml: String?) {
        if let other = parameters.first(where: { $0.name != "file" && $0.name != "dxml" }) {
            throw VMError(
                .unsupported, "argument unsupported: parameter '\(other.name)' not supported",
                libvirt: LibvirtError(.argumentUnsupported))
        }
        guard case .string(let path) = parameters["file"] else {
            throw VMError(.invalidArgument, "the parameter 'file' is missing")
        }
        guard case .string(let xml) = parameters["dxml"] else { return (path, nil) }
        return (path, xml)
    }

    private mutating func serveManaged() {
        carryOut(Remote.domainManagedSave) { (arguments, client) throws(VMError) in
            let resume = try Self.resume(arguments.flags, "qemuDomainManagedSave")
            try await client.machine(arguments.subject).managedSave(resume: resume)
        }
        carryOut(Remote.domainManagedSaveRemove) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainManagedSaveRemove")
            _ = try await client.perform(arguments.subject, "removeManagedSave") { (manager, key) throws(VMError) in
                try manager.removeManagedSave(key)
            }
        }
        serve(Remote.domainManagedSaveGetXMLDesc) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 1, "qemuDomainManagedSaveGetXMLDesc")
            return try await client.perform(arguments.subject, "savedXML") { (manager, key) throws(VMError) in
                try manager.savedXML(
                    try Self.managedPath(manager, key), secrets: arguments.flags & 1 != 0)
            }
        }
        carryOut(Remote.domainManagedSaveDefineXML) { (arguments, client) throws(VMError) in
            let resume = try Self.resume(arguments.flags, "qemuDomainManagedSaveDefineXML")
            let xml = arguments.xml.map { Array($0.utf8) }
            _ = try await client.perform(arguments.domain, "redefineSaved") { (manager, key) throws(VMError) in
                try manager.redefineSaved(try Self.managedPath(manager, key), xml: xml, resume: resume)
            }
        }
    }

    private static func managedPath(_ manager: VMManager, _ key: String) throws(VMError) -> String {
        guard let path = manager.managedSave(of: try manager.find(key)) else {
            throw VMError(
                .wrongState, "Requested operation is not valid: domain does not have managed save image")
        }
        return path
    }

    /// `virDomainSaveRestoreFlags`: how the machine is to begin when it is restored.
    private static func resume(_ flags: UInt32, _ function: String) throws(VMError) -> SaveImage.Resume? {
        try checkFlags(flags, 7, function)
        try checkExclusive(flags, 2, 4, ("VIR_DOMAIN_SAVE_RUNNING", "VIR_DOMAIN_SAVE_PAUSED"))
        return flags & 2 != 0 ? .running : flags & 4 != 0 ? .paused : nil
    }

    /// `virDomainCoreDumpFlags` and `virDomainCoreDumpFormat`.
    private static func dump(
        _ domain: DomainReference, _ path: String, _ format: UInt32, _ flags: UInt32, _ client: Client
    ) async throws(VMError) {
        try checkFlags(flags, 0x1f, "qemuDomainCoreDumpWithFormat")
        guard flags & 16 != 0 else {
            throw unsupportedOperation(
                "Operation not supported: only the guest's memory can be dumped; use --memory-only")
        }
        let formats = ["elf", "kdump-zlib", "kdump-lzo", "kdump-snappy", "win-dmp"]
        guard formats.indices.contains(Int(format)) else {
            throw VMError(.invalidArgument, "unknown format of dumps: \(format)")
        }
        try await client.machine(domain).dump(
            to: path, format: formats[Int(format)], live: flags & 2 != 0,
            after: flags & 1 != 0 ? "crash" : flags & 8 != 0 ? "reset" : nil)
    }
}
