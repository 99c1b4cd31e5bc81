internal import Glibc
internal import VMCore
internal import VMDomain
internal import VMJSON

extension HostFacts {
    /// Reads the firmware descriptors below a root folder, in the order of their file names. A descriptor in a later
    /// folder replaces the one of its name in an earlier; an empty file masks it. Broken ones are left out.
    public mutating func readFirmware(root: String = "", home: String? = nil) {
        var folders = [root + "/usr/share/qemu/firmware", root + "/etc/qemu/firmware"]
        if let home { folders.append(home + "/qemu/firmware") }
        var files: [String: String] = [:]
        for folder in folders {
            for name in (try? VMCore.Folders.list(folder)) ?? [] where name.hasSuffix(".json") { files[name] = folder }
        }
        firmware = files.sorted { $0.key < $1.key }.compactMap { name, folder in
            guard let bytes = try? Files.read(folder + "/" + name, limit: 1 << 20), !bytes.isEmpty,
                let json = try? JSONParser.parse(bytes)
            else { return nil }
            return FirmwareDescriptor(json)
        }
    }

    /// Reads the host's own descriptors, system-wide and the user's.
    mutating func readHostFirmware() {
        let home =
            getenv("XDG_CONFIG_HOME").map { String(cString: $0) }
            ?? getenv("HOME").map { String(cString: $0) + "/.config" }
        readFirmware(home: home)
    }
}
