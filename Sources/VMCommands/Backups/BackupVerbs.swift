internal import VMCore
internal import VMJSON
internal import VMManager
internal import VMSnapshot

/// Backups of running machines as libvirt has them.
extension Verb {
    /// `backup-begin DOMAIN …`.
    static var backupBegin: Verb {
        Verb(
            "backup-begin", group: .backups, "start a disk backup of a live domain",
            details: """
                The disks are copied into files, or served to clients of NBD, as they are at this moment. It goes on by itself:
                'domjobinfo' tells how far it is, 'domjobabort' ends it, which a served one has to be. Without a document
                all disks are copied, each beside its image.
                """,
            parameters: [
                .domain(.active), .option("backupxml", "string", "domain backup XML", completion: .file),
                .option("checkpointxml", "string", "domain checkpoint XML", completion: .file),
                .flag("reuse-external", "reuse files provided by caller"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            var document = DomainBackup()
            if let name = invocation.value("backupxml") {
                let file = InputFile(name: name)
                document = try DomainBackup.checked(try file.read(), file: file.name)
            }
            let checkpoint = try invocation.value("checkpointxml").map { (name) throws(VMError) in
                let file = InputFile(name: name)
                return try DomainCheckpoint.checked(try file.read(), file: file.name)
            }
            let job = try manager.beginBackup(
                key, document, checkpoint: checkpoint, reusesFiles: invocation.flag("reuse-external"))
            var report = Report(
                .message("Backup started"), value: .object(job.backupValue(try manager.find(key).name)), names: [key])
            for disk in job.backup?.disks ?? [] {
                guard let why = disk.whyWhole else { continue }
                report.warnings.append("disk '\(disk.target)' is backed up whole: \(why)")
            }
            return report
        }
    }

    /// `backup-dumpxml DOMAIN`.
    static var backupDumpxml: Verb {
        Verb(
            "backup-dumpxml", group: .backups, "dump XML for an ongoing domain block backup job",
            parameters: [
                .domain(.active), .option("xpath", "string", "xpath expression to filter the XML document"),
                .flag("wrap", "wrap xpath results in an common root element"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            return try invocation.printed(try manager.backupXML(key))
        }
    }
}

extension MachineJob {
    /// What programs are told of any job: what was ordered, and how it is done, is the supervisor's.
    func figures(_ domain: String) -> JSONObject {
        var object = json
        for name in ["order", "block"] { object[name] = nil }
        object["backup"] = backup == nil ? nil : .object(backupValue(domain))
        return object
    }

    /// What programs are told of a backup.
    func backupValue(_ domain: String) -> JSONObject {
        let disks = (backup?.disks ?? []).map { disk -> JSONValue in
            var object: JSONObject = [
                "disk": .string(disk.target), "path": .string(disk.path), "incremental": .bool(disk.isIncremental),
            ]
            object["since"] = disk.isIncremental ? disk.incremental.map { .string($0) } : nil
            object["why_whole"] = disk.whyWhole.map { .string($0) }
            return .object(object)
        }
        return [
            "domain": .string(domain), "id": .string(id), "pull": .bool(backup?.isPull ?? false),
            "disks": .array(disks),
        ]
    }
}
