internal import SupervisorProtocol
internal import VMCore
internal import VMJSON
internal import VMManager
internal import VMXML

/// Images that were taken away and can be had again.
extension Verb {
    /// `trash-list`.
    static var trashList: Verb {
        Verb(
            "trash-list", group: .snapshots, "list the images that were taken away and can be had again",
            details: """
                Deleting a snapshot, going back to one and committing with --delete move images that aren't needed any more to a
                hidden folder beside where they were. After seven days, or what 'trash_days' in qemu.conf says, the next such
                command removes them for good.
                """,
            parameters: [.option("domain", "string", "only the images of this domain")]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let domain = invocation.value("domain")
            let images = try invocation.manager().discardedImages().filter { domain == nil || $0.domain == domain }
            var table = TextTable(["Id", "Time", "Domain", "Size", "File", "Why", "Problem"])
            table.rows = images.map { image in
                [
                    "\(image.id)", Timestamp.text(image.id), image.domain, "\(ScaledSize(bytes: image.bytes))",
                    image.path,
                    image.reason, image.flaw ?? "-",
                ]
            }
            return Report(
                .table(table), value: .array(images.map { .object($0.value) }), names: images.map { "\($0.id)" })
        }
    }

    /// `trash-restore IMAGE`.
    static var trashRestore: Verb {
        Verb(
            "trash-restore", group: .snapshots, "put an image back where it was",
            details: """
                Nothing that is there is replaced. An image whose backing file was changed since it was taken away doesn't show
                what it did, and is put back with --force alone. No domain is changed: 'change-media' or 'edit' has one use it.
                """,
            parameters: [
                .argument("image", "string", "its number in trash-list, or the path that it had"),
                .flag("force", "although what it builds on was changed"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let image = try invocation.manager().restoreImage(
                try invocation.required("image"), force: invocation.flag("force"))
            return Report(
                .message("Image '\(image.path)' restored"),
                value: ["id": .string("\(image.id)"), "path": .string(image.path)],
                names: [image.path])
        }
    }

    /// `trash-empty [IMAGE…]`.
    static var trashEmpty: Verb {
        Verb(
            "trash-empty", group: .snapshots, "remove images for good that were taken away",
            parameters: [
                .rest(
                    "image", "string", "numbers in trash-list, or paths that images had; all without them",
                    required: false)
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let names = invocation.all("image")
            let images = try invocation.manager().emptyTrash(names.isEmpty ? nil : names)
            let size = images.reduce(UInt64(0)) { sum, image in
                let (next, overflow) = sum.addingReportingOverflow(image.size)
                return overflow ? .max : next
            }
            return Report(
                .message("\(images.count) images removed, \(ScaledSize(bytes: size))"),
                value: .array(images.map { ["id": .string("\($0.image.id)"), "path": .string($0.image.path)] }),
                names: images.map { "\($0.image.id)" })
        }
    }
}

extension DiscardedImage {
    fileprivate var value: JSONObject {
        var object: JSONObject = [
            "id": .string("\(id)"), "removed": .string(Timestamp.text(id)), "domain": .string(domain),
            "path": .string(path), "place": .string(place), "reason": .string(reason), "bytes": JSONValue(bytes),
        ]
        object["problem"] = flaw.map { .string($0) }
        return object
    }
}
