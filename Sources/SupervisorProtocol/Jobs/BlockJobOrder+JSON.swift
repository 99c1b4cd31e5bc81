internal import VMCore
package import VMJSON

/// An order as it travels to a supervisor.
extension BlockJobOrder {
    package var json: JSONObject {
        var object: JSONObject = [
            "id": .string(id), "disk": .string(disk), "bandwidth": JSONValue(bandwidth),
            "relative": .bool(keepsRelative),
        ]
        switch work {
        case .commit(let commit):
            object["work"] = "commit"
            object["base"] = commit.base.map { .string($0) }
            object["top"] = commit.top.map { .string($0) }
            object["shallow"] = .bool(commit.isShallow)
            object["active"] = .bool(commit.isActive)
            object["delete"] = .bool(commit.deletes)
        case .pull(let pull):
            object["work"] = "pull"
            object["base"] = pull.base.map { .string($0) }
        case .copy(let copy):
            object["work"] = "copy"
            object["destination"] = .string(copy.destination)
            object["shallow"] = .bool(copy.isShallow)
            object["reuse"] = .bool(copy.reusesFile)
            object["transient"] = .bool(copy.isTransient)
            object["synchronous"] = .bool(copy.writesSynchronously)
            object["granularity"] = copy.granularity.map { JSONValue(UInt64($0)) }
            object["bufferSize"] = copy.bufferSize.map { JSONValue($0) }
        }
        return object
    }

    init(_ fields: RequestFields) throws(VMError) {
        let json = fields.json
        let work: Work
        switch json["work"]?.string {
        case "commit":
            var commit = Commit()
            commit.base = json["base"]?.string
            commit.top = json["top"]?.string
            commit.isShallow = fields.flag("shallow")
            commit.isActive = fields.flag("active")
            commit.deletes = fields.flag("delete")
            work = .commit(commit)
        case "pull":
            var pull = Pull()
            pull.base = json["base"]?.string
            work = .pull(pull)
        case "copy":
            var copy = Copy(destination: try fields.string("destination"))
            copy.isShallow = fields.flag("shallow")
            copy.reusesFile = fields.flag("reuse")
            copy.isTransient = fields.flag("transient")
            copy.writesSynchronously = fields.flag("synchronous")
            copy.granularity = json["granularity"]?.uint64.flatMap { UInt32(exactly: $0) }
            copy.bufferSize = json["bufferSize"]?.uint64
            work = .copy(copy)
        default: throw fields.odd("work")
        }
        self.init(try fields.string("disk"), work)
        id = try fields.string("id")
        bandwidth = json["bandwidth"]?.uint64 ?? 0
        keepsRelative = fields.flag("relative")
    }
}
