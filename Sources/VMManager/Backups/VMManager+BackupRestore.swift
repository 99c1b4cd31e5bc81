internal import CVMSystem
internal import Glibc
public import VMCore
internal import VMDomain
internal import VMImage
internal import VMStorage
internal import VMXML

/// What became of a backup that was restored.
public struct RestoredBackup: Sendable, Hashable {
    public var backup: StoredBackup
    /// The new images, by the disks' targets.
    public var images: [String: String]
    /// The domain's definition with them, not stored yet.
    public var definition: String
}

extension VMManager {
    /// Makes whole images out of a backup in a folder, compares them with it, and writes a definition that uses them. Nothing is
    /// replaced, and no domain is changed.
    ///
    /// - Parameters:
    ///   - number: nil takes the newest.
    ///   - destination: the folder for the images, which is made where it isn't there.
    ///   - name: a new name, with which the definition gets a new identity: no UUID, and no MAC addresses.
    public func restoreBackup(
        from folder: String, number: Int? = nil, to destination: String, as name: String? = nil
    ) throws(VMError) -> RestoredBackup {
        let source = BackupFolder(path: folder)
        let all = try source.all()
        guard let backup = number == nil ? all.last : all.first(where: { $0.number == number }) else {
            let which = number.map { "backup \($0)" } ?? "a backup"
            throw VMError(
                .notFound, "'\(folder)' doesn't have \(which)",
                remedy: "\(command: "backup-list", folder) shows those there are")
        }
        let bytes = try Files.read(source.definition(backup.number))
        var domain = try Domain.read(bytes, file: source.definition(backup.number), options: .lenient).checked()
        try Folders.make(destination)
        guard let lock = try FileLock.take(destination + "/.lock") else {
            throw VMError(
                .busy, "another program restores a backup to '\(destination)'", remedy: "try again when it is done")
        }
        defer {
            unlink(destination + "/.lock")
            withExtendedLifetime(lock) {}
        }
        let definition = "\(destination)/domain.xml"
        var images: [String: String] = [:]
        for disk in backup.disks {
            images[disk.target] = "\(destination)/\(disk.target).\(disk.format == "raw" ? "img" : "qcow2")"
        }
        let (variables, tpm) = ("\(destination)/variables", "\(destination)/tpm")
        for path in images.values.sorted() + [variables, tpm, definition] where Files.exists(path) {
            throw VMError(.exists, "the file '\(path)' exists already", remedy: "name another folder")
        }
        let work = Work(deadline: .after(.seconds(86_400)))
        for disk in backup.disks {
            guard let path = images[disk.target] else { continue }
            try restore(disk, try source.chain(disk, all), to: path, work)
        }
        domain.use(images, of: backup, as: name)
        if backup.hasVariables {
            let kept = source.variables(backup.number)
            // A backup has a file of its own. A link could lead to anything that this user may read.
            let file = try FileDescriptor.open(kept, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW)
            try Files.write(try file.readToEnd(kept, limit: 256 << 20), to: variables, durable: true)
            domain.useVariables(variables)
        }
        if backup.hasTPM {
            let kept = source.tpm(backup.number)
            guard Files.linkTarget(kept) == nil else { throw VMError(.io, "'\(kept)' is a link") }
            try FolderCopy.copy(kept, to: tpm)
            // Its program keeps the rights of these files itself, which takes their owner.
            if let user = try account(of: domain) { Folders.give(tpm, to: user) }
            domain.useTPM(tpm)
        }
        try Files.write(Array(domain.xml.utf8), to: definition, durable: true)
        return RestoredBackup(backup: backup, images: images, definition: definition)
    }

    private func restore(_ disk: StoredBackup.Disk, _ chain: [String], to path: String, _ work: Work) throws(VMError) {
        guard let top = chain.first else { return }
        let images = try SnapshotImages(work)
        for file in chain { try images.check(file) }
        let format: VMImage.ImageFormat = disk.format == "raw" ? .raw : .qcow2
        let part = path + ".part"
        try Files.remove(part)
        do throws(VMError) {
            try images.convert(top, to: part, format)
            Failpoint.reached("restore.converted")
            try images.compare(top, with: part, format)
            try SnapshotImages.sync(part)
        } catch {
            unlink(part)
            throw error
        }
        guard vms_rename_new(part, path) == 0 else {
            let code = errno
            unlink(part)
            throw .system("cannot write '\(path)'", errno: code)
        }
        try Files.syncFolder(of: path)
    }
}

extension SnapshotImages {
    /// Looks whether an image is whole.
    func check(_ path: String) throws(VMError) {
        try run(["check", "-q", "--image-opts", QEMUImg.options(path, .qcow2)])
    }

    /// Copies what an image shows, with all that it builds on, into a new one.
    func convert(_ path: String, to copy: String, _ format: VMImage.ImageFormat) throws(VMError) {
        try run(["convert", "-q", "--image-opts", "-O", format.rawValue, QEMUImg.options(path, .qcow2), copy])
    }

    /// - Throws: when two images don't show the same.
    func compare(_ path: String, with other: String, _ format: VMImage.ImageFormat) throws(VMError) {
        try run(["compare", "-q", "--image-opts", QEMUImg.options(path, .qcow2), QEMUImg.options(other, format)])
    }
}

extension Domain {
    /// Has the disks of a backup use new images; those that are no part of it stay as they are.
    fileprivate mutating func use(_ images: [String: String], of backup: StoredBackup, as name: String?) {
        for index in devices.disks.indices {
            guard let target = devices.disks[index].target?.dev, let path = images[target] else { continue }
            devices.disks[index].source = .file(path)
            devices.disks[index].backingStore = nil
            devices.disks[index].mirror = nil
            let format = backup.disks.first { $0.target == target }?.format
            if devices.disks[index].driver == nil { devices.disks[index].driver = DiskDriver() }
            devices.disks[index].driver?.type = format == "raw" ? .raw : .qcow2
        }
        guard let name else { return }
        self.name = name
        uuid = nil
        for index in devices.interfaces.indices { devices.interfaces[index].mac = nil }
    }

    /// Has the emulated TPM go on from what was copied, whatever the domain's UUID is.
    fileprivate mutating func useTPM(_ path: String) {
        for index in devices.tpms.indices where devices.tpms[index].backend?.type == .emulator {
            let folder = path + (devices.tpms[index].backend?.version == .v1_2 ? "/tpm1.2" : "/tpm2")
            var place = TPMBackend.Source()
            place.type = Files.isFolder(path) ? .dir : .file
            place.path = Files.isFolder(folder) ? folder : path
            devices.tpms[index].backend?.source = place
        }
    }

    fileprivate mutating func useVariables(_ path: String) {
        guard os.nvram != nil else { return }
        os.nvram?.type = nil
        os.nvram?.source = DiskSource()
        os.nvram?.path = path
    }
}
