internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `undefine NAME`.
    static var undefine: Verb {
        Verb(
            "undefine", aliases: ["rm"], group: .domain, "remove a stored domain, or let a running one go when it ends",
            details: "Disks and other files of the domain stay where they are.",
            parameters: [.domain()]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let result = try manager.undefine(key)
            return Report(
                .message("Domain '\(result.machine.name)' has been undefined"),
                value: [
                    "name": .string(result.machine.name), "uuid": .string(result.machine.uuid.description),
                    "running": .bool(result.isStillRunning),
                ], names: [result.machine.name])
        }
    }
}
