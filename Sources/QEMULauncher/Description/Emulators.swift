internal import Glibc
public import VMCore

/// The QEMU system emulators of this host.
public enum Emulators {
    private static let prefix = "qemu-system-"

    /// Paths of all emulators: of the folders in `PATH`, the first of each name.
    public static func installed() -> [String] {
        var found: [String: String] = [:]
        for folder in folders {
            for name in (try? Folders.list(folder)) ?? [] where name.hasPrefix(prefix) && found[name] == nil {
                let path = folder + "/" + name
                if access(path, X_OK) == 0 { found[name] = path }
            }
        }
        // `qemu-system-x86_64` before `qemu-system-x86_64-microvm`, which emulates less of the same.
        return found.sorted { $0.key < $1.key }.map(\.value)
    }

    /// The emulator of an architecture, by libvirt's name of it.
    public static func find(_ architecture: String) throws(VMError) -> String {
        let target =
            switch architecture {
            case "i686": "i386"
            case "armv6l", "armv7l": "arm"
            default: architecture
            }
        let names = [prefix + target] + (target == "i386" ? [prefix + "x86_64"] : [])
        for name in names {
            if let folder = folders.first(where: { access("\($0)/\(name)", X_OK) == 0 }) { return "\(folder)/\(name)" }
        }
        throw VMError(
            .unsupported, "unable to find any emulator to serve '\(architecture)' architecture",
            remedy: "install \(prefix)\(target), or name one with its path")
    }

    /// The emulator for the host's own architecture.
    public static func own() throws(VMError) -> String { try find(HostProcessor.machineName) }

    /// Where distributions put the emulator of a target.
    public static func standardPath(target: String) -> String { "/usr/bin/" + prefix + target }

    private static var folders: [String] {
        var list = ["/usr/bin", "/usr/local/bin"]
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        for folder in path.split(separator: ":").map(String.init)
        where folder.hasPrefix("/") && !list.contains(folder) && !folder.hasSuffix("sbin") && folder != "/bin" {
            list.append(folder)
        }
        return list
    }
}
