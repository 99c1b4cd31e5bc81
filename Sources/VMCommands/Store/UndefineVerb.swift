internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `undefine NAME [--nvram|--keep-nvram] [--storage VOLUMES|--remove-all-storage] …`, `undefine --undo NAME`.
    static var undefine: Verb {
        Verb(
            "undefine", aliases: ["rm"], group: .domain, "remove a stored domain, or let a running one go when it ends",
            details: """
                The definition goes into a trash for a month: 'undefine --undo NAME' brings it back. Other files of
                the domain stay where they are unless asked for, and are listed. Only image files are ever removed:
                no media, no links, no base images, nothing that is read-only, shared or used by another domain.
                On a terminal what can't be undone is confirmed first.
                """,
            parameters: [
                .domain(), .flag("managed-save", "remove the domain's managed save image"),
                .option("storage", "volumes", "remove these image files: targets or paths, with commas between"),
                .flag("remove-all-storage", "remove the image files of all disks"),
                .flag("snapshots-metadata", "remove what is known of snapshots"),
                .flag("checkpoints-metadata", "remove what is known of checkpoints"),
                .flag("nvram", "remove the file of firmware variables"), .flag("keep-nvram", "keep that file"),
                .flag("tpm", "remove the TPM's state"), .flag("keep-tpm", "keep that state"),
                .flag("plan", "only tell what would be removed and what would stay"),
                .flag("undo", "bring an undefined domain back"), .yes,
            ],
            exclusive: [
                ["nvram", "keep-nvram"], ["tpm", "keep-tpm"], ["storage", "remove-all-storage"], ["undo", "plan"],
                ["undo", "nvram"], ["undo", "tpm"], ["undo", "storage"], ["undo", "remove-all-storage"],
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            if invocation.flag("undo") { return try undo(manager, key) }
            let request = request(invocation)
            let plan = try manager.carryOut("undefine", key) { () throws(VMError) in
                try manager.undefinePlan(key, request)
            }
            if invocation.flag("plan") { return tell(plan) }
            if request.losesData, plan.possessions.contains(where: \.isRemoved) {
                let list = plan.possessions.filter(\.isRemoved).map { "  " + $0.line + "\n" }.joined()
                try invocation.confirm("Undefine domain '\(plan.machine.name)' and remove for good:\n\(list)")
            }
            return tell(try manager.carryOut(plan), isBrief: invocation.global.isVirsh)
        }
    }

    private static func request(_ invocation: Invocation) -> UndefineRequest {
        var request = UndefineRequest()
        request.nvram = invocation.flag("nvram") ? .remove : invocation.flag("keep-nvram") ? .keep : .unsaid
        request.tpm = invocation.flag("tpm") ? .remove : invocation.flag("keep-tpm") ? .keep : .unsaid
        request.forgetsSnapshots = invocation.flag("snapshots-metadata")
        request.forgetsCheckpoints = invocation.flag("checkpoints-metadata")
        request.removesManagedSave = invocation.flag("managed-save")
        if let volumes = invocation.value("storage") {
            request.storage = .named(volumes.split(separator: ",").map(String.init))
        } else if invocation.flag("remove-all-storage") {
            request.storage = .all
        }
        return request
    }

    private static func undo(_ manager: VMManager, _ key: String) throws(VMError) -> Report {
        let found = try manager.takeBack(key)
        var value: JSONObject = ["name": .string(found.name)]
        value["uuid"] = found.uuid.map { .string($0.description) }
        value["removed_at"] = .string(Timestamp.text(found.removed))
        return Report(
            .message("Domain '\(found.name)' is defined again"), value: .object(value), names: [found.name])
    }

    private static func tell(_ plan: UndefinePlan) -> Report {
        let removed = plan.possessions.filter(\.isRemoved)
        let kept = plan.possessions.filter { !$0.isRemoved }
        var text = "Domain '\(plan.machine.name)' would be undefined\n"
        for possession in removed { text += "would be removed: \(possession.line)\n" }
        for possession in kept { text += "would stay: \(possession.line)\n" }
        return Report(
            .text(text),
            value: [
                "name": .string(plan.machine.name), "uuid": .string(plan.machine.uuid.description),
                "running": .bool(plan.isRunning), "removed": .array(removed.map(\.value)),
                "kept": .array(kept.map(\.value)),
            ], names: [plan.machine.name])
    }

    private static func tell(_ result: UndefineResult, isBrief: Bool) -> Report {
        let name = result.machine.name
        var sentences = ["Domain '\(name)' has been undefined"] + result.removed.map(\.removal)
        if !isBrief { sentences += result.kept.map { "kept: \($0.line)" } }
        var report = Report(
            .messages(sentences),
            value: [
                "name": .string(name), "uuid": .string(result.machine.uuid.description),
                "running": .bool(result.isStillRunning), "undo": .bool(result.isInTrash),
                "removed": .array(result.removed.map(\.value)), "kept": .array(result.kept.map(\.value)),
                "failures": .array(result.failures.map { .string($0.description) }),
            ], names: [name], exitStatus: result.failures.first?.code.exitStatus ?? 0)
        report.warnings = result.failures.map(\.description)
        if !result.isInTrash {
            report.warnings.append("the disk is full: the definition of '\(name)' is gone for good")
        }
        return report
    }
}

extension DomainPossession {
    /// For people: `disk 'vda' /path (base image of 'vda')`.
    fileprivate var line: String {
        let what = device.map { "\(kind.rawValue) '\($0)'" } ?? kind.rawValue
        return DisplayText.printable("\(what) \(path)") + (reasonToStay.map { " (\($0))" } ?? "")
    }

    fileprivate var removal: String {
        kind == .disk ? "Volume '\(device ?? path)'(\(path)) removed." : "removed: \(line)"
    }

    fileprivate var value: JSONValue {
        var object: JSONObject = ["kind": .string(kind.rawValue), "path": .string(path)]
        object["device"] = device.map { .string($0) }
        object["reason"] = reasonToStay.map { .string($0) }
        return .object(object)
    }
}
