internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMHost
internal import VMImage
internal import VMXML

/// The files of the host that a planned machine names, and what its QEMU may do with each.
///
/// The command line is what QEMU goes by, so its paths are what counts; the document says which of them are only read, and
/// what the images among them build on.
struct MachineFiles {
    private let launch: LaunchPlan
    private let runtime: RuntimeFolder
    private var kinds: [String: FileAccess.Kind] = [:]

    /// What QEMU of a plan may use, sorted by path.
    static func of(_ launch: LaunchPlan, _ runtime: RuntimeFolder) -> [FileAccess] {
        var files = MachineFiles(launch, runtime)
        files.addDocument()
        files.addCommandLine()
        files.addHost()
        return files.kinds.map { FileAccess($0.key, $0.value) }.sorted { $0.path < $1.path }
    }

    private init(_ launch: LaunchPlan, _ runtime: RuntimeFolder) {
        self.launch = launch
        self.runtime = runtime
    }

    private mutating func add(_ path: String?, _ kind: FileAccess.Kind) {
        guard let path, path.hasPrefix("/"), kinds[path] != .write else { return }
        kinds[path] = kind
    }

    // MARK: The document

    private mutating func addDocument() {
        let domain = launch.domain
        for disk in domain.devices.disks { add(disk) }
        for path in [domain.os.kernel, domain.os.initrd, domain.os.dtb] { add(path, .read) }
        if let loader = domain.os.loader {
            add(loader.path, loader.type == .pflash && loader.readonly != .yes ? .write : .read)
        }
        add(domain.os.nvram?.file, .write)
        for path in domain.logFiles + domain.memoryFiles { make(path) }
        for path in domain.pipes {
            for end in [path + ".in", path + ".out"] where Files.exists(end) { add(end, .write) }
        }
        if domain.devices.graphics.contains(where: { $0.type == .sdl || $0.type == .dbus }) { addDesktop() }
        if domain.devices.graphics.contains(where: { $0.type == .eglHeadless || $0.gl?.enable == .yes }) {
            add("/dev/dri", .write)
        }
        for audio in domain.devices.audios { add(audio) }
    }

    /// A disk's images. Those below one that is written may be written too, so that block jobs can merge into them.
    private mutating func add(_ disk: Disk) {
        let kind: FileAccess.Kind = disk.readonly || disk.device == .cdrom ? .read : .write
        add(disk.source.dataStore?.source.file ?? disk.source.dataStore?.source.dev, kind)
        if let path = disk.source.file ?? disk.source.dev {
            add(path, kind)
            let format = disk.driver?.type ?? .raw
            if format == .vmdk { for extent in ImageFile.extents(ofVMDK: path) { add(extent, kind) } }
            for link in links(below: disk) {
                add(link.path, kind)
                guard link.format == "vmdk", let path = link.path else { continue }
                for extent in ImageFile.extents(ofVMDK: path) { add(extent, kind) }
            }
        }
        var below = disk.backingStore
        while let store = below {
            add(store.source?.file ?? store.source?.dev, kind)
            below = store.backingStore
        }
    }

    /// What a disk's images name by themselves. What they must not name has been refused before; it isn't opened either.
    private func links(below disk: Disk) -> [BackingChain.Link] {
        guard let (path, format) = disk.headerOfChain, format != .raw else { return [] }
        return BackingChain(path, format: .init(rawValue: format.rawValue)).links.filter(\.isUsable)
    }

