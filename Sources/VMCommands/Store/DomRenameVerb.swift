internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `domrename NAME NEW-NAME`.
    static var domrename: Verb {
        Verb(
            "domrename", aliases: ["rename"], group: .domain, "give a domain that doesn't run another name",
            details: "UUID, devices and files stay as they are, the names of files included.",
            parameters: [.domain(.inactive), .argument("new-name", "string", "new domain name")]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let renamed = try manager.rename(key, to: try invocation.required("new-name"))
            return Report(
                .message("Domain successfully renamed"),
                value: [
                    "name": .string(renamed.name), "uuid": .string(renamed.uuid.description),
                    "generation": JSONValue(renamed.generation),
                ], names: [renamed.name])
        }
    }
}
