internal import Glibc
internal import VMCore
public import VMDomain
internal import VMJSON

/// Where the host has the programs that work beside QEMU.
public struct HelperPrograms: Sendable, Hashable {
    public var swtpm: String?
    public var swtpmSetup: String?
    public var passt: String?
    /// The virtiofs daemon for file systems that name none.
    public var virtiofsd: String?
    /// What each virtiofs daemon that may be used says of itself: `separate-options` and so on.
    public var virtiofsdFeatures: [String: Set<String>] = [:]
    /// Whether the machine is run by root, for whom some of them work differently.
    public var isPrivileged = false

    public init() {}
}

extension HelperPrograms {
    /// Looks for those programs that a domain needs.
    ///
    /// - Parameter runsForeignPrograms: whether a program that the document names is run, to ask it what it can do, though
    ///   others than root could have put it there. What only looks at documents runs nothing of theirs.
    public static func find(for domain: Domain, runsForeignPrograms: Bool) -> HelperPrograms {
        var programs = HelperPrograms()
        programs.isPrivileged = hostUserID() == 0
        if domain.devices.tpms.contains(where: { $0.backend?.type == .emulator }) {
            programs.swtpm = find("swtpm")
            programs.swtpmSetup = find("swtpm_setup")
        }
        if domain.devices.interfaces.contains(where: Passt.isNeeded) { programs.passt = find("passt") }
        programs.findVirtioFSDaemons(
            domain.devices.filesystems.filter(VirtioFSDaemon.isNeeded), runsForeignPrograms)
        return programs
    }

    /// A program in `PATH`, or in one of the folders for programs that other programs run.
    public static func find(_ name: String) -> String? {
        let search = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        let folders = search.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
        return (folders + ["/usr/libexec", "/usr/lib/qemu"]).lazy.map { $0 + "/" + name }
            .first { Files.oddKind($0) == nil && access($0, X_OK) == 0 }
    }

    private mutating func findVirtioFSDaemons(_ filesystems: [Filesystem], _ runsForeignPrograms: Bool) {
        guard !filesystems.isEmpty else { return }
        if filesystems.contains(where: { $0.binary?.path == nil }) {
            let described = VhostUserDescriptor.all().first { $0.type == "fs" }
            virtiofsd = described?.binary ?? HelperPrograms.find("virtiofsd")
            if let described, !described.features.isEmpty { virtiofsdFeatures[described.binary] = described.features }
        }
        for path in filesystems.compactMap({ $0.binary?.path ?? virtiofsd }) where virtiofsdFeatures[path] == nil {
            if runsForeignPrograms && !isPrivileged || path == virtiofsd || OwnFolders.isRootsAlone(path) {
                virtiofsdFeatures[path] = HelperPrograms.features(of: path)
            }
        }
    }

    /// What a vhost-user program says to `--print-capabilities`; nothing when it says nothing in time.
    private static func features(of path: String) -> Set<String> {
        guard var pipe = try? Pipe() else { return [] }
        let request = SpawnRequest(
            executable: path, arguments: ["--print-capabilities"], descriptors: [.init(pipe.writer, as: 1)],
            workingDirectory: "/", diesWithParent: true)
        guard let process = try? SpawnedProcess.spawn(request) else { return [] }
        pipe.closeWriter()
        let bytes = pipe.readToEnd(limit: 1 << 16, deadline: .after(.seconds(3)))
        if bytes == nil { sendSignal(SIGKILL, to: process.handle) }
        _ = ProcessExit.wait(for: process.handle, until: .after(.seconds(1)))
        let said = bytes.flatMap { try? JSONParser.parse($0) }
        return Set((said?["features"]?.array ?? []).compactMap(\.string))
    }
}

/// A program that speaks vhost-user, as its package describes it in a file.
struct VhostUserDescriptor: Sendable, Hashable {
    var type: String
    var binary: String
    var features: Set<String>

    /// The host's descriptors in the order of preference: of files with one name the user's counts before the
    /// administrator's and that before the package's, and an empty file hides those behind it.
    static func all(root: String = "") -> [VhostUserDescriptor] {
        var folders = [root + "/usr/share/qemu/vhost-user", root + "/etc/qemu/vhost-user"]
        if hostUserID() != 0 {
            let home =
                getenv("XDG_CONFIG_HOME").map { String(cString: $0) }
                ?? getenv("HOME").map { String(cString: $0) + "/.config" }
            if let home { folders.append(home + "/qemu/vhost-user") }
        }
        return all(in: folders)
    }

    /// The descriptors of some folders, of which the later ones take precedence.
    static func all(in folders: [String]) -> [VhostUserDescriptor] {
        var files: [String: String] = [:]
        for folder in folders {
            for name in (try? Folders.list(folder)) ?? [] where name.hasSuffix(".json") { files[name] = folder }
        }
        return files.sorted { $0.key < $1.key }.compactMap { name, folder in
            guard let bytes = try? Files.read(folder + "/" + name, limit: 1 << 20), !bytes.isEmpty,
                let json = try? JSONParser.parse(bytes), let type = json["type"]?.string,
                let binary = json["binary"]?.string, access(binary, X_OK) == 0
            else { return nil }
            let features = (json["features"]?.array ?? []).compactMap(\.string)
            return VhostUserDescriptor(type: type, binary: binary, features: Set(features))
        }
    }
}
