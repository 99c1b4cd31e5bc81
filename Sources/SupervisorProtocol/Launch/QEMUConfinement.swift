package import VMCore
package import VMJSON

/// As whom a machine's QEMU runs, and which files it may use.
package struct QEMUConfinement: Hashable, Sendable {
    /// The user that QEMU runs as; nil for the one that starts it.
    package var user: HostUser?
    /// Whether the kernel keeps QEMU from all files but these, and those of the host that every program needs.
    package var isRestricted: Bool
    /// What the machine's document names.
    package var files: [FileAccess]
    /// Sockets outside of the machine's folder that QEMU listens on, which are taken away for it: it may not.
    package var sockets: [String] = []

    package init(user: HostUser? = nil, isRestricted: Bool = false, files: [FileAccess] = []) {
        self.user = user
        self.isRestricted = isRestricted
        self.files = files
    }

    package var json: JSONObject {
        var object: JSONObject = [
            "restricted": .bool(isRestricted),
            "files": .array(files.map { ["path": .string($0.path), "kind": .string($0.kind.rawValue)] }),
        ]
        if !sockets.isEmpty { object["sockets"] = .array(sockets.map { .string($0) }) }
        object["user"] = user.map { user in
            [
                "name": .string(user.name), "id": .integer(Int64(user.id)), "group": .integer(Int64(user.group)),
                "groups": .array(user.groups.map { .integer(Int64($0)) }),
            ]
        }
        return object
    }

    /// nil when it can't be read.
    package init?(json: JSONValue) {
        func number(_ value: JSONValue?) -> UInt32? { value?.int.flatMap { UInt32(exactly: $0) } }
        isRestricted = json["restricted"]?.bool ?? false
        sockets = (json["sockets"]?.array ?? []).compactMap(\.string)
        files = (json["files"]?.array ?? []).compactMap { entry in
            guard let path = entry["path"]?.string,
                let kind = entry["kind"]?.string.flatMap({ FileAccess.Kind(rawValue: $0) })
            else { return nil }
            return FileAccess(path, kind)
        }
        guard let user = json["user"] else { return }
        guard let name = user["name"]?.string, let id = number(user["id"]), let group = number(user["group"]) else {
            return nil
        }
        self.user = HostUser(
            name: name, id: id, group: group, groups: (user["groups"]?.array ?? []).compactMap { number($0) })
    }
}
