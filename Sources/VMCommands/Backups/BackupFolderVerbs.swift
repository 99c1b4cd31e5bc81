internal import VMCore
internal import VMJSON
internal import VMManager

/// Backups in folders of their own.
extension Verb {
    /// `backup DOMAIN FOLDER`.
    static var backup: Verb {
        Verb(
            "backup", group: .backups, "back the disks of a running domain up into a folder",
            details: """
                The folder, which is made where it isn't there, has the backups of one domain, numbered. With --incremental an
                image has what was written since the backup before, and builds on that one's image; a disk of which that isn't
                known is written whole, and it is said. Every image is a qcow2 image that 'qemu-img convert' reads with all
                that it builds on. Ctrl-C ends the backup, and nothing is left of it.
                """,
            parameters: [
                .domain(.active), .argument("folder", "string", "the folder of the backups", completion: .file),
                .flag("incremental", "only what was written since the backup before"),
                .flag("verbose", "display the progress of the backup"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let folder = InputFile.absolute(try invocation.required("folder"), below: InputFile.workingFolder)
            let progress = JobProgress("Backup", isShown: invocation.flag("verbose"))
            let made: StoredBackup
            do throws(VMError) {
                made = try manager.backUp(key, to: folder, isIncremental: invocation.flag("incremental")) {
                    progress.update($0)
                }
            } catch {
                progress.finish(success: false)
                throw error
            }
            progress.finish(success: true)
            var report = Report(
                .message("Domain '\(made.domain)' backed up to '\(folder)' as number \(made.number)"),
                value: .object(made.json), names: ["\(made.number)"])
            for disk in made.disks {
                guard let why = disk.whyWhole else { continue }
                report.warnings.append("disk '\(disk.target)' is backed up whole: \(why)")
            }
            return report
        }
    }

    /// `backup-list FOLDER`.
    static var backupList: Verb {
        Verb(
            "backup-list", group: .backups, "list the backups in a folder",
            parameters: [.argument("folder", "string", "the folder of the backups", completion: .file)]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let folder = InputFile.absolute(try invocation.required("folder"), below: InputFile.workingFolder)
            let backups = try invocation.manager().backups(in: folder)
            var table = TextTable(["Number", "Domain", "Time", "Disks"])
            table.rows = backups.map { backup in
                let disks = backup.disks.map { disk in
                    disk.target + (disk.base.map { " since \($0)" } ?? "")
                }
                return [
                    "\(backup.number)", backup.domain, Timestamp.text(seconds: Int(clamping: backup.created)),
                    disks.joined(separator: ", "),
                ]
            }
            return Report(
                .table(table), value: .array(backups.map { .object($0.json) }), names: backups.map { "\($0.number)" })
        }
    }

    /// `backup-restore FOLDER DESTINATION`.
    static var backupRestore: Verb {
        Verb(
            "backup-restore", group: .backups, "make images out of a backup in a folder",
            details: """
                The new images are whole, and compared with the backup. Beside them is 'domain.xml', the domain's definition
                of that time with these images, for 'define'. Nothing that is there is replaced, and no domain is changed.
                """,
            parameters: [
                .argument("folder", "string", "the folder of the backups", completion: .file),
                .argument("destination", "string", "the folder for the new images", completion: .file),
                .option("number", "number", "which backup; the newest without it"),
                .option("name", "string", "a new name for the domain, with a new UUID and new MAC addresses"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let folder = InputFile.absolute(try invocation.required("folder"), below: InputFile.workingFolder)
            let destination = InputFile.absolute(try invocation.required("destination"), below: InputFile.workingFolder)
            let number = try invocation.value("number").map { (text) throws(VMError) in
                guard let number = Int(text), number > 0 else {
                    throw VMError(.usage, "--number takes the number of a backup, not '\(text)'")
                }
                return number
            }
            let restored = try invocation.manager().restoreBackup(
                from: folder, number: number, to: destination, as: invocation.value("name"))
            return Report(
                .message(
                    "Backup \(restored.backup.number) of domain '\(restored.backup.domain)' restored to '\(destination)'; its "
                        + "definition is '\(restored.definition)'"),
                value: [
                    "backup": .object(restored.backup.json), "definition": .string(restored.definition),
                    "images": .object(
                        JSONObject(restored.images.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
                ], names: restored.images.values.sorted())
        }
    }
}