    /// A file that QEMU writes to and makes when it isn't there: it is made now, so that its folder stays closed.
    private mutating func make(_ path: String) {
        if !Files.exists(path) {
            let file = try? FileDescriptor.open(path, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
            _ = consume file
        }
        add(path, .write)
    }

    private mutating func add(_ audio: Audio) {
        switch audio.type {
        case .alsa, .oss:
            for device in ["/dev/snd", "/dev/dsp", "/dev/mixer"] { add(device, .write) }
            add(below("HOME", ".asoundrc"), .read)
        case .pulseaudio, .jack, .pipewire:
            add(below("XDG_RUNTIME_DIR", "pulse"), .write)
            add("/dev/shm", .write)
            for name in ["pulse", "pipewire", "jack"] { add(below("HOME", ".config/" + name), .read) }
        case .sdl: addDesktop()
        default: break
        }
    }

    /// A window of the user's desktop takes what a desktop's programs take.
    private mutating func addDesktop() {
        add("/dev/dri", .write)
        add("/dev/shm", .write)
        add(below("XDG_RUNTIME_DIR", "dconf"), .write)
        add(variable("XAUTHORITY"), .read)
        for name in [".Xauthority", ".fonts", ".themes", ".icons", ".local/share/fonts"] {
            add(below("HOME", name), .read)
        }
        for name in ["gtk-3.0", "fontconfig", "dconf"] { add(below("HOME", ".config/" + name), .read) }
    }

    private func below(_ name: String, _ path: String) -> String? { variable(name).map { $0 + "/" + path } }

    private func variable(_ name: String) -> String? { launch.environment.first { $0.name == name }?.value }

    // MARK: The command line

    /// Every path there that the document hasn't told about: character devices, keys, shared folders, firmware.
    private mutating func addCommandLine() {
        let own = launch.domain.qemuCommandline
        for path in ArgumentPaths.all(in: launch.arguments) where kinds[path] == nil && !isSystems(path) {
            if Files.exists(path) { add(path, .write) } else { addAbsent(path) }
        }
        // What a user's own arguments name may be made by QEMU, or be a socket's. Root's folders stay closed.
        if hostUserID() != 0 {
            for path in ArgumentPaths.all(in: own.arguments.compactMap(\.value)) where !isSystems(path) {
                if !Files.exists(path) { add(Files.folder(of: path), .write) }
            }
        }
        for variable in own.environment {
            for path in (variable.value ?? "").split(separator: ":") { add(String(path), .read) }
        }
    }

    /// A socket that QEMU is to listen on, for instance.
    private mutating func addAbsent(_ path: String) {
        // The supervisor makes it.
        if path.hasPrefix(runtime.consoles + "/") { return add(path, .write) }
        let folder = Files.folder(of: path)
        if folder != runtime.sockets, folder != runtime.path, folder != "/" { add(folder, .create) }
    }

    /// Whether a path lies where distributions keep programs and what belongs to them: everybody may read that.
    private func isSystems(_ path: String) -> Bool {
        ["/usr/", "/lib/", "/lib64/", "/bin/", "/etc/", "/proc/", "/dev/fd"].contains { path.hasPrefix($0) }
    }

    // MARK: The host

    private mutating func addHost() {
        add(runtime.configuration, .read)
        add(runtime.sockets, .write)
        add(runtime.consoles, .write)
        for folder in emulatorFolders { add(folder, .read) }
        let groups = launch.domain.hostPCIDevices.compactMap { HostPCIDevices.groupFile(of: $0.address) }
        for file in groups + (groups.isEmpty ? [] : ["/dev/vfio/vfio"]) { add(file, .write) }
        for source in launch.domain.devices.disks.map(\.source) where source.networkProtocol == .ssh {
            add(below("HOME", ".ssh"), .read)
        }
    }

    /// The tree that an emulator outside of the system's folders brings its firmware and libraries in.
    private var emulatorFolders: [String] {
        guard !isSystems(launch.executable), let real = Files.resolved(launch.executable) else { return [] }
        let folder = Files.folder(of: real)
        let tree = Files.folder(of: folder)
        let home = variable("HOME") ?? "/root"
        let isTooMuch = tree == "/" || home == tree || home.hasPrefix(tree + "/")
        return isTooMuch ? [folder] : [tree]
    }
}

extension Domain {
    /// FIFOs of character devices: QEMU takes two of that name with endings of their own, where they are there.
    fileprivate var pipes: [String] {
        characterBackends.filter { $0.type == .pipe }.compactMap(\.source.path).filter { $0.hasPrefix("/") }
    }

    /// Files that QEMU makes to keep memory in: what machines share, and what a guest's firmware keeps over a crash.
    fileprivate var memoryFiles: [String] {
        let shared = devices.sharedMemories.filter { $0.model?.type != .ivshmemDoorbell && $0.server == nil }
            .compactMap { $0.name.map { "/dev/shm/" + $0 } }
        return (shared + [devices.persistentStore?.path].compactMap(\.self)).filter { $0.hasPrefix("/") }
    }

    /// Files that QEMU appends to or makes: outputs of character devices and their logs.
    fileprivate var logFiles: [String] {
        let backends = characterBackends
        let outputs = backends.filter { $0.type == .file }.compactMap(\.source.path)
        return (outputs + backends.compactMap { $0.log?.file }).filter { $0.hasPrefix("/") }
    }
}
