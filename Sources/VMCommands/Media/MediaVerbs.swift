internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `eject NAME [TARGET]`.
    static var eject: Verb {
        Verb(
            "eject", group: .media, "take the medium out of a CD-ROM or floppy drive",
            details: """
                Without a target the machine's only removable drive, or the only one that holds a medium. A guest
                that has locked its tray is asked to let go; --force takes the medium all the same.
                """,
            parameters: [
                .domain(),
                .optional("target", "string", "the drive, such as sda or hdc", completion: .removableDrive),
                .flag("force", "even when the guest has locked the tray"),
            ] + .reach
        ) { (invocation: Invocation) throws(VMError) -> Report in
            try invocation.change(.eject, target: invocation.value("target"))
        }
    }

    /// `change-media NAME TARGET [SOURCE] [--eject|--insert|--update]`.
    static var changeMedia: Verb {
        Verb(
            "change-media", group: .media, "change the medium of a CD-ROM or floppy drive",
            details: """
                --insert puts a medium into an empty drive, --update (the default) replaces whatever is in it,
                --eject takes it out. A source that is a relative path counts from the working folder.
                """,
            parameters: [
                .domain(),
                .argument("path", "string", "the drive's target or its medium's path", completion: .removableDrive),
                .optional("source", "file", "the new medium", completion: .file),
                .flag("eject", "take the medium out"), .flag("insert", "put a medium into the empty drive"),
                .flag("update", "replace the medium"), .flag("force", "even when the guest has locked the tray"),
            ] + .reach,
            exclusive: [["eject", "insert", "update"], ["eject", "source"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            try invocation.change(try invocation.mediaChange(), target: try invocation.required("path"))
        }
    }
}

extension [Parameter] {
    /// Which of a domain's two descriptions is changed.
    fileprivate static var reach: [Parameter] {
        [
            .flag("live", "the running machine"), .flag("config", "the stored domain, for the next boot"),
            .flag("current", "the running machine if it runs, else the stored domain (the default)"), .timeout,
        ]
    }
}

extension Invocation {
    fileprivate func mediaChange() throws(VMError) -> MediaChange {
        if flag("eject") { return .eject }
        guard let source = value("source") else {
            throw VMError(
                .usage, "No disk source specified for \(flag("insert") ? "inserting" : "updating")",
                remedy: "name the medium after the drive, or give --eject")
        }
        let path = InputFile.absolute(source, below: InputFile.workingFolder)
        return flag("insert") ? .insert(path: path) : .update(path: path)
    }

    fileprivate func change(_ change: MediaChange, target: String?) throws(VMError) -> Report {
        if flag("current"), flag("live") || flag("config") {
            throw VMError(.usage, "Options --current and --\(flag("live") ? "live" : "config") are mutually exclusive")
        }
        let (manager, key) = try managerAndDomain()
        let timeout = try patience()
        let result = try manager.carryOut("change media of", key) { () throws(VMError) in
            try manager.changeMedia(
                key, target: target, change, live: flag("live"), config: flag("config"), force: flag("force"),
                timeout: timeout)
        }
        let done =
            switch change {
            case .eject: "ejected"
            case .insert: "inserted"
            case .update: "updated"
            }
        return Report(
            .message("Successfully \(done) media."),
            value: [
                "name": .string(result.name), "target": .string(result.target),
                "before": result.before.map { .string($0) } ?? .null,
                "after": result.after.map { .string($0) } ?? .null,
            ], names: [result.name])
    }
}
