internal import Glibc
public import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

extension VMManager {
    /// The file in which a domain's managed save is kept.
    public func managedSavePath(_ uuid: UUID) -> String { "\(paths.state)/save/\(uuid).save" }

    /// The file of a domain's managed save; nil when it has none.
    public func managedSave(of machine: Machine) -> String? {
        let path = managedSavePath(machine.uuid)
        if Files.exists(path) { return path }
        // Earlier versions named it after the domain.
        let old = "\(paths.state)/save/\(DomainName.fileName(machine.name)).save"
        guard Files.exists(old), let image = try? SaveImage.read(old),
            let domain = try? Domain.read(image.xml, options: .lenient).checked(), domain.uuid == machine.uuid
        else { return nil }
        return old
    }

    /// Whether a domain has a managed save.
    public func hasManagedSave(_ machine: Machine) -> Bool { managedSave(of: machine) != nil }

    /// Writes a running machine's state into a file and ends the machine.
    ///
    /// The file is there when it is whole, and never before; a machine whose saving fails runs on.
    /// - Parameters:
    ///   - xml: what is restored instead of the live definition.
    ///   - resume: whether it runs when it is restored; nil leaves it as it is now.
    ///   - format: `libvirt` for a file that libvirt restores, too.
    ///   - progress: is told how far it is; true stops the job, and the machine runs on.
    public func save(
        _ key: String, to path: String, xml: [UInt8]? = nil, resume: SaveImage.Resume? = nil,
        format: SaveImage.Format = .vmctl, progress: (MachineJob) -> Bool = { _ in false }
    ) throws(VMError) {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.save(machine, to: path, xml: xml, resume: resume, format: format, progress: progress)
        }
    }

    func save(
        _ machine: Machine, to path: String, xml: [UInt8]?, resume: SaveImage.Resume?, format: SaveImage.Format,
        progress: (MachineJob) -> Bool
    ) async throws(VMError) {
        guard path.hasPrefix("/") else {
            throw VMError(.invalidArgument, "'\(path)' is not an absolute path", remedy: "give the whole path")
        }
        try await saveMachine(machine, to: path, xml: xml, resume: resume, format: format, progress: progress)
    }

    /// Writes a running machine's state where its next start finds it.
    public func managedSave(
        _ key: String, resume: SaveImage.Resume? = nil, progress: (MachineJob) -> Bool = { _ in false }
    ) throws(VMError) {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.managedSave(machine, resume: resume, progress: progress)
        }
    }

    func managedSave(
        _ machine: Machine, resume: SaveImage.Resume?, progress: (MachineJob) -> Bool
    ) async throws(VMError) {
        guard machine.isPersistent else {
            throw VMError(
                .wrongState, "Requested operation is not valid: cannot do managed save for transient domain",
                remedy: "save it into a file with \(command: "save")")
        }
        try Folders.make(paths.state + "/save")
        try await saveMachine(
            machine, to: managedSavePath(machine.uuid), xml: nil, resume: resume, progress: progress)
    }

    private func saveMachine(
        _ machine: Machine, to path: String, xml: [UInt8]?, resume: SaveImage.Resume?,
        format: SaveImage.Format = .vmctl, progress: (MachineJob) -> Bool
    ) async throws(VMError) {
        _ = try resolve(.live, machine)
        if let xml {
            let other = try Domain.read(xml, options: .lenient).checked()
            try VMManager.checkSame(other, uuid: machine.uuid, name: machine.name)
        }
        try checkUnused(path)
        let id = VMManager.newJobID()
        let order = SaveRequest(
            id: id, path: path, xml: xml.map { String(decoding: $0, as: UTF8.self) },
            isPaused: resume.map { $0 == .paused }, format: format)
        try await runJob(.save(order), id, of: machine, path: path, progress: progress)
    }

    /// Refuses to write over a file that somebody needs: a disk, an image below one, what a snapshot keeps, variables.
    private func checkUnused(_ path: String) throws(VMError) {
        guard Files.exists(path) else { return }
        let references = ImageReferences(self, folders: [Files.folder(of: path)])
        guard let user = references.users(of: path).first else { return }
        throw VMError(
            .busy, "cannot write '\(path)': \(user.text) needs what is in it", remedy: "choose another file",
            libvirt: LibvirtError(.operationInvalid))
    }

    static func checkSame(_ domain: Domain, uuid: UUID, name: String) throws(VMError) {
        if let other = domain.uuid, other != uuid {
            throw VMError(.invalidArgument, "Target domain uuid \(other) does not match source \(uuid)")
        }
        if let other = domain.name, other != name {
            throw VMError(.invalidArgument, "Target domain name '\(other)' does not match source '\(name)'")
        }
    }

    /// Removes a domain's managed save.
    ///
    /// - Returns: whether there was one.
    @discardableResult
    public func removeManagedSave(_ key: String) throws(VMError) -> Bool {
        let machine = try find(key)
        guard let path = managedSave(of: machine) else { return false }
        try Files.remove(path, durable: true)
        return true
    }

    // MARK: The file

    /// The XML in a saved machine's file.
    ///
    /// - Parameter secrets: with the passwords in it, `VIR_DOMAIN_SAVE_IMAGE_XML_SECURE`.
    public func savedXML(_ path: String, secrets: Bool = true) throws(VMError) -> String {
        let text = String(decoding: try SaveImage.read(path).xml, as: UTF8.self)
        return secrets ? text : try Domain.hidingSecrets(in: text)
    }

    /// Replaces the XML in a saved machine's file, and what is done after restoring. What the guest sees must stay as it
    /// is, which QEMU checks when it restores.
    ///
    /// - Returns: whether there was anything to change.
    @discardableResult
    public func redefineSaved(
        _ path: String, xml: [UInt8]?, resume: SaveImage.Resume? = nil
    ) throws(VMError) -> Bool {
        let image = try SaveImage.read(path)
        var wanted = image.xml
        if let xml {
            let old = try Domain.read(image.xml, options: .lenient).checked()
            let new = try Domain.read(xml, file: path, options: .strict).checked()
            if let uuid = old.uuid, let name = old.name { try VMManager.checkSame(new, uuid: uuid, name: name) }
            wanted = xml
        }
        if wanted == image.xml, resume ?? image.resume == image.resume { return false }
        try SaveImage.rewrite(path) { image throws(VMError) in
            image.xml = wanted
            image.resume = resume ?? image.resume
        }
        return true
    }

    // MARK: Memory dumps

    /// Writes the guest's memory into a file, for a debugger.
    /// - Parameters:
    ///   - format: QEMU's name of the format, `elf` or `kdump-zlib`; nil is ELF.
    ///   - live: let the guest run meanwhile.
    ///   - after: what is done then: `crash` ends the machine, `reset` resets it; nil lets it go on.
    public func dump(
        _ key: String, to path: String, format: String? = nil, live: Bool = false, after: String? = nil,
        progress: (MachineJob) -> Bool = { _ in false }
    ) throws(VMError) {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.dump(machine, to: path, format: format, live: live, after: after, progress: progress)
        }
    }

    func dump(
        _ machine: Machine, to path: String, format: String?, live: Bool, after: String?,
        progress: (MachineJob) -> Bool
    ) async throws(VMError) {
        guard try resolve(.live, machine).live else { return }
        guard path.hasPrefix("/") else {
            throw VMError(.invalidArgument, "'\(path)' is not an absolute path", remedy: "give the whole path")
        }
        try checkUnused(path)
        let id = VMManager.newJobID()
        let order = DumpRequest(id: id, path: path, format: format, isLive: live, after: after)
        try await runJob(.dump(order), id, of: machine, path: path, progress: progress)
    }
}
