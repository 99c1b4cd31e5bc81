internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMSnapshot
internal import VMXML

/// A backup as it is asked for, worked out against the machine's disks. The rules are libvirt's.
struct BackupDraft {
    private(set) var document: DomainBackup
    private(set) var order: BackupOrder
    private let suffix: String

    /// - Parameters:
    ///   - domain: the live definition.
    ///   - suffix: what the names of images end in that the document doesn't name.
    ///   - path: where a source is on this host.
    init(
        _ document: DomainBackup, _ domain: Domain, id: String, suffix: String, path: (DiskSource) -> String?
    ) throws(VMError) {
        self.document = document
        self.document.mode = document.mode ?? .push
        self.suffix = suffix
        order = BackupOrder(id: id, xml: "")
        try fillServer()
        let wanted = try entries(domain)
        self.document.disks = []
        for disk in domain.devices.disks {
            guard let target = disk.target?.dev else { continue }
            try add(disk, target, wanted[target], takesAll: document.disks.isEmpty, path(disk.source))
        }
        guard !order.disks.isEmpty else {
            throw .snapshotUnsupported("no disks selected for backup", in: .domain)
        }
        try checkNames()
        order.xml = self.document.xml
    }

    // MARK: The server

    private mutating func fillServer() throws(VMError) {
        guard document.isPull else { return }
        var server = document.server ?? BackupServer()
        if server.tls == .yes {
            throw .snapshotOperation(
                unsupported: "a backup can't be served with TLS",
                remedy: "serve it on a unix socket, and forward that with ssh")
        }
        switch server.transport ?? .tcp {
        case .tcp:
            guard let port = server.port, port > 0 else {
                throw .snapshotOperation(
                    unsupported: "<domainbackup> must specify TCP port for now",
                    remedy: "give the server a port, or a unix socket")
            }
            server.transport = .tcp
            server.name = server.name ?? "localhost"
            order.server = .tcp(host: server.name ?? "localhost", port: port)
        case .unix: order.server = .unix(server.socket ?? "")
        case .fd:
            throw .snapshotOperation(
                unsupported: "a backup can't be served on a socket that is handed over",
                remedy: "serve it on a unix socket")
        }
        document.server = server
    }

    // MARK: Disks

    private func entries(_ domain: Domain) throws(VMError) -> [String: BackupDisk] {
        var wanted: [String: BackupDisk] = [:]
        for entry in document.disks {
            let targets = domain.devices.disks.compactMap { $0.target?.dev }
            guard let name = entry.name, targets.contains(name) else {
                throw .snapshotUnsupported(
                    "no disk named '\(entry.name ?? "")'",
                    remedy: NearMatch.best(for: entry.name ?? "", among: targets).map { "did you mean '\($0)'?" },
                    in: .domain)
            }
            guard wanted.updateValue(entry, forKey: name) == nil else {
                throw .snapshotUnsupported("disk '\(name)' specified twice", in: .domain)
            }
        }
        return wanted
    }

    private mutating func add(
        _ disk: Disk, _ target: String, _ entry: BackupDisk?, takesAll: Bool, _ path: String?
    ) throws(VMError) {
        let isPlain = disk.device ?? .disk == .disk && !disk.readonly && path != nil
        guard entry.map({ $0.backup != .no }) ?? (takesAll && isPlain) else {
            return document.disks.append(BackupDisk(target, .no))
        }
        guard disk.device ?? .disk == .disk || disk.device == .lun || disk.device == .cdrom, disk.source.type != .dir
        else { throw .snapshotUnsupported("disk '\(target)' can't be backed up", in: .domain) }
        guard !disk.source.isEmpty else {
            throw .snapshotUnsupported("disk '\(target)' has no media", in: .domain)
        }
        var result = entry ?? BackupDisk(target)
        result.name = target
        result.backup = .yes
        result.index = nil
        result.incremental =
            result.backupMode == .full ? nil : result.incremental ?? document.incremental
        if result.backupMode == .incremental, result.incremental == nil {
            throw .snapshotUnsupported(
                "disk '\(target)' is to be backed up incrementally, and no checkpoint is named", in: .domain)
        }
        result.backupMode = result.incremental == nil ? .full : .incremental
        let format = result.driver?.type ?? .qcow2
        if document.isPull, format != .qcow2 {
            throw .snapshotUnsupported("pull mode backup driver for disk '\(target)' must be qcow2")
        }
        guard format == .qcow2 || format == .raw else {
            throw .snapshotUnsupported("backup of disk '\(target)' can't be written as \(format.rawValue)")
        }
        result.driver = result.driver ?? SnapshotDiskDriver(format)
        result.driver?.type = format
        let place = try place(result, disk, target, path)
        if document.isPull { result.scratch = place } else { result.target = place }
        var wanted = BackupOrder.Disk(
            target: target, path: place.file ?? place.dev ?? "", format: format.rawValue)
        wanted.isBlockDevice = place.type == .block
        wanted.incremental = result.incremental
        if document.isPull {
            result.exportName = result.exportName ?? target
            wanted.exportName = result.exportName ?? target
            if result.incremental != nil {
                result.exportBitmap = result.exportBitmap ?? "backup-\(target)"
                wanted.bitmap = result.exportBitmap ?? ""
            }
        }
        document.disks.append(result)
        order.disks.append(wanted)
    }

    private func place(
        _ entry: BackupDisk, _ disk: Disk, _ target: String, _ path: String?
    ) throws(VMError) -> DiskSource {
        if let place = entry.place, place.file ?? place.dev != nil {
            if place.encryption != nil || place.dataStore != nil {
                throw .snapshotUnsupported("the backup of disk '\(target)' can't be encrypted, nor have a data file")
            }
            return place
        }
        guard let path, disk.source.type == .file || disk.source.type == .volume else {
            throw .snapshotUnsupported(
                "refusing to generate file name for disk '\(target)'",
                remedy: "name one in a <\(document.isPull ? "scratch" : "target")>", in: .domain)
        }
        return .file("\(path).\(suffix)")
    }

    /// No two disks have the same image, export or bitmap.
    private func checkNames() throws(VMError) {
        for (what, names) in [
            ("image", order.disks.map(\.path)), ("export", order.disks.map(\.exportName)),
        ] {
            var seen: Set<String> = []
            guard let twice = names.first(where: { !seen.insert($0).inserted }) else { continue }
            throw .snapshotUnsupported("\(what) '\(twice)' is that of two disks of the backup", in: .domain)
        }
        for disk in order.disks where !Self.isName(disk.exportName) || !Self.isName(disk.bitmap) {
            throw .snapshotArgument(
                "an export or bitmap of disk '\(disk.target)' has a name that is too long, or empty")
        }
    }

    private static func isName(_ text: String) -> Bool { !text.isEmpty && text.utf8.count <= 1023 }

    mutating func add(checkpoint: DomainCheckpoint) {
        order.checkpoint = checkpoint.name
        order.checkpointDisks = checkpoint.noted.compactMap(\.name)
    }

    mutating func add(copies: [SnapshotOrder.Copy]) { order.copies = copies }

    mutating func reuseFiles() { order.reusesFiles = true }
}

extension DomainBackup {
    /// The document with what became of each disk.
    func tell(_ job: BackupJob) -> DomainBackup {
        var document = self
        for index in document.disks.indices {
            guard let part = job.disks.first(where: { $0.target == document.disks[index].name }) else { continue }
            document.disks[index].index = part.index
            document.disks[index].backupMode = part.isIncremental ? .incremental : .full
            if part.whyWhole != nil { document.disks[index].incremental = nil }
        }
        return document
    }
}
