public import VMCore
public import VMXML

extension Domain {
    /// The UUID that `<sysinfo>` has the firmware tell.
    public var firmwareUUID: UUID? {
        for case let text? in sysinfo.filter({ $0.type == .smbios }).map({ $0.system[.uuid] }) {
            if let uuid = UUID(text) { return uuid }
        }
        return nil
    }
}

extension SystemInformation: Validated {
    public func validate(_ v: inout Validation) {
        switch type {
        case .smbios: validateSMBIOS(&v)
        case .fwcfg: v.each("entry", entries) { v, entry in entry.validate(&v) }
        }
    }

    private func validateSMBIOS(_ v: inout Validation) {
        v.enter("bios", XMLOrigin()) { v in
            v.each("entry", bios.entries) { v, entry in
                guard entry.name == .date, let date = entry.value, !SystemInformation.isDate(date) else { return }
                v.error("invalid-date", "a BIOS date reads MM/DD/YYYY, not '\(date)'", at: .content, found: date)
            }
        }
        v.enter("system", XMLOrigin()) { v in
            v.each("entry", system.entries) { v, entry in
                guard entry.name == .uuid, let text = entry.value else { return }
                guard let uuid = UUID(text) else {
                    v.error("invalid-value", "'\(text)' is no UUID", at: .content, found: text)
                    return
                }
                if let own = v.domain.uuid, own != uuid {
                    v.error("uuid-mismatch", "the UUID differs from the domain's, \(own)", at: .content, found: text)
                }
            }
        }
    }

    /// `MM/DD/YYYY`, or with a year of two digits.
    private static func isDate(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let month = Int(parts[0]), let day = Int(parts[1]), let year = Int(parts[2])
        else { return false }
        let isYear = parts[2].utf8.count == 2 || (parts[2].utf8.count == 4 && year >= 1900)
        return (1...12).contains(month) && (1...31).contains(day) && isYear
    }
}

extension SystemInformation.FirmwareConfiguration: Validated {
    public func validate(_ v: inout Validation) {
        guard let name else { return }
        if !name.hasPrefix("opt/") {
            v.error("fwcfg-name", "names of fw_cfg begin with 'opt/'", at: .attribute("name"), found: name)
        } else if name.hasPrefix("opt/ovmf/") || name.hasPrefix("opt/org.qemu") {
            v.error(
                "fwcfg-name", "'\(name)' is a name that belongs to the firmware or to QEMU", at: .attribute("name"),
                found: name)
        }
        if file == nil, value == nil {
            v.error("missing-value", "a fw_cfg entry needs a text or the attribute 'file'")
        } else if file != nil, value != nil {
            v.error("duplicate-value", "a fw_cfg entry has a text or the attribute 'file', not both", at: .content)
        }
    }
}
