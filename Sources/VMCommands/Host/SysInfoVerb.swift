internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `sysinfo`.
    static var sysinfo: Verb {
        Verb(
            "sysinfo", group: .host, "print the host's system information, as XML",
            details: """
                What the host's firmware says of itself in its SMBIOS tables, as the kernel shows it. Serial numbers and
                the UUID are shown to root only, and are left out for others.
                """
        ) { (_: Invocation) throws(VMError) -> Report in
            let information = try SystemInformation()
            let value = information.tables.map { table in
                (table.element, JSONValue.object(JSONObject(table.entries.map { ($0.name, .string($0.value)) })))
            }
            return Report(.document(information.xml + "\n"), value: .object(JSONObject(value)))
        }
    }
}
