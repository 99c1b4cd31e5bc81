internal import QEMULauncher
internal import VMCore
internal import VMJSON
internal import VMXML

/// A path that an option of a planned command line has QEMU open, and what QEMU does with it.
///
/// The options are what QEMU goes by, so whatever kind of device they come from, no path in them is overlooked: those that
/// nothing here knows have to be readable.
struct PlannedPath: Sendable, Hashable {
    enum Use: Sendable, Hashable {
        /// A file, or a device, that must be there to be read.
        case read
        /// One that is written, too.
        case write
        /// A file that is made where there is none.
        case make
        case folder
        /// A character device of the host.
        case device
        /// A FIFO, or two of which the names end with `.in` and `.out`.
        case pipe
        /// A socket that QEMU makes.
        case listen
        /// A socket on which somebody else listens; `isPatient` when QEMU tries it again and again.
        case connect(isPatient: Bool)
        /// Whatever it is, it must be there.
        case present
        /// Something in the user's own arguments, which may be anything.
        case unknown
        /// What isn't opened, or what a check of its own looks at.
        case elsewhere
    }

    var path: String
    /// What it is, for sentences: `input device`.
    var what: String
    var use: Use
    var origin: XMLOrigin?

    /// All of a command line, in its order.
    static func all(in line: QEMULauncher.CommandLine) -> [PlannedPath] {
        let printer = ArgvPrinter(syntax: line.syntax)
        var found: [PlannedPath] = []
        var own = ""
        for option in line.options {
            let words = (try? printer.print(option)) ?? []
            if option.name == .passthrough {
                let word = words.first ?? ""
                let paths = ArgumentPaths.all(in: [own, word])
                found += paths.map { PlannedPath(path: $0, what: "file", use: .unknown, origin: option.origin) }
                own = word.hasPrefix("-") ? word : ""
                continue
            }
            let known = uses(of: option)
            found += known
            let others = ArgumentPaths.all(in: words).filter { path in !known.contains { $0.path == path } }
            found += others.map { PlannedPath(path: $0, what: "file", use: .present, origin: option.origin) }
        }
        return found
    }

    // MARK: What each option does with its paths

    private static func uses(of option: QEMUOption) -> [PlannedPath] {
        func path(_ key: String, _ what: String, _ use: Use) -> [PlannedPath] {
            guard let path = option[key]?.string, path.hasPrefix("/") else { return [] }
            return [PlannedPath(path: path, what: what, use: use, origin: option.origin)]
        }
        switch option.name {
        case .chardev: return path("logfile", "log file", .make) + characterDevice(option, path)
        case .object: return object(option, path)
        case .device:
            return path("evdev", "input device", .device) + path("romfile", "option ROM", .read)
                + path("hostdevice", "USB device", .device)
                + path("sysfsdev", "device", .elsewhere)
        case .netdev: return path("vhostdev", "vDPA device", .device)
        case .fsdev: return path("path", "shared folder", .folder)
        case .tpmdev: return path("path", "TPM", .device) + path("cancel-path", "file that cancels commands", .write)
        case .fwCfg: return path("file", "file for the firmware", .read)
        case .blockdev: return block(option, path)
        case .audiodev: return path("path", "sound file", option["driver"]?.string == "wav" ? .make : .read)
        case .display: return path("rendernode", "render node", .device)
        case .spice:
            // Without a port for TLS the certificates aren't looked at.
            return path("x509-dir", "folder of certificates", option["tls-port"] == nil ? .elsewhere : .folder)
                + path("addr", "socket", .listen) + path("rendernode", "render node", .device)
        case .vnc: return vnc(option)
        default: return []
        }
    }

    private static func characterDevice(
        _ option: QEMUOption, _ path: (String, String, Use) -> [PlannedPath]
    ) -> [PlannedPath] {
        switch option["backend"]?.string {
        case "file": return path("path", "output file", .make)
        case "serial": return path("path", "serial device", .write)
        case "parallel": return path("path", "parallel port", .device)
        case "pipe": return path("path", "pipe", .pipe)
        case "socket" where option["server"]?.bool == true: return path("path", "socket", .listen)
        case "socket":
            let isPatient = [option["reconnect"], option["reconnect-ms"]].contains { ($0?.int ?? 0) > 0 }
            return path("path", "socket", .connect(isPatient: isPatient))
        default: return []
        }
    }

    private static func block(
        _ option: QEMUOption, _ path: (String, String, Use) -> [PlannedPath]
    ) -> [PlannedPath] {
        switch option["driver"]?.string {
        // On another host.
        case "ssh", "nfs", "gluster", "sheepdog", "rbd": return path("path", "image", .elsewhere)
        case "vvfat": return path("dir", "folder", .folder)
        case "nbd":
            guard let socket = option["server"]?["path"]?.string else { return [] }
            let use = Use.connect(isPatient: false)
            return [PlannedPath(path: socket, what: "socket", use: use, origin: option.origin)]
        default: return path("filename", "storage file", option["read-only"]?.bool == true ? .read : .write)
        }
    }

    /// What objects open without being told.
    private static let ownDevices = [
        "sev-guest": "/dev/sev", "sev-snp-guest": "/dev/sev", "memory-backend-epc": "/dev/sgx_vepc",
        "iommufd": "/dev/iommu",
    ]

    private static func object(
        _ option: QEMUOption, _ path: (String, String, Use) -> [PlannedPath]
    ) -> [PlannedPath] {
        let type = option["qom-type"]?.string ?? ""
        if let device = ownDevices[type] {
            return [PlannedPath(path: device, what: "device", use: .device, origin: option.origin)]
        }
        return switch type {
        case "rng-random": path("filename", "source of random numbers", .read)
        case "input-linux": path("evdev", "input device", .device)
        case "memory-backend-file": path("mem-path", "file of memory", .make)
        case "tls-creds-x509": path("dir", "folder of certificates", .folder)
        case "pr-manager-helper": path("path", "socket of the reservation helper", .connect(isPatient: false))
        default: []
        }
    }

    private static func vnc(_ option: QEMUOption) -> [PlannedPath] {
        guard let address = option["vnc"]?.string, address.hasPrefix("unix:/") else { return [] }
        return [
            PlannedPath(
                path: String(address.dropFirst("unix:".count)), what: "socket", use: .listen, origin: option.origin)
        ]
    }
}
