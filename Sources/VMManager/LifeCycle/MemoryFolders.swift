internal import QEMULauncher
internal import VMCore
internal import VMDomain

/// Where QEMU makes the files of guests' memory, `<memoryBacking><source type='file'/>`, and those of huge pages.
///
/// The command line names a path for each piece of memory. It is a folder, so that QEMU makes a file without a name in it:
/// no other machine can have the same one, and nothing stays behind.
enum MemoryFolders {
    static func make(for launch: LaunchPlan, below folder: String) throws(VMError) {
        for path in ArgumentPaths.all(in: launch.arguments)
        where path.hasPrefix(folder + "/") || isOfHugePages(path, launch.domain) {
            try Folders.make(path)
        }
    }

    /// Whether a path is the machine's own folder below a mount of huge pages.
    static func isOfHugePages(_ path: String, _ domain: Domain) -> Bool {
        domain.uuid.map { path.hasSuffix("/libvirt/qemu/\($0)") } ?? false
    }
}
