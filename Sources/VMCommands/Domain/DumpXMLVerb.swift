internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `dumpxml NAME [--inactive]`.
    static var dumpxml: Verb {
        Verb(
            "dumpxml", group: .domain, "print a domain's XML",
            details: """
                Of a running domain the live XML: with its id, addresses, and what QEMU chose. With --inactive the
                stored one, from which it will start next time.
                """,
            parameters: [.domain(), .flag("inactive", "the stored XML, even of a running domain")]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let xml = try manager.xml(key, inactive: invocation.flag("inactive"))
            return Report(.text(xml), value: ["xml": .string(xml)], names: [])
        }
    }
}
