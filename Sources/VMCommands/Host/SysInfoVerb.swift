internal import VMCore
internal import VMDomain
internal import VMJSON

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
            let tables: [(element: String, entries: [(name: String, file: String)])] = [
                (
                    "bios",
                    [
                        ("vendor", "bios_vendor"), ("version", "bios_version"), ("date", "bios_date"),
                        ("release", "bios_release"),
                    ]
                ),
                (
                    "system",
                    [
                        ("manufacturer", "sys_vendor"), ("product", "product_name"), ("version", "product_version"),
                        ("serial", "product_serial"), ("uuid", "product_uuid"), ("sku", "product_sku"),
                        ("family", "product_family"),
                    ]
                ),
                (
                    "baseBoard",
                    [
                        ("manufacturer", "board_vendor"), ("product", "board_name"), ("version", "board_version"),
                        ("serial", "board_serial"), ("asset", "board_asset_tag"),
                    ]
                ),
                (
                    "chassis",
                    [
                        ("manufacturer", "chassis_vendor"), ("version", "chassis_version"),
                        ("serial", "chassis_serial"), ("asset", "chassis_asset_tag"),
                    ]
                ),
            ]
            var xml = "<sysinfo type='smbios'>\n"
            var value: JSONObject = [:]
            for table in tables {
                let known = table.entries.compactMap { entry in fact(entry.file).map { (entry.name, $0) } }
                if known.isEmpty { continue }
                xml += "  <\(table.element)>\n"
                for (name, text) in known {
                    xml += "    <entry name='\(name)'>\(Invocation.escaped(text))</entry>\n"
                }
                xml += "  </\(table.element)>\n"
                value[table.element] = .object(JSONObject(known.map { ($0.0, .string($0.1)) }))
            }
            guard !value.isEmpty else {
                throw VMError(
                    .unsupported, "Host SMBIOS information is not available",
                    remedy: "the kernel shows none below /sys/class/dmi/id")
            }
            return Report(.raw(xml + "</sysinfo>\n\n"), value: .object(value))
        }
    }

    /// What the kernel says; nil where it says nothing, or not to us.
    private static func fact(_ file: String) -> String? {
        guard let bytes = try? Files.read("/sys/class/dmi/id/" + file, limit: 4096, regularOnly: false) else {
            return nil
        }
        let text = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).first.map(String.init)
        return text?.isEmpty == false ? text : nil
    }
}
