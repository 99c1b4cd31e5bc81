internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager
internal import VMSnapshot

/// Making, editing and deleting checkpoints.
extension Verb {
    /// `checkpoint-create DOMAIN [XMLFILE]`.
    static var checkpointCreate: Verb {
        Verb(
            "checkpoint-create", group: .backups, "create a checkpoint from XML",
            details: """
                From then on it is noted, inside the disks' qcow2 images, which of their blocks are written; an incremental
                backup has these. --redefine stores a document that was dumped.
                """,
            parameters: [
                .domain(), .optional("xmlfile", "string", "domain checkpoint XML", completion: .file),
                .flag("redefine", "redefine metadata for existing checkpoint"),
                .flag("redefine-validate", "validate the redefined checkpoint"),
                .flag("quiesce", "quiesce guest's file systems"),
            ], exclusive: [["redefine", "quiesce"], ["redefine-validate", "quiesce"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            var document = DomainCheckpoint()
            let file = invocation.value("xmlfile").map { InputFile(name: $0) }
            let isRedefinition = invocation.flag("redefine") || invocation.flag("redefine-validate")
            if let file {
                document = try DomainCheckpoint.checked(
                    try file.read(), file: file.name, isRedefinition: isRedefinition)
            } else if isRedefinition {
                throw VMError(.usage, "--redefine needs a document")
            }
            return try create(manager, key, document, invocation, from: file?.name)
        }
    }

    /// `checkpoint-create-as DOMAIN [NAME] …`.
    static var checkpointCreateAs: Verb {
        Verb(
            "checkpoint-create-as", group: .backups, "create a checkpoint from a set of arguments",
            details: """
                --diskspec, as often as needed, names a disk, and behind commas 'checkpoint=' with 'no' or 'bitmap', and
                'bitmap=NAME'. Without it all disks have part that are written to.
                """,
            parameters: [
                .domain(), .optional("name", "string", "name of checkpoint"),
                .optional("description", "string", "description of checkpoint"),
                .flag("print-xml", "print XML document rather than create"),
                .flag("quiesce", "quiesce guest's file systems"),
                .rest(
                    "diskspec", "string", "disk attributes: a disk, and checkpoint=type, bitmap=name", required: false),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            var document = DomainCheckpoint()
            document.name = invocation.value("name")
            document.description = invocation.value("description")
            for spec in invocation.all("diskspec") { document.disks.append(try disk(spec)) }
            if invocation.flag("print-xml") { return try invocation.printed(document.xml) }
            document = try DomainCheckpoint.checked(Array(document.xml.utf8))
            return try create(manager, key, document, invocation, from: nil)
        }
    }

    private static func create(
        _ manager: VMManager, _ key: String, _ document: DomainCheckpoint, _ invocation: Invocation, from file: String?
    ) throws(VMError) -> Report {
        var flags: CheckpointCreation = []
        if invocation.flag("redefine") { flags.insert(.redefine) }
        if invocation.flag("redefine-validate") { flags.formUnion([.redefine, .validate]) }
        if invocation.flag("quiesce") { flags.insert(.quiesce) }
        let record = try manager.createCheckpoint(key, document, flags)
        let source = file.map { " from '\($0)'" } ?? ""
        return Report(
            .message("Domain checkpoint \(record.name) created" + source), value: .object(record.value),
            names: [record.name])
    }

    private static func disk(_ spec: String) throws(VMError) -> CheckpointDisk {
        let words = spec.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
        var disk = CheckpointDisk()
        disk.name = words.first
        for word in words.dropFirst() {
            if word.hasPrefix("checkpoint="), let mode = CheckpointDisk.Mode(rawValue: String(word.dropFirst(11))) {
                disk.checkpoint = mode
            } else if word.hasPrefix("bitmap=") {
                disk.bitmap = String(word.dropFirst(7))
            } else {
                throw VMError(.usage, "unable to parse diskspec: \(spec)")
            }
        }
        return disk
    }

    /// `checkpoint-edit DOMAIN CHECKPOINT`.
    static var checkpointEdit: Verb {
        Verb(
            "checkpoint-edit", group: .backups, "edit a checkpoint's XML", parameters: [.domain(), .checkpoint]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let name = try invocation.required("checkpointname")
            let text = try manager.checkpointXML(key, name)
            let edited = try EditedFile.edit(text, name: name + ".xml", manager)
            var value = try manager.checkpoint(key, name).value
            guard edited != text else {
                value["changed"] = false
                return Report(
                    .message("Checkpoint \(name) XML configuration not changed."), value: .object(value), names: [name])
            }
            let document = try DomainCheckpoint.checked(Array(edited.utf8), file: "\(name).xml", isRedefinition: true)
            // The bitmaps are found by it.
            guard document.name == name else {
                throw VMError(.invalidArgument, "a checkpoint's name can't be changed: it is that of its bitmaps")
            }
            value = try manager.createCheckpoint(key, document, .redefine).value
            value["changed"] = true
            return Report(.message("Checkpoint \(name) edited."), value: .object(value), names: [name])
        }
    }

    /// `checkpoint-delete DOMAIN CHECKPOINT`.
    static var checkpointDelete: Verb {
        Verb(
            "checkpoint-delete", group: .backups, "delete a domain's checkpoint",
            details: """
                What isn't there needs no deleting: a checkpoint goes whose bitmaps are lost, and bitmaps go of which no
                checkpoint is known.
                """,
            parameters: [
                .domain(), .checkpoint, .flag("children", "delete checkpoint and all children"),
                .flag("children-only", "delete children but not checkpoint"),
                .flag("metadata", "delete only metadata, leaving contents behind"),
            ], exclusive: [["children", "children-only"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let name = try invocation.required("checkpointname")
            let words: [(String, CheckpointDeletion)] = [
                ("children", .children), ("children-only", .childrenOnly), ("metadata", .metadataOnly),
            ]
            let flags: CheckpointDeletion = words.reduce(into: []) { if invocation.flag($1.0) { $0.insert($1.1) } }
            let names = try manager.deleteCheckpoint(key, name, flags)
            let what = invocation.flag("children-only") ? "\(name) children" : name
            return Report(
                .message("Domain checkpoint \(what) deleted"),
                value: ["checkpoints": .array(names.map { .string($0) })], names: names)
        }
    }
}
