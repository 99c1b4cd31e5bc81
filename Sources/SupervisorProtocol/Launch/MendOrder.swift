package import VMCore
package import VMJSON

/// What a process is told that is to mend a machine whose supervisor is gone: which machine, and where things are.
package struct MendOrder: Sendable {
    package var uuid: UUID
    package var paths: UserPaths
    /// The domain's name, for a machine whose own files can't tell it any more.
    package var name: String?
    /// The stored definition's file, by which the supervisor sees at the end whether the domain is stored.
    package var definition: String
    package var log: String
    package var hooks: String
    package var failureRecord: String
    /// How many supervisors of the machine have ended soon, one after the other.
    package var failures = 0

    package init(
        uuid: UUID, paths: UserPaths, name: String?, definition: String, log: String, hooks: String,
        failureRecord: String
    ) {
        self.uuid = uuid
        self.paths = paths
        self.name = name
        self.definition = definition
        self.log = log
        self.hooks = hooks
        self.failureRecord = failureRecord
    }

    package var folder: RuntimeFolder { RuntimeFolder(base: paths.runtime, uuid: uuid) }

    package var json: JSONObject {
        var object: JSONObject = [
            "uuid": .string("\(uuid)"), "paths": .object(paths.json), "definition": .string(definition),
            "log": .string(log), "hooks": .string(hooks), "failureRecord": .string(failureRecord),
        ]
        object["name"] = name.map { .string($0) }
        if failures > 0 { object["failures"] = JSONValue(failures) }
        return object
    }

    package init(json: JSONValue) throws(VMError) {
        guard let uuid = (json["uuid"]?.string).flatMap({ UUID($0) }),
            let paths = json["paths"].flatMap({ UserPaths(json: $0) }), let definition = json["definition"]?.string,
            let log = json["log"]?.string
        else { throw VMError(.internalError, "what is to be mended can't be read") }
        self.init(
            uuid: uuid, paths: paths, name: json["name"]?.string, definition: definition, log: log,
            hooks: json["hooks"]?.string ?? "", failureRecord: json["failureRecord"]?.string ?? "")
        failures = min(max(json["failures"]?.int ?? 0, 0), 1000)
    }
}
