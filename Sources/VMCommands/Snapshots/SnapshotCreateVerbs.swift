internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager
internal import VMSnapshot

/// Making snapshots.
extension Verb {
    /// `snapshot-create DOMAIN [XMLFILE]`.
    static var snapshotCreate: Verb {
        Verb(
            "snapshot-create", group: .snapshots, "create a snapshot from XML",
            details: """
                Without a file everything is filled in: memory and disks of a running machine go into the disks' images,
                with --disk-only disks write to new images from then on. --redefine stores a document that was dumped.
                """,
            parameters: [
                .domain(), .optional("xmlfile", "string", "domain snapshot XML", completion: .file),
                .flag("redefine", "redefine metadata for existing snapshot"),
                .flag("current", "with redefine, set current snapshot"),
            ] + .snapshotCreation
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            var document = DomainSnapshot()
            let file = invocation.value("xmlfile").map { InputFile(name: $0) }
            if let file {
                document = try DomainSnapshot.checked(
                    try file.read(), file: file.name, isRedefinition: invocation.flag("redefine"))
            } else if invocation.flag("redefine") {
                throw VMError(.usage, "--redefine needs a document")
            }
            return try create(manager, key, document, invocation, from: file?.name)
        }
    }

    /// `snapshot-create-as DOMAIN [NAME] …`.
    static var snapshotCreateAs: Verb {
        Verb(
            "snapshot-create-as", group: .snapshots, "create a snapshot from a set of arguments",
            details: """
                --memspec says where the memory goes: a file, or 'file=PATH', and 'snapshot=' with 'no', 'internal' or
                'external' behind a comma. --diskspec, as often as needed, says it of a disk: its name, and behind commas
                'snapshot=', 'driver=qcow2', 'stype=file', 'file=PATH'. A comma in a path is doubled.
                """,
            parameters: [
                .domain(), .optional("name", "string", "name of snapshot"),
                .optional("description", "string", "description of snapshot"),
                .flag("print-xml", "print XML document rather than create"),
            ] + .snapshotCreation + [
                .option("memspec", "string", "memory attributes: a file, and snapshot=type"),
                .rest(
                    "diskspec", "string",
                    "disk attributes: a disk, and snapshot=type, driver=type, stype=type, file=name",
                    required: false),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            var document = DomainSnapshot()
            document.name = invocation.value("name")
            document.description = invocation.value("description")
            if let spec = invocation.value("memspec") { document.memory = try memory(spec) }
            for spec in invocation.all("diskspec") { document.disks.append(try disk(spec)) }
            if invocation.flag("print-xml") { return try invocation.printed(document.xml) }
            document = try DomainSnapshot.checked(Array(document.xml.utf8))
            return try create(manager, key, document, invocation, from: nil)
        }
    }

    private static func create(
        _ manager: VMManager, _ key: String, _ document: DomainSnapshot, _ invocation: Invocation, from file: String?
    ) throws(VMError) -> Report {
        let record = try manager.createSnapshot(key, document, invocation.snapshotCreation)
        let source = file.map { " from '\($0)'" } ?? ""
        var report = Report(
            .message("Domain snapshot \(record.name) created" + source), value: .object(record.value),
            names: [record.name])
        if !invocation.flag("redefine"), record.snapshot.nvram == nil, record.snapshot.domain?.os.nvram != nil {
            report.warnings.append("snapshot '\(record.name)' is without firmware variables")
        }
        if !invocation.flag("redefine"), record.snapshot.hasTPM == false {
            report.warnings.append("snapshot '\(record.name)' is without the state of the TPM")
        }
        return report
    }

    // MARK: Words with commas

    /// Splits at commas; two of them are one in a word.
    private static func words(_ spec: String) -> [String] {
        var words = [""]
        var rest = Array(spec)[...]
        while let character = rest.popFirst() {
            if character != "," {
                words[words.count - 1].append(character)
            } else if rest.first == "," {
                rest = rest.dropFirst()
                words[words.count - 1].append(",")
            } else {
                words.append("")
            }
        }
        return words
    }

    private static func value(_ word: String, _ key: String) -> String? {
        word.hasPrefix(key + "=") ? String(word.dropFirst(key.count + 1)) : nil
    }

    private static func memory(_ spec: String) throws(VMError) -> SnapshotMemory {
        var memory = SnapshotMemory()
        for word in words(spec) {
            if let place = value(word, "snapshot") {
                guard let known = SnapshotMemory.Place(rawValue: place) else { throw odd("memspec", spec) }
                memory.snapshot = known
            } else if memory.file == nil {
                memory.file = InputFile.absolute(value(word, "file") ?? word, below: InputFile.workingFolder)
            } else {
                throw odd("memspec", spec)
            }
        }
        if memory.snapshot == nil { memory.snapshot = memory.file == nil ? nil : .external }
        return memory
    }

    private static func disk(_ spec: String) throws(VMError) -> SnapshotDisk {
        let words = words(spec)
        var disk = SnapshotDisk()
        disk.name = words[0]
        var kind = DiskSource.Kind.file
        for word in words.dropFirst() {
            if let mode = value(word, "snapshot") {
                guard let known = Disk.Snapshot(rawValue: mode) else { throw odd("diskspec", spec) }
                disk.snapshot = known
            } else if let format = value(word, "driver") {
                guard let known = ImageFormat(rawValue: format) else { throw odd("diskspec", spec) }
                disk.driver = SnapshotDiskDriver(known)
            } else if let type = value(word, "stype") {
                guard let known = DiskSource.Kind(rawValue: type), [.file, .block].contains(known) else {
                    throw VMError(.usage, "Unknown storage type: '\(type)'")
                }
                kind = known
            } else if let path = value(word, "file") {
                let whole = InputFile.absolute(path, below: InputFile.workingFolder)
                disk.source = kind == .block ? .block(whole) : .file(whole)
            } else {
                throw odd("diskspec", spec)
            }
        }
        return disk
    }

    private static func odd(_ option: String, _ spec: String) -> VMError {
        VMError(.usage, "unable to parse \(option): \(spec)")
    }
}
