internal import VMCore
internal import VMJSON
internal import VMManager
internal import VMStorage
internal import VMXML

/// Making and changing volumes.
extension Verb {
    /// `vol-create POOL FILE`.
    static var volCreate: Verb {
        Verb(
            "vol-create", group: .storage, "make a volume from an XML file",
            parameters: [
                .pool(.active), .argument("file", "file", "file containing an XML vol description", completion: .file),
                .preallocation, .flag("validate", "check the document (always done)"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let file = InputFile(name: try invocation.required("file"))
            let storage = try invocation.storage()
            let pool = try invocation.pool(storage)
            let bytes = try file.read()
            do throws(VMError) {
                let made = try storage.wait { (storage) async throws(VMError) in
                    try await storage.createVolume(bytes, file: file.name, in: pool, flags: invocation.creationFlags)
                }
                return told(made, "Vol \(made.name) created from \(file.name)")
            } catch {
                throw error.wrapped("Failed to create vol from \(file.name)")
            }
        }
    }

    /// `vol-create-as POOL NAME CAPACITY …`.
    static var volCreateAs: Verb {
        Verb(
            "vol-create-as", group: .storage, "make a volume from arguments",
            details: "For example: vmctl vol-create-as images disk.qcow2 20G --format qcow2",
            parameters: [
                .pool(.active), .argument("name", "string", "name of the volume"),
                .argument("capacity", "string", "size of the vol, as scaled integer (default bytes)"),
                .option("allocation", "string", "initial allocation size, as scaled integer (default bytes)"),
                .option(
                    "format", "string", "file format type raw,bochs,qcow,qcow2,qed,vmdk",
                    completion: .words(VolumeFormat.allCases.map(\.rawValue))),
                .option(
                    "backing-vol", "string", "the backing volume if taking a snapshot", completion: .volume),
                .option("backing-vol-format", "string", "format of backing volume if taking a snapshot"),
                .preallocation, .flag("print-xml", "print XML document, but don't define/create"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let storage = try invocation.storage()
            let pool = try invocation.pool(storage)
            let xml = try invocation.describedVolume(storage, pool).xml
            if invocation.flag("print-xml") { return printed(xml) }
            let name = try invocation.required("name")
            do throws(VMError) {
                let made = try storage.wait { (storage) async throws(VMError) in
                    try await storage.createVolume(
                        Array(xml.utf8), file: "volume.xml", in: pool, flags: invocation.creationFlags)
                }
                return told(made, "Vol \(made.name) created")
            } catch {
                throw error.wrapped("Failed to create vol \(name)")
            }
        }
    }

    /// `vol-create-from POOL FILE VOL`.
    static var volCreateFrom: Verb {
        Verb(
            "vol-create-from", group: .storage, "make a volume from an XML file, with the contents of another one",
            parameters: [
                .pool(.active), .argument("file", "file", "file containing an XML vol description", completion: .file),
                .volume(),
                .option(
                    "inputpool", "string", "pool name or uuid of the input volume's pool", completion: .pool(.active)),
                .preallocation, .reflink, .flag("validate", "check the document (always done)"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let file = InputFile(name: try invocation.required("file"))
            let storage = try invocation.storage()
            let pool = try invocation.pool(storage)
            let source = try invocation.volume(storage, poolOption: "inputpool")
            let bytes = try file.read()
            do throws(VMError) {
                let made = try storage.wait { (storage) async throws(VMError) in
                    try await storage.createVolume(
                        bytes, file: file.name, in: pool, from: source, flags: invocation.creationFlags)
                }
                return told(made, "Vol \(made.name) created from input vol \(source.name)")
            } catch {
                throw error.wrapped("Failed to create vol from \(file.name)")
            }
        }
    }

    /// `vol-clone VOL NAME`.
    static var volClone: Verb {
        Verb(
            "vol-clone", group: .storage, "copy a volume within its pool",
            details:
                "Where the file system can, the copy shares its blocks with the volume until one of them is written.",
            parameters: [
                .volume(), .argument("newname", "string", "clone name"), .volumePool, .preallocation, .reflink,
                .flag("print-xml", "print XML document rather than clone the volume"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            try invocation.requireDocumentText()
            let storage = try invocation.storage()
            let source = try invocation.volume(storage)
            let pool = try storage.pool(of: source)
            var copy = try StorageVolume.read(Array(storage.xml(of: source).utf8)).checked()
            copy.name = try invocation.required("newname")
            copy.key = nil
            copy.target.path = nil
            copy.target.timestamps = nil
            let xml = copy.xml
            if invocation.flag("print-xml") { return printed(xml) }
            do throws(VMError) {
                let made = try storage.wait { (storage) async throws(VMError) in
                    try await storage.createVolume(
                        Array(xml.utf8), file: "volume.xml", in: pool, from: source, flags: invocation.creationFlags)
                }
                return told(made, "Vol \(made.name) cloned from \(source.name)")
            } catch {
                throw error.wrapped("Failed to clone vol from \(source.name)")
            }
        }
    }

    /// `vol-delete VOL`.
    static var volDelete: Verb {
        Verb(
            "vol-delete", group: .storage, "remove a volume that nobody uses",
            details: """
                A volume on which another one or a domain's disk builds, or which a running domain has, stays; who uses
                it is told. Ask before: what is removed can't be brought back.
                """,
            parameters: [
                .volume(), .volumePool,
                .flag(
                    "delete-snapshots", "delete snapshots associated with volume (must be supported by storage driver)"),
                .yes,
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let storage = try invocation.storage()
            let volume = try invocation.volume(storage)
            if invocation.flag("delete-snapshots") {
                throw VMError(
                    .invalidArgument, "Failed to delete vol \(volume.name)",
                    cause: VMError(
                        .invalidArgument, "invalid argument: volumes of folders have no snapshots of their own",
                        remedy: "leave --delete-snapshots out", libvirt: LibvirtError(.invalidArgument, in: .storage)))
            }
            try invocation.confirm("Volume '\(volume.path)' will be removed for good.\n")
            return try change(invocation, volume, "delete", "Vol \(volume.name) deleted") {
                (storage) async throws(VMError) in try await storage.delete(volume)
            }
        }
    }

    /// `vol-wipe VOL`.
    static var volWipe: Verb {
        Verb(
            "vol-wipe", group: .storage, "overwrite all that is in a volume that nobody uses",
            details: """
                Zeros need no other program; the other algorithms are those of scrub(1). A wiped image is a raw one of the
                size of its file.
                """,
            parameters: [
                .volume(), .volumePool,
                .option(
                    "algorithm", "string", "perform selected wiping algorithm",
                    completion: .words(wipeAlgorithms)),
                .yes,
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let storage = try invocation.storage()
            let volume = try invocation.volume(storage)
            let word = try invocation.word("algorithm", among: wipeAlgorithms) ?? "zero"
            let number = UInt32(clamping: wipeAlgorithms.firstIndex(of: word) ?? 0)
            try invocation.confirm("All that is in volume '\(volume.path)' will be overwritten.\n")
            return try change(invocation, volume, "wipe", "Vol \(volume.name) wiped") {
                (storage) async throws(VMError) in try await storage.wipe(volume, algorithm: number)
            }
        }
    }

    private static var wipeAlgorithms: [String] { FolderPool.WipeAlgorithm.allCases.map(\.word) }

    /// `vol-resize VOL CAPACITY`.
    static var volResize: Verb {
        Verb(
            "vol-resize", group: .storage, "give a volume another size",
            details: "Of a volume that a running domain has: see blockresize.",
            parameters: [
                .volume(),
                .argument("capacity", "string", "new capacity for the vol, as scaled integer (default bytes)"),
                .volumePool, .flag("allocate", "allocate the new capacity, rather than leaving it sparse"),
                .flag("delta", "use capacity as a delta to current size, rather than the new size"),
                .flag("shrink", "allow the resize to shrink the volume"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let storage = try invocation.storage()
            let volume = try invocation.volume(storage)
            let text = try invocation.required("capacity")
            let isLess = invocation.flag("delta") && text.hasPrefix("-")
            guard let size = Invocation.size(isLess ? String(text.dropFirst()) : text, unit: 1) else {
                throw VMError(
                    .usage, "Numeric value '\(text)' for <capacity> option is malformed or out of range",
                    remedy: "give a size such as 20G")
            }
            let flags: UInt32 =
                (invocation.flag("allocate") ? 1 : 0) | (invocation.flag("delta") ? 2 : 0)
                | (invocation.flag("shrink") || isLess ? 4 : 0)
            let way = invocation.flag("delta") ? "by" : "to"
            do throws(VMError) {
                try storage.wait { (storage) async throws(VMError) in
                    try await storage.resize(volume, size, flags: flags)
                }
            } catch {
                throw error.wrapped("Failed to change size of volume '\(volume.name)' \(way) \(text)")
            }
            let now = try storage.volume(named: volume.name, in: storage.pool(of: volume))
            return Report(
                .message("Size of volume '\(volume.name)' successfully changed \(way) \(text)"),
                value: .object(try storage.summary(now).value), names: [volume.name])
        }
    }

    // MARK: What they share

    private static func change(
        _ invocation: Invocation, _ volume: VolumeEntry, _ verb: String, _ done: String,
        _ body: (HostStorage) async throws(VMError) -> Void
    ) throws(VMError) -> Report {
        do throws(VMError) {
            try invocation.storage().wait(body)
        } catch {
            throw error.wrapped("Failed to \(verb) vol \(volume.name)")
        }
        return told(volume, done)
    }

    private static func told(_ volume: VolumeEntry, _ sentence: String) -> Report {
        Report(.message(sentence), value: .object(volume.value), names: [volume.name])
    }
}

extension Invocation {
    /// The volume that the arguments describe.
    fileprivate func describedVolume(_ storage: HostStorage, _ pool: PoolRecord) throws(VMError) -> StorageVolume {
        try requireDocumentText()
        var volume = StorageVolume()
        volume.name = try required("name")
        volume.capacity = .bytes(try size("capacity", unit: 1))
        if has("allocation") { volume.allocation = .bytes(try size("allocation", unit: 1)) }
        let words = VolumeFormat.allCases.map(\.rawValue)
        if let word = try word("format", among: words), let format = VolumeFormat(rawValue: word) {
            volume.target.format = VolumeFormatElement(format)
        }
        guard let base = value("backing-vol") else { return volume }
        let known = (try? storage.volume(base, pool: pool.name)) ?? (try? storage.volume(base))
        guard let known else {
            throw VMError(
                .notFound, "failed to get vol '\(base)'", remedy: "name a volume of an active pool, or its path")
        }
        var backing = VolumeBacking()
        backing.path = known.path
        if let word = try self.word("backing-vol-format", among: words), let format = VolumeFormat(rawValue: word) {
            backing.format = VolumeFormatElement(format)
        }
        volume.backingStore = backing
        return volume
    }
}
