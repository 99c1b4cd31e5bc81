internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager
internal import VMSnapshot

extension Parameter {
    /// The snapshot that a verb is about.
    static var snapshot: Parameter { optional("snapshotname", "string", "snapshot name") }
    static var currentSnapshot: Parameter { flag("current", "the current snapshot") }
    static var dryRun: Parameter { flag("dry-run", "only tell what would become of which file, and who uses it") }
}

extension [Parameter] {
    /// How a snapshot is made.
    static var snapshotCreation: [Parameter] {
        [
            .flag("no-metadata", "take snapshot but create no metadata"),
            .flag("halt", "halt domain after snapshot is created"),
            .flag("disk-only", "capture disk state but not vm state"),
            .flag("reuse-external", "reuse any existing external files"),
            .flag("quiesce", "quiesce guest's file systems"),
            .flag("atomic", "require atomic operation (it always is)"),
            .flag("live", "take a live snapshot"), .flag("validate", "check the document (always done)"),
        ]
    }
}

extension Invocation {
    var snapshotCreation: SnapshotCreation {
        let words: [(String, SnapshotCreation)] = [
            ("redefine", .redefine), ("current", .current), ("no-metadata", .noMetadata), ("halt", .halt),
            ("disk-only", .diskOnly), ("reuse-external", .reuseExternal), ("quiesce", .quiesce), ("atomic", .atomic),
            ("live", .live), ("validate", .validate),
        ]
        return words.reduce(into: []) { if flag($1.0) { $0.insert($1.1) } }
    }

    /// The name of the snapshot that the user means: the one that is named, or the current one.
    func snapshotName(_ manager: VMManager, _ key: String) throws(VMError) -> String {
        let name = value("snapshotname")
        guard flag("current") else {
            guard let name else {
                throw VMError(.usage, "--snapshotname or --current is required")
            }
            return name
        }
        if name != nil { throw VMError(.usage, "Options --current and --snapshotname are mutually exclusive") }
        return try manager.currentSnapshot(key).name
    }
}

extension SnapshotRecord {
    /// What programs are told of a snapshot.
    var value: JSONObject {
        var object: JSONObject = [
            "name": .string(name), "state": .string(snapshot.state?.rawValue ?? "nostate"),
            "current": .bool(isCurrent), "location": .string(location), "memory": .bool(snapshot.hasMemory),
            "firmware_variables": .bool(snapshot.nvram != nil),
        ]
        object["created"] = snapshot.creationTime.map { .string(Timestamp.text(seconds: $0)) }
        object["tpm"] = snapshot.hasTPM.map { .bool($0) }
        object["parent"] = parent.map { .string($0) }
        object["description"] = snapshot.description.map { .string($0) }
        return object
    }

    var location: String { snapshot.isExternal ? "external" : snapshot.isInternal ? "internal" : "none" }

    var created: String { snapshot.creationTime.map { Timestamp.text(seconds: $0) } ?? "-" }
}

extension Timestamp {
    /// A time in seconds since 1970, which may be anything that a document says.
    static func text(seconds: Int) -> String {
        let (nanoseconds, overflow) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? "\(seconds)" : text(nanoseconds)
    }
}

extension SnapshotPlan {
    /// For people: a line for each file.
    var lines: [String] {
        var lines = steps.map { step in
            DisplayText.printable("\(step.change.word): \(step.path)") + " (\(DisplayText.printable(step.detail)))"
        }
        if let stateAfter {
            lines.append("the domain is \(stateAfter) then" + (endsMachine ? ", and is ended before" : ""))
        }
        return lines
    }

    /// For people: what was done, and where images have gone.
    func body(_ sentence: String, _ invocation: Invocation) -> Report.Body {
        guard !trash.isEmpty, !invocation.global.isVirsh else { return .message(sentence) }
        let lines = trash.sorted { $0.key < $1.key }.map {
            "'\($0.key)' is in the trash: 'vmctl trash-restore \($0.value)' brings it back"
        }
        return .messages([sentence] + lines)
    }

    var value: JSONObject {
        var object: JSONObject = [
            "snapshots": .array(snapshots.map { .string($0) }),
            "files": .array(
                steps.map { step in
                    var object: JSONObject = [
                        "action": .string(step.change.rawValue), "path": .string(step.path),
                        "detail": .string(step.detail),
                    ]
                    if step.change == .unlink { object["trash"] = trash[step.path].map { .string($0) } }
                    return .object(object)
                }), "ends_domain": .bool(endsMachine),
        ]
        object["state_after"] = stateAfter.map { .string($0) }
        return object
    }
}

extension SnapshotPlan.Change {
    fileprivate var word: String {
        switch self {
        case .make: "made"
        case .merge: "merged into"
        case .change: "changed"
        case .unlink: "removed"
        case .keep: "kept"
        }
    }
}
