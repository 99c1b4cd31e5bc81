internal import VMCore
public import VMXML

extension Domain: Validated {
    public func validate(_ v: inout Validation) {
        validateName(&v)
        validateIdentity(&v)
        validateResources(&v)
        validateSystem(&v)
        v.enter("devices", devices.origin) { devices.validate(&$0) }
        validateSecurity(&v)
        v.check("qemu:commandline", qemuCommandline)
        validateMetadata(&v)
        validateForeign(&v)
    }

    /// An address that nearly is the one of QEMU's elements is a mistake, not somebody else's namespace.
    private func validateForeign(_ v: inout Validation) {
        for tree in foreign {
            guard let uri = tree.attributes.first(where: { $0.name.hasPrefix("xmlns") })?.value,
                uri != XMLNamespace.qemu.uri, uri.hasPrefix("http://libvirt.org/schemas/domain/qemu")
            else { continue }
            v.error(
                "unknown-namespace", "the namespace of QEMU's elements is '\(XMLNamespace.qemu.uri)', not '\(uri)'",
                at: .child(tree.name), found: uri, accepted: [XMLNamespace.qemu.uri])
        }
    }

    /// A name becomes a file's name, a socket's and a line of logs, so it must not hold what breaks any of these.
    private func validateName(_ v: inout Validation) {
        guard let name else { return }
        let spot = Validation.Spot.child("name")
        if let problem = Domain.problem(ofName: name) {
            v.error("invalid-name", problem, at: spot, found: name)
        } else if let doubt = Domain.doubt(aboutName: name) {
            v.warning("doubtful-name", doubt, at: spot, found: name)
        }
        if let title, title.utf8.contains(UInt8(ascii: "\n")) {
            v.error("invalid-title", "the title must be one line", at: .child("title"), found: title)
        }
    }

    /// Why a text can't be the name of a domain, as a sentence; nil if it can.
    public static func problem(ofName name: String) -> String? {
        if name.isEmpty { return "the name is empty" }
        if name == "." || name == ".." { return "the name can't be '\(name)', which is a folder's name" }
        if name.utf8.contains(UInt8(ascii: "/")) { return "the name can't contain '/'" }
        if name.utf8.count > maximumNameLength {
            return "the name has \(name.utf8.count) bytes, more than the \(maximumNameLength) allowed"
        }
        if name.unicodeScalars.contains(where: isControl) { return "the name can't contain control characters" }
        if name.utf8.allSatisfy(isBlank) { return "the name is blank" }
        return nil
    }

    /// Why a name is likely to make trouble on a command line or on a screen; nil if it isn't.
    static func doubt(aboutName name: String) -> String? {
        if name.unicodeScalars.contains(where: isInvisible) {
            return "the name contains invisible or direction-changing characters"
        }
        if name.utf8.first == UInt8(ascii: " ") || name.utf8.last == UInt8(ascii: " ") {
            return "the name begins or ends with a blank"
        }
        if name.utf8.first == UInt8(ascii: "-") {
            return "the name begins with '-', which command lines take for an option"
        }
        return nil
    }

    /// Leaves room for the endings of files below the file system's 255 bytes.
    public static let maximumNameLength = 200

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x2069, 0xfeff: true
        default: false
        }
    }

    private func validateIdentity(_ v: inout Validation) {
        if let uuid, uuid.isZero {
            v.error("zero-uuid", "the UUID must not be all zeros", at: .child("uuid"), found: uuid.description)
        }
    }

    private func validateResources(_ v: inout Validation) {
        v.check("maxMemory", maxMemory)
        v.check("memory", memory)
        v.check("currentMemory", currentMemory)
        v.check("blkiotune", blkiotune)
        v.check("memoryBacking", memoryBacking)
        v.check("vcpu", vcpu)
        v.enter("vcpus", XMLOrigin()) { VCPU.validate(vcpus, &$0) }
        v.enter("iothreadids", XMLOrigin()) { IOThread.validate(iothreadids, &$0) }
        v.check("defaultiothread", defaultiothread)
        v.enter("throttlegroups", XMLOrigin()) { IOTune.validate(groups: throttlegroups, &$0) }
        v.check("cputune", cputune)
        v.check("numatune", numatune)
        v.check("resource", resource)
    }

    private func validateSystem(_ v: inout Validation) {
        v.check("sysinfo", sysinfo)
        if os.type?.kind == nil, bootloader == nil {
            v.error("missing-element", "<os> needs a <type> element", of: os.origin)
        }
        v.check("os", os)
        v.check("features", features)
        v.check("cpu", cpu)
        v.check("clock", clock)
        if v.isQEMU {
            if onReboot == .destroy, onPoweroff == .restart {
                v.error(
                    "unsupported-action", "QEMU can't end a machine that reboots and restart one that powers off",
                    at: .child("on_reboot"), found: "destroy", accepted: ["restart"])
            }
            for (name, action) in [("on_poweroff", onPoweroff), ("on_reboot", onReboot)] where action == .preserve {
                v.error(
                    "unsupported-action", "QEMU can't preserve a machine that has ended", at: .child(name),
                    found: "preserve", accepted: ["destroy", "restart"])
            }
        }
    }

    private func validateSecurity(_ v: inout Validation) {
        var models: [String: XMLOrigin] = [:]
        v.each("seclabel", seclabels) { v, label in
            label.validate(&v)
            guard let model = label.model else {
                if seclabels.count > 1 {
                    v.error("missing-attribute", "one of several <seclabel> elements needs the attribute 'model'")
                }
                return
            }
            if let first = models[model] {
                v.error(
                    "duplicate-seclabel", "a <seclabel> for the model '\(model)' is there\(v.line(of: first)) already",
                    at: .attribute("model"), found: model)
            }
            models[model] = label.origin
        }
        v.check("launchSecurity", launchSecurity)
        for (index, cipher) in keywrap.enumerated() where keywrap[..<index].contains(where: { $0.name == cipher.name })
        {
            v.error(
                "duplicate-cipher", "the cipher '\(cipher.name?.rawValue ?? "")' is there twice", at: .child("keywrap"))
        }
        if idmap.uid.isEmpty != idmap.gid.isEmpty {
            v.error("idmap", "users and groups must both be mapped, or neither", at: .child("idmap"))
        }
    }
}
