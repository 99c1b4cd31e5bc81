internal import VMCore
internal import VMJSON
internal import VMManager

extension [Parameter] {
    fileprivate static var resume: [Parameter] {
        [
            .flag("running", "set domain to be running on restore"),
            .flag("paused", "set domain to be paused on restore"),
        ]
    }
}

extension Verb {
    /// `save NAME FILE`.
    static var save: Verb {
        Verb(
            "save", group: .saving, "save a domain state to a file",
            details: """
                The machine is stopped, its state written, and it ends. The file is there only when it is whole; when
                saving fails, or Ctrl-C or 'domjobabort' stops it, the machine runs on. Killing vmctl changes
                nothing: the machine's supervisor does the work.
                """,
            parameters: [
                .domain(.active), .argument("file", "string", "where to save the data", completion: .file),
                .flag("bypass-cache", "accepted; the state goes through the file system's cache all the same"),
                .option("xml", "string", "filename containing updated XML for the target", completion: .file),
                .option(
                    "format", "string", "whose file: vmctl (default), or libvirt, which libvirt restores, too",
                    completion: .words(SaveImage.Format.allCases.map(\.rawValue))),
            ] + .resume + [.flag("verbose", "display the progress of save")],
            exclusive: [["running", "paused"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let file = try invocation.required("file")
            let path = InputFile.absolute(file, below: InputFile.workingFolder)
            let progress = JobProgress("Save", isShown: invocation.flag("verbose"))
            do throws(VMError) {
                let xml = try invocation.value("xml").map { name throws(VMError) in try InputFile(name: name).read() }
                try manager.save(key, to: path, xml: xml, resume: invocation.resume, format: try invocation.saveFormat)
                {
                    progress.update($0)
                }
            } catch {
                progress.finish(success: false)
                throw error.code == .noDomain ? error : error.wrapped("Failed to save domain '\(key)' to \(file)")
            }
            progress.finish(success: true)
            return .done("Domain '\(key)' saved to \(file)", key, ["file": path])
        }
    }

    /// `restore FILE`.
    static var restore: Verb {
        Verb(
            "restore", group: .saving, "restore a domain from a saved state in a file",
            details: """
                Files of libvirt's (virsh save) are restored, too, packed or not. The file stays: to restore it twice is
                up to you, and to what became of the disks meanwhile.
                """,
            parameters: [
                .argument("file", "string", "the state to restore", completion: .file),
                .flag("bypass-cache", "accepted; the state goes through the file system's cache all the same"),
                .option("xml", "string", "filename containing updated XML for the target", completion: .file),
            ] + .resume + [
                .resetNVRAM, .option("timeout", "seconds", "how long QEMU may take to get ready, 30 by default"),
            ],
            exclusive: [["running", "paused"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let file = try invocation.required("file")
            let path = InputFile.absolute(file, below: InputFile.workingFolder)
            do throws(VMError) {
                let xml = try invocation.value("xml").map { name throws(VMError) in try InputFile(name: name).read() }
                let state = try invocation.manager().restore(
                    path, xml: xml, paused: invocation.resume.map { $0 == .paused },
                    resetNVRAM: invocation.flag("reset-nvram"),
                    timeout: try invocation.seconds("timeout") ?? .seconds(30))
                return state.confirmation("Domain restored from \(file)")
            } catch {
                throw error.wrapped("Failed to restore domain from \(file)")
            }
        }
    }

    /// `managedsave NAME`.
    static var managedsave: Verb {
        Verb(
            "managedsave", group: .saving, "managed save of a domain state",
            details: """
                Saves and ends a running domain, which goes on from there when it is started the next time.
                'start --force-boot' boots it afresh; 'managedsave-remove', or --remove, forgets the state.
                """,
            parameters: [
                .domain(),
                .flag("bypass-cache", "accepted; the state goes through the file system's cache all the same"),
            ] + .resume + [
                .flag("verbose", "display the progress of save"), .flag("remove", "forget a saved state"), .yes,
            ],
            exclusive: [["running", "paused"], ["remove", "running"], ["remove", "paused"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            if invocation.flag("remove") { return try invocation.removeManagedSave() }
            let (manager, key) = try invocation.managerAndDomain()
            let progress = JobProgress("Managedsave", isShown: invocation.flag("verbose"))
            do throws(VMError) {
                try manager.managedSave(key, resume: invocation.resume) { progress.update($0) }
            } catch {
                progress.finish(success: false)
                throw error.code == .noDomain ? error : error.wrapped("Failed to save domain '\(key)' state")
            }
            progress.finish(success: true)
            return .done("Domain '\(key)' state saved by vmctl", key)
        }
    }

    /// `managedsave-remove NAME`.
    static var managedsaveRemove: Verb {
        Verb(
            "managedsave-remove", group: .saving, "remove managed save of a domain",
            details: "The machine's state is lost; on a terminal that is confirmed first.",
            parameters: [.domain(), .yes]
        ) { (invocation: Invocation) throws(VMError) -> Report in try invocation.removeManagedSave() }
    }

    // MARK: The XML in the file

    /// `save-image-dumpxml FILE`.
    static var saveImageDumpxml: Verb {
        Verb(
            "save-image-dumpxml", group: .saving, "saved state domain information in XML",
            parameters: [
                .argument("file", "string", "saved state file to read", completion: .file)
            ] + .printedXML
        ) { (invocation: Invocation) throws(VMError) -> Report in
            try invocation.printed(
                try invocation.manager().savedXML(
                    try invocation.savedFile(), secrets: invocation.flag("security-info")))
        }
    }

    /// `save-image-define FILE XML`.
    static var saveImageDefine: Verb {
        Verb(
            "save-image-define", group: .saving, "redefine the XML for a domain's saved state file",
            parameters: [
                .argument("file", "string", "saved state file to modify", completion: .file),
                .argument(
                    "xml", "string", "filename containing updated XML for the target", completion: .file),
            ] + .resume,
            exclusive: [["running", "paused"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let file = try invocation.required("file")
            do throws(VMError) {
                let xml = try InputFile(name: try invocation.required("xml")).read()
                try invocation.manager().redefineSaved(
                    try invocation.savedFile(), xml: xml, resume: invocation.resume)
            } catch {
                throw error.wrapped("Failed to update \(file)")
            }
            return Report(.message("State file \(file) updated."), value: ["file": .string(file)])
        }
    }

    /// `save-image-edit FILE`.
    static var saveImageEdit: Verb {
        Verb(
            "save-image-edit", group: .saving, "edit XML for a domain's saved state file",
            parameters: [.argument("file", "string", "saved state file to edit", completion: .file)] + .resume,
            exclusive: [["running", "paused"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            try invocation.editSaved(try invocation.savedFile(), name: try invocation.required("file"))
        }
    }

    /// `managedsave-dumpxml NAME`.
    static var managedsaveDumpxml: Verb {
        Verb(
            "managedsave-dumpxml", group: .saving, "domain information of managed save state file in XML",
            parameters: [.domain()] + .printedXML
        ) { (invocation: Invocation) throws(VMError) -> Report in
            try invocation.printed(
                try invocation.manager().savedXML(
                    try invocation.managedFile(), secrets: invocation.flag("security-info")))
        }
    }

    /// `managedsave-define NAME XML`.
    static var managedsaveDefine: Verb {
        Verb(
            "managedsave-define", group: .saving, "redefine the XML for a domain's managed save state file",
            parameters: [
                .domain(),
                .argument(
                    "xml", "string", "filename containing updated XML for the target", completion: .file),
            ] + .resume,
            exclusive: [["running", "paused"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let key = try invocation.required("domain")
            do throws(VMError) {
                let xml = try InputFile(name: try invocation.required("xml")).read()
                try invocation.manager().redefineSaved(
                    try invocation.managedFile(), xml: xml, resume: invocation.resume)
            } catch {
                throw error.wrapped("Failed to update \(key) XML configuration")
            }
            return .done("Managed save state file of domain '\(key)' updated.", key)
        }
    }

    /// `managedsave-edit NAME`.
    static var managedsaveEdit: Verb {
        Verb(
            "managedsave-edit", group: .saving, "edit XML for a domain's managed save state file",
            parameters: [.domain()] + .resume, exclusive: [["running", "paused"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            try invocation.editSaved(try invocation.managedFile(), name: try invocation.required("domain"))
        }
    }
}

extension Invocation {
    /// Whose file a machine is saved into.
    var saveFormat: SaveImage.Format {
        get throws(VMError) {
            guard let word = value("format") else { return .vmctl }
            if let format = SaveImage.Format(rawValue: word) { return format }
            throw VMError(
                .usage, "there are no saved machines of the format '\(word)'",
                remedy: "the formats are \(SaveImage.Format.allCases.map(\.rawValue).joined(separator: " and "))")
        }
    }

    var resume: SaveImage.Resume? { flag("running") ? .running : flag("paused") ? .paused : nil }

    fileprivate func savedFile() throws(VMError) -> String {
        InputFile.absolute(try required("file"), below: InputFile.workingFolder)
    }

    fileprivate func managedFile() throws(VMError) -> String {
        let (manager, key) = try managerAndDomain()
        let machine = try manager.find(key)
        guard let path = manager.managedSave(of: machine) else {
            throw VMError(
                .wrongState, "Requested operation is not valid: domain does not have managed save image",
                remedy: "make one with 'vmctl managedsave \(machine.name)'")
        }
        return path
    }

    fileprivate func removeManagedSave() throws(VMError) -> Report {
        let (manager, key) = try managerAndDomain()
        if manager.hasManagedSave(try manager.find(key)) {
            try confirm("Forget the saved state of domain '\(key)'; its guest will boot afresh\n")
        }
        guard try manager.removeManagedSave(key) else {
            return .done("Domain '\(key)' has no manage save image; removal skipped", key)
        }
        return .done("Removed managedsave image for domain '\(key)'", key)
    }
}
