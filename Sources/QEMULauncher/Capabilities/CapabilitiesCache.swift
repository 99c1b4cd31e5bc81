internal import Glibc
public import VMCore

/// Capabilities kept in files, one for each emulator, so that a QEMU is asked once and not at every start.
///
/// An entry counts as long as the binary is the very same file (device, inode, size, time of change) and, where KVM
/// can be used, the host has not been restarted, for what KVM offers depends on its kernel and microcode. Entries are
/// replaced in one step: any number of processes may read and write at once, and each sees a whole entry.
public struct CapabilitiesCache: Sendable {
    /// The folder of the entries.
    public let folder: String

    /// Whether programs are asked that others than root could have put where they are.
    public let runsForeignPrograms: Bool

    public init(folder: String, runsForeignPrograms: Bool = true) {
        self.folder = folder
        self.runsForeignPrograms = runsForeignPrograms
    }

    /// The current user's cache.
    ///
    /// - Throws: `io` when the user has no home folder.
    public static func current() throws(VMError) -> CapabilitiesCache {
        CapabilitiesCache(folder: try UserPaths.current().cache + "/capabilities")
    }

    /// The capabilities of an emulator: from the cache, or else by asking it. Failing to write the cache is no failure.
    public func capabilities(
        of emulator: String, deadline: Deadline = .after(.seconds(60))
    ) throws(VMError) -> Capabilities {
        let identity = try Identity(emulator)
        if let known = load(identity) { return known }
        if !runsForeignPrograms, !OwnFolders.isRootsAlone(emulator) {
            throw VMError(
                .unsupported,
                "the emulator '\(emulator)' isn't run to ask what it can do: others than root could have put it there",
                remedy: "run it yourself if you know it: \(option: "trust-emulator"), or VMCTL_TRUST_EMULATOR=1")
        }
        let answer = try Capabilities.probe(emulator: emulator, deadline: deadline)
        try? store(answer, identity)
        return answer
    }

    /// The entry for an emulator, if there is one that still counts; never asks QEMU.
    public func cached(_ emulator: String) -> Capabilities? {
        guard let identity = try? Identity(emulator) else { return nil }
        return load(identity)
    }

    /// What makes an entry valid.
    struct Identity {
        var device: UInt64
        var inode: UInt64
        var text: String

        init(_ emulator: String) throws(VMError) {
            var status = stat()
            guard stat(emulator, &status) == 0 else {
                throw .system(
                    "cannot use the emulator '\(emulator)'", errno: errno, as: .launchFailed,
                    remedy: "install QEMU or correct <emulator>")
            }
            guard access(emulator, X_OK) == 0 else {
                throw VMError(.launchFailed, "the emulator '\(emulator)' is not executable")
            }
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            let usesKVM = access("/dev/kvm", R_OK | W_OK) == 0
            text =
                "\(device) \(inode) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) "
                + (usesKVM ? "kvm " + hostBootID() : "tcg") + "\n"
        }

        var fileName: String { String(device, radix: 36) + "-" + String(inode, radix: 36) + ".caps" }
    }

    private func load(_ identity: Identity) -> Capabilities? {
        guard let bytes = try? OwnFiles.read(folder + "/" + identity.fileName),
            bytes.starts(with: identity.text.utf8)
        else { return nil }
        return Capabilities(serialized: bytes, from: identity.text.utf8.count)
    }

    private func store(_ capabilities: Capabilities, _ identity: Identity) throws(VMError) {
        try Folders.make(folder)
        try Files.write(
            Array(identity.text.utf8) + capabilities.serialized, to: folder + "/" + identity.fileName, durable: false)
    }
}
