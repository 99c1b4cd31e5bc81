internal import VMCore
internal import VMJSON
internal import VMManager
internal import VMSnapshot

/// Going back to snapshots, deleting and editing them.
extension Verb {
    /// `snapshot-revert DOMAIN SNAPSHOT`.
    static var snapshotRevert: Verb {
        Verb(
            "snapshot-revert", group: .snapshots, "revert a domain to a snapshot",
            details: """
                A machine that runs is ended first. What the domain has written since the snapshot it is at is lost, where
                no other snapshot has it; --dry-run tells what becomes of which file. The snapshot's own files stay as they
                are: after an external one the domain writes to new images on top of them. Images that nobody needs any
                more go to the trash.
                """,
            parameters: [
                .domain(), .snapshot, .flag("current", "revert to current snapshot"),
                .flag("running", "after reverting, change state to running"),
                .flag("paused", "after reverting, change state to paused"),
                .flag("force", "try harder on risky reverts"), .resetNVRAM, .dryRun,
                .option("timeout", "seconds", "how long QEMU may take to get ready, 60 by default"),
            ], exclusive: [["running", "paused"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let name = try invocation.snapshotName(manager, key)
            let words: [(String, SnapshotReversion)] = [
                ("running", .running), ("paused", .paused), ("force", .force), ("reset-nvram", .resetNVRAM),
            ]
            let flags: SnapshotReversion = words.reduce(into: []) { if invocation.flag($1.0) { $0.insert($1.1) } }
            if invocation.flag("dry-run") {
                let plan = try manager.revertPlan(key, to: name, flags)
                return Report(
                    .text((["Domain snapshot \(name) would be reverted to:"] + plan.lines).joined(separator: "\n")),
                    value: .object(plan.value), names: plan.snapshots)
            }
            let plan = try manager.revert(
                key, to: name, flags, timeout: try invocation.seconds("timeout") ?? .seconds(60))
            return Report(
                plan.body("Domain snapshot \(name) reverted", invocation),
                value: .object(plan.value), names: plan.snapshots)
        }
    }

    /// `snapshot-delete DOMAIN SNAPSHOT`.
    static var snapshotDelete: Verb {
        Verb(
            "snapshot-delete", group: .snapshots, "delete a domain's snapshot",
            details: """
                What the domain and other snapshots need stays: the image of an external snapshot takes in what the one
                above it holds; while the machine runs QEMU does that, by a job of the disk. Images that aren't needed any more
                go to the trash. --dry-run tells what becomes of which file.
                """,
            parameters: [
                .domain(), .snapshot, .flag("current", "delete current snapshot"),
                .flag("children", "delete snapshot and all children"),
                .flag("children-only", "delete children but not snapshot"),
                .flag("metadata", "delete only metadata, leaving contents behind"), .dryRun,
            ], exclusive: [["children", "children-only"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let name = try invocation.snapshotName(manager, key)
            let words: [(String, SnapshotDeletion)] = [
                ("children", .children), ("children-only", .childrenOnly), ("metadata", .metadataOnly),
            ]
            let flags: SnapshotDeletion = words.reduce(into: []) { if invocation.flag($1.0) { $0.insert($1.1) } }
            if invocation.flag("dry-run") {
                let plan = try manager.deletionPlan(key, name, flags)
                let names = plan.snapshots.map { DisplayText.printable($0) }.joined(separator: ", ")
                return Report(
                    .text((["would be deleted: \(names)"] + plan.lines).joined(separator: "\n")),
                    value: .object(plan.value), names: plan.snapshots)
            }
            let plan = try manager.deleteSnapshot(key, name, flags)
            let what = invocation.flag("children-only") ? "\(name) children" : name
            return Report(
                plan.body("Domain snapshot \(what) deleted", invocation),
                value: .object(plan.value), names: plan.snapshots)
        }
    }

    /// `snapshot-edit DOMAIN SNAPSHOT`.
    static var snapshotEdit: Verb {
        Verb(
            "snapshot-edit", group: .snapshots, "edit a snapshot's XML",
            parameters: [
                .domain(), .snapshot, .flag("current", "also set edited snapshot as current"),
                .flag("rename", "allow renaming an existing snapshot"),
                .flag("clone", "allow cloning to new name"),
            ], exclusive: [["rename", "clone"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            var name = invocation.value("snapshotname") ?? ""
            if name.isEmpty { name = try manager.currentSnapshot(key).name }
            let text = try manager.snapshotXML(key, name)
            let isCurrent = try manager.snapshot(key, name).isCurrent
            let edited = try EditedFile.edit(text, name: name + ".xml", manager)
            let record = try manager.snapshot(key, name)
            guard edited != text || invocation.flag("current") && !isCurrent else {
                return Report(
                    .message("Snapshot \(name) XML configuration not changed."),
                    value: .object(record.value.with("changed", false)), names: [name])
            }
            let document = try DomainSnapshot.checked(Array(edited.utf8), file: "\(name).xml", isRedefinition: true)
            let new = document.name ?? name
            guard new == name || invocation.flag("rename") || invocation.flag("clone") else {
                throw VMError(
                    .invalidArgument, "snapshot name '\(name)' changed to '\(new)'",
                    remedy: "--rename gives it another name, --clone makes another one")
            }
            if new != name, (try? manager.snapshot(key, new)) != nil {
                throw VMError(.exists, "domain snapshot \(new) already exists", remedy: "choose another name")
            }
            var flags: SnapshotCreation = .redefine
            // A clone follows from nothing that the domain goes on from.
            if isCurrent && !invocation.flag("clone") || invocation.flag("current") { flags.insert(.current) }
            let result = try manager.createSnapshot(key, document, flags)
            if new != name, invocation.flag("rename") {
                _ = try manager.deleteSnapshot(key, name, .metadataOnly)
            }
            return Report(
                .message("Snapshot \(new) edited."), value: .object(result.value.with("changed", true)), names: [new])
        }
    }
}

extension JSONObject {
    fileprivate func with(_ name: String, _ isSo: Bool) -> JSONObject {
        var object = self
        object[name] = .bool(isSo)
        return object
    }
}
