internal import Glibc
public import VMCore

/// Where an installation of libvirt keeps what its QEMU driver knows. Nothing in it is ever written.
public struct LibvirtInstallation: Sendable {
    /// The documents of its domains, and the folders beside them.
    let definitions: String
    let autostart: String
    let saves: String
    let snapshots: String
    let checkpoints: String
    /// Where the states of emulated TPMs may be, each below its machine's UUID.
    let tpms: [String]
    /// The files that say which process a machine runs in.
    let running: String

    /// The folder that people are told about.
    public var path: String { definitions }

    /// Root's installation, or that of a system in another folder: its root, such as a mounted disk.
    public init(system root: String) {
        let state = root + "/var/lib/libvirt/qemu"
        self.init(
            definitions: root + "/etc/libvirt/qemu", autostart: root + "/etc/libvirt/qemu/autostart", state: state,
            tpms: [root + "/var/lib/libvirt/swtpm"], running: root + "/run/libvirt/qemu")
    }

    /// A user's installation: the folder `~/.config/libvirt`, or a copy of it.
    ///
    /// - Parameter runtime: the user's folder of what lives until logout; nil for a copy, of which nothing runs.
    public init(session folder: String, runtime: String?) {
        let base = folder + "/qemu"
        self.init(
            definitions: base, autostart: base + "/autostart", state: base,
            tpms: [folder + "/swtpm", base + "/swtpm", base + "/lib/swtpm"],
            running: runtime.map { $0 + "/libvirt/qemu/run" } ?? "")
    }

    private init(definitions: String, autostart: String, state: String, tpms: [String], running: String) {
        self.definitions = definitions
        self.autostart = autostart
        saves = state + "/save"
        snapshots = state + "/snapshot"
        checkpoints = state + "/checkpoint"
        self.tpms = tpms
        self.running = running
    }

    /// The installation that a user means: `qemu:///system`, `qemu:///session`, or a folder, which is the root of a system
    /// when it has `etc/libvirt`. Nothing means the one that goes with who asks.
    ///
    /// - Throws: `not-found` when there is none.
    public static func find(_ wish: String?) throws(VMError) -> LibvirtInstallation {
        let found = try named(wish)
        guard Files.isFolder(found.definitions) else {
            throw VMError(
                .notFound, "there is no libvirt at '\(wish ?? found.definitions)': '\(found.definitions)' is no folder",
                remedy: "name qemu:///system, qemu:///session or a folder")
        }
        return found
    }

    private static func named(_ wish: String?) throws(VMError) -> LibvirtInstallation {
        switch wish {
        case "qemu:///system": return LibvirtInstallation(system: "")
        case nil where geteuid() == 0: return LibvirtInstallation(system: "")
        case "qemu:///session", nil:
            guard let home = getenv("HOME").map({ String(cString: $0) }) ?? HostUser.find(geteuid())?.home else {
                throw VMError(.io, "user \(geteuid()) has no home folder")
            }
            let settings = getenv("XDG_CONFIG_HOME").map { String(cString: $0) }.flatMap {
                $0.hasPrefix("/") ? $0 : nil
            }
            let runtime = getenv("XDG_RUNTIME_DIR").map { String(cString: $0) } ?? "/run/user/\(geteuid())"
            return LibvirtInstallation(session: (settings ?? home + "/.config") + "/libvirt", runtime: runtime)
        case .some(let folder):
            guard folder.hasPrefix("/") else {
                throw VMError(
                    .invalidArgument, "'\(folder)' names no installation of libvirt",
                    remedy: "name qemu:///system, qemu:///session or a folder by its whole path")
            }
            if Files.isFolder(folder + "/etc/libvirt") {
                return LibvirtInstallation(system: folder == "/" ? "" : folder)
            }
            return LibvirtInstallation(session: folder, runtime: nil)
        }
    }

    /// The files of its documents.
    func documents() throws(VMError) -> [String] {
        try Self.documents(in: definitions)
    }

    func snapshotDocuments(of name: String) -> [String] { (try? Self.documents(in: snapshots + "/" + name)) ?? [] }

    func checkpointDocuments(of name: String) -> [String] {
        (try? Self.documents(in: checkpoints + "/" + name)) ?? []
    }

    private static func documents(in folder: String) throws(VMError) -> [String] {
        try Folders.list(folder).filter { $0.hasSuffix(".xml") && !$0.hasPrefix(".") }.sorted().map {
            folder + "/" + $0
        }
    }

    func isAutostarted(_ name: String) -> Bool { Files.linkTarget("\(autostart)/\(name).xml") != nil }

    func managedSave(of name: String) -> String? {
        let path = "\(saves)/\(name).save"
        return Files.exists(path) ? path : nil
    }

    /// The folder of a machine's TPM: `tpm1.2` or `tpm2` is in it.
    func tpm(of uuid: UUID) -> String? { tpms.map { "\($0)/\(uuid)" }.first { Files.isFolder($0) } }

    /// Whether a machine runs in it now: its QEMU's number is noted in a file that goes when it ends.
    func isRunning(_ name: String) -> Bool {
        guard !running.isEmpty, let text = try? Files.read("\(running)/\(name).pid", limit: 32),
            let pid = Int32(String(decoding: text.prefix { $0 != 0x0a }, as: UTF8.self)), pid > 0
        else { return false }
        return kill(pid, 0) == 0 || errno == EPERM
    }
}
