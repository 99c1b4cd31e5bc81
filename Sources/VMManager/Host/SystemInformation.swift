public import VMCore
internal import VMXML

/// What the host's firmware says of itself in its SMBIOS tables, as the kernel shows it below `/sys/class/dmi/id`. Serial
/// numbers and the UUID are shown to root only, and are left out for others.
public struct SystemInformation: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        public var name: String
        public var value: String
    }

    /// One table: the element of libvirt's `<sysinfo>` that it stands in, and what is known.
    public struct Table: Sendable, Hashable {
        public var element: String
        public var entries: [Entry]
    }

    public var tables: [Table]

    /// Reads the host's.
    ///
    /// - Parameter root: the folder that stands for `/`; empty for the real host.
    /// - Throws: `unsupported` when the kernel shows nothing.
    public init(root: String = "") throws(VMError) {
        tables = Self.names.compactMap { element, names in
            let entries = names.compactMap { name, file in
                Self.fact(root + "/sys/class/dmi/id/" + file).map { Entry(name: name, value: $0) }
            }
            return entries.isEmpty ? nil : Table(element: element, entries: entries)
        }
        guard !tables.isEmpty else {
            throw VMError(
                .unsupported, "Host SMBIOS information is not available",
                remedy: "the kernel shows none below /sys/class/dmi/id")
        }
    }

    /// The document of `virConnectGetSysinfo`.
    public var xml: String {
        var text = "<sysinfo type='smbios'>\n"
        for table in tables {
            text += "  <\(table.element)>\n"
            for entry in table.entries {
                text += "    <entry name='\(entry.name)'>\(entry.value.escapedForXML())</entry>\n"
            }
            text += "  </\(table.element)>\n"
        }
        return text + "</sysinfo>\n"
    }

    /// What the kernel says; nil where it says nothing, or not to us.
    private static func fact(_ path: String) -> String? {
        guard let bytes = try? Files.read(path, limit: 4096, regularOnly: false) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).first.map(String.init)
        return text?.isEmpty == false ? text : nil
    }

    /// libvirt's names, and the kernel's files.
    private static let names: [(String, [(String, String)])] = [
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
                ("manufacturer", "chassis_vendor"), ("version", "chassis_version"), ("serial", "chassis_serial"),
                ("asset", "chassis_asset_tag"),
            ]
        ),
    ]
}
