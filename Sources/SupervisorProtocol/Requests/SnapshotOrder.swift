package import VMCore
package import VMJSON

/// What a running machine does for a snapshot: a job of its supervisor's.
package struct SnapshotOrder: Sendable, Hashable {
    package enum Action: String, Sendable {
        /// Write memory and disks into the disks' own images.
        case save
        /// Have disks write to new images from now on, perhaps with the memory in a file.
        case overlay
        /// Remove what ``save`` has written.
        case delete
    }

    /// A disk's new image, which is there already and builds on the present one.
    package struct Overlay: Sendable, Hashable {
        package var target: String
        package var path: String

        package init(target: String, path: String) {
            self.target = target
            self.path = path
        }
    }

    /// A file, or a folder of small ones, that is copied while nothing writes to it.
    package struct Copy: Sendable, Hashable {
        package var source: String
        package var path: String

        package init(source: String, path: String) {
            self.source = source
            self.path = path
        }
    }

    /// Tells the job from others.
    package var id: String
    package var action: Action
    package var name: String
    /// save and delete: the disks with the snapshot in their images, by their targets; the first has the memory.
    package var disks: [String] = []
    /// save and delete: whether the file of firmware variables has it, too.
    package var includesVariables = false
    package var overlays: [Overlay] = []
    /// The file for the guest's memory.
    package var memory: String?
    package var copies: [Copy] = []
    /// Have the guest's file systems write everything and stand still meanwhile.
    package var quiesces = false
    /// End the machine when it is done.
    package var halts = false
    /// Let the guest run while its memory is written.
    package var isLive = false

    package init(id: String, action: Action, name: String) {
        self.id = id
        self.action = action
        self.name = name
    }

    package var json: JSONObject {
        var object: JSONObject = [
            "id": .string(id), "action": .string(action.rawValue), "name": .string(name),
            "disks": .array(disks.map { .string($0) }), "variables": .bool(includesVariables),
            "overlays": .array(overlays.map { ["target": .string($0.target), "path": .string($0.path)] }),
            "copies": copies.json,
            "quiesce": .bool(quiesces), "halt": .bool(halts), "live": .bool(isLive),
        ]
        object["memory"] = memory.map { .string($0) }
        return object
    }

    package init(json: JSONObject) throws(VMError) {
        let fields = RequestFields(json, what: "the request 'snapshot'")
        guard let action = Action(rawValue: try fields.string("action")) else { throw fields.odd("action") }
        self.init(id: try fields.string("id"), action: action, name: try fields.string("name"))
        disks = (json["disks"]?.array ?? []).compactMap(\.string)
        includesVariables = fields.flag("variables")
        for entry in json["overlays"]?.array ?? [] {
            let fields = RequestFields(entry.object ?? [:], what: "an overlay")
            overlays.append(Overlay(target: try fields.string("target"), path: try fields.absolutePath("path")))
        }
        copies = try [Copy](json["copies"])
        if json["memory"] != nil { memory = try fields.absolutePath("memory") }
        quiesces = fields.flag("quiesce")
        halts = fields.flag("halt")
        isLive = fields.flag("live")
    }
}

extension [SnapshotOrder.Copy] {
    var json: JSONValue { .array(map { ["source": .string($0.source), "path": .string($0.path)] }) }

    init(_ json: JSONValue?) throws(VMError) {
        self = []
        for entry in json?.array ?? [] {
            let fields = RequestFields(entry.object ?? [:], what: "a copy")
            append(.init(source: try fields.absolutePath("source"), path: try fields.absolutePath("path")))
        }
    }
}

/// The snapshot inside a machine's images that its start goes on from.
package struct SnapshotLoad: Sendable, Hashable {
    package var name: String
    /// The disks that have it, by their targets' aliases; the first has the memory.
    package var aliases: [String]
    package var includesVariables: Bool

    package init(name: String, aliases: [String], includesVariables: Bool) {
        self.name = name
        self.aliases = aliases
        self.includesVariables = includesVariables
    }

    var json: JSONObject {
        [
            "name": .string(name), "aliases": .array(aliases.map { .string($0) }),
            "variables": .bool(includesVariables),
        ]
    }

    init?(json: JSONValue) {
        guard let name = json["name"]?.string else { return nil }
        self.init(
            name: name, aliases: (json["aliases"]?.array ?? []).compactMap(\.string),
            includesVariables: json["variables"]?.bool ?? false)
    }
}
