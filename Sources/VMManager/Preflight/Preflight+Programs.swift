internal import Glibc
internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMJSON

/// What options of a planned command line need besides files and ports: parts of QEMU that are installed by themselves,
/// and what displays and smartcards build on.
extension Preflight {
    mutating func checkPrograms(_ draft: LaunchDraft) {
        let modules = EmulatorModules(draft.executable, draft.environment)
        for option in draft.line.options {
            if let module = EmulatorModules.name(for: option), modules?.lacks(module) == true {
                add(
                    VMError(
                        .unsupported, "'\(draft.executable)' lacks its part '\(module)', which is installed by itself",
                        remedy: "install it: on Debian from qemu-system-gui, qemu-system-modules-* or qemu-block-extra"),
                    at: option.origin)
                continue
            }
            switch option.name {
            case .display: checkDisplay(option)
            case .device where option["driver"]?.string == "ccid-card-emulated": checkCertificates(option)
            default: break
            }
        }
    }

    private mutating func checkDisplay(_ option: QEMUOption) {
        func refuse(_ message: String, _ remedy: Remedy) {
            add(VMError(.unsupported, message, remedy: remedy), at: option.origin)
        }
        switch option["type"]?.string {
        case "egl-headless" where option["rendernode"] == nil:
            let nodes = ((try? Folders.list("/dev/dri")) ?? []).filter { $0.hasPrefix("renderD") }
            if nodes.isEmpty {
                refuse(
                    "the host has no render node, which a display of the type 'egl-headless' needs",
                    "use another display, or a host with a graphics card")
            }
        case "dbus":
            let start = "unix:path="
            guard let address = option["addr"]?.string?.split(separator: ",").first, address.hasPrefix(start),
                case let path = String(address.dropFirst(start.utf8.count)), !Socket.isListening(path)
            else { return }
            refuse(
                "nobody listens on the bus '\(path)', which the display of the type 'dbus' is to be on",
                "give <graphics> the address of a bus that runs, or say p2p='yes'")
        default: return
        }
    }

    /// The host's certificates for an emulated smartcard.
    private mutating func checkCertificates(_ option: QEMUOption) {
        let path = option["db"]?.string ?? "/etc/pki/nssdb"
        guard !Files.exists(path) else { return }
        add(
            VMError(
                .notFound, "there is no database of certificates '\(path)' for the smartcard",
                remedy: "make one with 'certutil -N', and name it in <database>"), at: option.origin)
    }
}

/// The folder of an emulator's parts that are files of their own.
struct EmulatorModules {
    private let files: Set<String>

    /// - Returns: nil where there is no such folder, so that all parts are built in.
    init?(_ executable: String, _ environment: [(name: String, value: String)]) {
        let own = environment.first { $0.name == "QEMU_MODULE_DIR" }.map { [$0.value] } ?? []
        let prefix = Files.folder(of: Files.folder(of: Files.resolved(executable) ?? executable))
        let libraries = ["lib", "lib64"].flatMap { name -> [String] in
            let folder = "\(prefix)/\(name)"
            let triplets = ((try? Folders.list(folder)) ?? []).filter { $0.hasSuffix("-linux-gnu") }.sorted()
            return ["\(folder)/qemu"] + triplets.map { "\(folder)/\($0)/qemu" }
        }
        for folder in own + libraries {
            let names = ((try? Folders.list(folder)) ?? []).filter { $0.hasSuffix(".so") }
            guard !names.isEmpty else { continue }
            files = Set(names.map { String($0.dropLast(3)) })
            return
        }
        return nil
    }

    func lacks(_ module: String) -> Bool { !files.contains(module) }

    /// The part that an option needs where parts are files of their own.
    static func name(for option: QEMUOption) -> String? {
        switch option.name {
        case .audiodev:
            let driver = option["driver"]?.string ?? ""
            return ["alsa", "jack", "oss", "pa", "pipewire", "sdl", "sndio"].contains(driver) ? "audio-\(driver)" : nil
        case .display:
            let type = option["type"]?.string ?? ""
            return ["sdl", "gtk", "curses", "egl-headless", "dbus"].contains(type) ? "ui-\(type)" : nil
        case .blockdev: return block(option["driver"]?.string ?? "")
        default: return nil
        }
    }

    private static func block(_ driver: String) -> String? {
        switch driver {
        case "http", "https", "ftp", "ftps": "block-curl"
        case "rbd", "iscsi", "ssh", "nfs", "gluster": "block-\(driver)"
        default: nil
        }
    }
}
