internal import VMCore
internal import VMManager

extension Verb {
    /// `dumpxml NAME [--inactive]`.
    static var dumpxml: Verb {
        Verb(
            "dumpxml", group: .domain, "print a domain's XML",
            details: """
                Of a running domain the live XML: with its id, addresses, and what QEMU chose. With --inactive the
                stored one, from which it will start next time. Passwords are left out, unless --security-info is
                given: what is printed without it isn't fit to be defined again.
                """,
            parameters: [
                .domain(), .flag("inactive", "the stored XML, even of a running domain"),
                .flag("update-cpu", "accepted; the CPU is always as the machine has it"),
                .flag("migratable", "accepted; every document suits another host of this program"),
            ] + .printedXML
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            return try invocation.printed(
                try manager.xml(
                    key, inactive: invocation.flag("inactive"), secrets: invocation.flag("security-info")))
        }
    }
}
